package dev.lockstep.core.filter;

import static dev.lockstep.core.filter.FilterBounds.invalid;

import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.core.filter.Filter.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The REST filter grammar: `status=eq.open&or=(a.eq.1,not.and(b.is.null,c.ilike.*x*))`. Conditions
/// are joined by AND. A scalar value at the top is taken as it stands; inside `or=(…)` and `in.(…)`
/// it ends at a comma or a parenthesis unless quoted. In `like` and `ilike` a `*` is a `%`.
///
/// The text is already percent-decoded. An `&` separates only outside parentheses, so a value that
/// holds one is written `and=(name.eq."a&b")`, or given to [#condition] by a caller who has the
/// pairs apart.
///
/// Refusals are [dev.lockstep.error.Failure.Invalid] without a field.
public final class RestGrammar {
    private static final Set<String> ELSEWHERE =
            Set.of(
                    "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "fts", "plfts", "phfts",
                    "wfts");

    private final NameReader reader;
    private int terms;
    private int values;

    private RestGrammar(NameReader reader) {
        this.reader = reader;
    }

    /// @return [Filter#ALL] for a blank text
    public static Filter parse(String where) {
        if (FilterBounds.checked(where).isBlank()) {
            return Filter.ALL;
        }
        List<Filter> parts = new ArrayList<>();
        int terms = 0;
        for (String pair : split(where)) {
            RestGrammar grammar = new RestGrammar(new NameReader(pair, "filter"));
            grammar.terms = terms;
            parts.add(grammar.pair());
            terms = grammar.terms;
        }
        return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
    }

    /// One query parameter whose name and value were decoded apart: (`status`, `eq.open`),
    /// (`not.or`, `(a.eq.1,b.eq.2)`).
    public static Filter condition(String name, String value) {
        FilterBounds.checked(value);
        RestGrammar key = new RestGrammar(new NameReader(FilterBounds.checked(name), "filter"));
        RestGrammar grammar = new RestGrammar(new NameReader(value, "filter"));
        if (isLogic(name)) {
            return grammar.ended(grammar.logic(name.strip(), 1));
        }
        String column = key.reader.name();
        if (!key.reader.atEnd()) {
            throw key.reader.unexpected("the end of the column's name");
        }
        return grammar.ended(grammar.operation(column, false));
    }

    private static boolean isLogic(String name) {
        return switch (name.strip()) {
            case "or", "and", "not.or", "not.and" -> true;
            default -> false;
        };
    }

    private static List<String> split(String where) {
        List<String> pairs = new ArrayList<>();
        int start = 0;
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < where.length(); i++) {
            char c = where.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '"') {
                // Only inside a list is a value quoted, and only at its start.
                quoted = depth > 0 && ".(, ".indexOf(where.charAt(i - 1)) >= 0;
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth = Math.max(0, depth - 1);
            } else if (c == '&' && depth == 0) {
                pairs.add(where.substring(start, i));
                start = i + 1;
            }
        }
        pairs.add(where.substring(start));
        return pairs;
    }

    private Filter pair() {
        for (String name : List.of("or", "and", "not.or", "not.and")) {
            if (reader.takeWord(name + "=")) {
                return ended(logic(name, 1));
            }
        }
        String column = reader.name();
        if (reader.peek('.')) {
            throw invalid(
                    "failed to parse filter: conditions on embedded tables are not supported: "
                            + column
                            + reader.rest());
        }
        reader.expect('=');
        return ended(operation(column, false));
    }

    private Filter ended(Filter filter) {
        if (!reader.atEnd()) {
            throw reader.unexpected("\"&\" or the end");
        }
        return filter;
    }

    private Filter logic(String operator, int depth) {
        if (depth > FilterBounds.MAX_DEPTH) {
            throw invalid("a filter may nest at most " + FilterBounds.MAX_DEPTH + " levels");
        }
        List<Filter> parts = new ArrayList<>();
        reader.skipBlanks();
        reader.expect('(');
        do {
            reader.skipBlanks();
            parts.add(member(depth));
            reader.skipBlanks();
        } while (reader.take(','));
        reader.expect(')');
        reader.skipBlanks();
        Filter joined = operator.endsWith("or") ? new Filter.Or(parts) : new Filter.And(parts);
        return operator.startsWith("not.") ? new Filter.Not(joined) : joined;
    }

    private Filter member(int depth) {
        int start = reader.mark();
        for (String name : List.of("or", "and", "not.or", "not.and")) {
            if (reader.takeWord(name)) {
                reader.skipBlanks();
                if (reader.peek('(')) {
                    return logic(name, depth + 1);
                }
                reader.back(start);
            }
        }
        String column = reader.name();
        reader.expect('.');
        return operation(column, true);
    }

    private Filter operation(String column, boolean inList) {
        if (++terms > FilterBounds.MAX_TERMS) {
            throw invalid("a filter may have at most " + FilterBounds.MAX_TERMS + " conditions");
        }
        boolean negated = reader.takeWord("not.");
        String name = reader.until(".,");
        if (!reader.peek('.')) {
            throw unknown(name);
        }
        reader.expect('.');
        Filter plain =
                switch (name) {
                    case "in" -> new Filter.In(column, list());
                    case "is" -> is(column, scalar(inList));
                    default -> compare(column, name, inList);
                };
        return negated ? new Filter.Not(plain) : plain;
    }

    private Filter compare(String column, String name, boolean inList) {
        Operator operator = Operator.named(name).orElseThrow(() -> unknown(name));
        String value = scalar(inList);
        return switch (operator) {
            case LIKE, ILIKE -> new Filter.Compare(column, operator, value.replace('*', '%'));
            case EQ, NEQ, LT, LTE, GT, GTE, MATCH, IMATCH, DISTINCT ->
                    new Filter.Compare(column, operator, value);
        };
    }

    private static RuntimeException unknown(String name) {
        int quantifier = name.indexOf('(');
        String bare = quantifier < 0 ? name : name.substring(0, quantifier);
        if (ELSEWHERE.contains(bare) || (quantifier >= 0 && Operator.named(bare).isPresent())) {
            return invalid("operator " + name + " is not supported in this filter");
        }
        return invalid(
                "failed to parse filter: unexpected \""
                        + name
                        + "\", expecting \"not\" or operator (eq, gt, ...)");
    }

    private static Filter is(String column, String value) {
        return switch (value.strip().toLowerCase(Locale.ROOT)) {
            case "null" -> new Filter.Is(column, Condition.NULL);
            case "not_null" -> new Filter.Not(new Filter.Is(column, Condition.NULL));
            case "true" -> new Filter.Is(column, Condition.TRUE);
            case "false" -> new Filter.Is(column, Condition.FALSE);
            case "unknown" -> new Filter.Is(column, Condition.UNKNOWN);
            default ->
                    throw invalid(
                            "failed to parse filter: unexpected \""
                                    + value
                                    + "\", expecting null, not_null, true, false or unknown");
        };
    }

    private String scalar(boolean inList) {
        return inList ? reader.value() : reader.rest();
    }

    private List<String> list() {
        List<String> elements = reader.values(FilterBounds.MAX_VALUES - values);
        values += elements.size();
        return elements;
    }
}
