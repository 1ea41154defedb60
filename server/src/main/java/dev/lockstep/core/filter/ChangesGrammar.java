package dev.lockstep.core.filter;

import static dev.lockstep.core.filter.FilterBounds.invalid;

import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.core.filter.Filter.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The `filter` of a `postgres_changes` binding: `id=gt.1,task=in.(a,"b,c"),done=not.is.null`.
/// Conditions are joined by AND; there is no OR. A comma separates only outside parentheses and
/// quotes; a quote opens only right after `.`, `(` or `,`, and `\` escapes inside. What stands in
/// the parentheses of `in` is the inside of a PostgreSQL array literal.
///
/// Refusals are [dev.lockstep.error.Failure.Invalid] without a field, in the reference's words.
public final class ChangesGrammar {
    private static final String REFUSAL = "Error parsing `filter` params: ";
    private static final int MAX_IN = 100;

    private ChangesGrammar() {}

    /// One condition as it was written: the operator's short name, the value unquoted; of `in` the
    /// value is the array literal.
    public record Term(String column, String operator, String value, boolean negated) {
        @Override
        public String toString() {
            return "{"
                    + quote(column)
                    + ", "
                    + quote(operator)
                    + ", "
                    + quote(value)
                    + ", "
                    + negated
                    + "}";
        }
    }

    /// @return [Filter#ALL] for a text of blanks
    public static Filter parse(String text) {
        List<Filter> parts = terms(text).stream().map(ChangesGrammar::filter).toList();
        return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
    }

    /// The conditions before any of them means something.
    public static List<Term> terms(String text) {
        String trimmed = FilterBounds.checked(text).strip();
        if (trimmed.isEmpty()) {
            return List.of();
        }
        List<String> segments = split(trimmed);
        if (segments.size() > FilterBounds.MAX_TERMS) {
            throw invalid(
                    REFUSAL + "filter has more than " + FilterBounds.MAX_TERMS + " conditions");
        }
        return segments.stream().map(ChangesGrammar::term).toList();
    }

    /// How the reference names a binding in its refusals: `[event: INSERT, schema: public, table:
    /// todos, filters: [{"id", "eq", "7", false}], select: nil]`.
    public static String describe(
            String event,
            String schema,
            String table,
            List<Term> terms,
            Optional<List<String>> select) {
        String columns =
                select.map(names -> names.stream().map(ChangesGrammar::quote).toList().toString())
                        .orElse("nil");
        return "[event: %s, schema: %s, table: %s, filters: %s, select: %s]"
                .formatted(event, schema, table, terms, columns);
    }

    private static List<String> split(String text) {
        List<String> segments = new ArrayList<>();
        int start = 0;
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '"') {
                quoted = i > start && ".(,".indexOf(text.charAt(i - 1)) >= 0;
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth = Math.max(0, depth - 1);
            } else if (c == ',' && depth == 0) {
                segments.add(text.substring(start, i));
                start = i + 1;
            }
        }
        segments.add(text.substring(start));
        return segments;
    }

    private static Term term(String segment) {
        String text = segment.strip();
        if (text.isEmpty()) {
            throw invalid(
                    REFUSAL + "filter must not contain empty segments (check for extra commas)");
        }
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw invalid(REFUSAL + "[" + quote(text) + "]");
        }
        String rest = text.substring(equals + 1);
        boolean negated = rest.startsWith("not.");
        if (negated) {
            rest = rest.substring("not.".length());
        }
        int dot = rest.indexOf('.');
        if (dot < 0) {
            throw invalid(REFUSAL + "[" + quote(rest) + "]");
        }
        String column = text.substring(0, equals);
        String operator = rest.substring(0, dot);
        String value = rest.substring(dot + 1);
        return switch (operator) {
            case "in" -> new Term(column, operator, arrayLiteral(value), negated);
            case "eq", "neq", "lt", "lte", "gt", "gte", "like", "ilike", "is", "match", "imatch" ->
                    new Term(column, operator, unquote(value), negated);
            case "isdistinct" -> new Term(column, operator, unquote(value), negated);
            default -> throw invalid(REFUSAL + "[" + quote(operator) + ", " + quote(value) + "]");
        };
    }

    private static String arrayLiteral(String value) {
        if (value.length() < 2 || !value.startsWith("(") || !value.endsWith(")")) {
            throw invalid(REFUSAL + "`in` filter value must be wrapped by parentheses");
        }
        return "{" + value.substring(1, value.length() - 1) + "}";
    }

    /// `"a\"b"` is `a"b`; what is not one whole quoted text stays as it is.
    private static String unquote(String value) {
        if (!value.startsWith("\"")) {
            return value;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 1; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"') {
                return i == value.length() - 1 ? plain.toString() : value;
            }
            if (c == '\\' && i + 1 < value.length()) {
                c = value.charAt(++i);
            }
            plain.append(c);
        }
        return value;
    }

    private static Filter filter(Term term) {
        Filter plain =
                switch (term.operator()) {
                    case "in" -> in(term);
                    case "is" -> new Filter.Is(term.column(), condition(term.value()));
                    default ->
                            new Filter.Compare(
                                    term.column(), operator(term.operator()), term.value());
                };
        return term.negated() ? new Filter.Not(plain) : plain;
    }

    private static Filter in(Term term) {
        ArrayLiteral literal = ArrayLiteral.parse(term.value());
        if (literal.size() > MAX_IN) {
            throw invalid("too many values for `in` filter. Maximum " + MAX_IN);
        }
        return new Filter.In(term.column(), literal.values(), literal.hasNull());
    }

    private static Condition condition(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "null" -> Condition.NULL;
            case "true" -> Condition.TRUE;
            case "false" -> Condition.FALSE;
            case "unknown" -> Condition.UNKNOWN;
            default ->
                    throw invalid(
                            "invalid value for is filter: must be null, true, false, or unknown");
        };
    }

    private static Operator operator(String name) {
        return Operator.named(name).orElseThrow();
    }

    /// A string as the reference's language prints it.
    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
