package dev.lockstep.data;

import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.FilterBounds;
import dev.lockstep.data.Condition.Logic;
import dev.lockstep.data.Condition.Operation;
import dev.lockstep.data.Condition.Quantifier;
import dev.lockstep.data.Condition.Test;
import dev.lockstep.data.Condition.Truth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Values of filters: `eq.1`, `not.in.(a,b)`, `like(any).{a*,b*}`, `fts(german).x`; and, for `or`
/// and `and`, lists of whole conditions.
final class ConditionGrammar {
    private static final Map<String, String> RELATIONS =
            Map.of(
                    "cs", "@>", "cd", "<@", "ov", "&&", "sl", "<<", "sr", ">>", "nxr", "&<", "nxl",
                    "&>", "adj", "-|-");
    private static final Map<String, String> SEARCHES =
            Map.of(
                    "fts", "to_tsquery",
                    "plfts", "plainto_tsquery",
                    "phfts", "phraseto_tsquery",
                    "wfts", "websearch_to_tsquery");
    private static final List<String> LOGIC = List.of("or", "and", "not.or", "not.and");
    private static final String EXPECTED = "\"not\" or operator (eq, gt, ...)";

    private final QueryText reader;
    private int terms;
    private int values;

    private ConditionGrammar(QueryText reader) {
        this.reader = reader;
    }

    /// What one query parameter says of a field.
    static Condition of(Field field, String value) {
        return QueryText.read(
                "filter", value, reader -> new ConditionGrammar(reader).operation(field, false));
    }

    /// @param operator `or`, `and`, or one of them behind `not.`
    static Condition logic(String operator, String value) {
        return QueryText.read(
                "logic tree", value, reader -> new ConditionGrammar(reader).list(operator, 1));
    }

    /// Whether a value is a condition rather than an argument.
    static boolean startsWithOperator(String value) {
        String rest = value.startsWith("not.") ? value.substring(4) : value;
        int dot = rest.indexOf('.');
        if (dot < 0) {
            return false;
        }
        String name = rest.substring(0, dot);
        int quantifier = name.indexOf('(');
        String bare = quantifier < 0 ? name : name.substring(0, quantifier);
        return bare.equals("in")
                || bare.equals("is")
                || RELATIONS.containsKey(bare)
                || SEARCHES.containsKey(bare)
                || Filter.Operator.named(bare).isPresent();
    }

    private Condition list(String operator, int depth) {
        if (depth > FilterBounds.MAX_DEPTH) {
            throw reader.refused("a filter may nest at most " + FilterBounds.MAX_DEPTH + " levels");
        }
        List<Condition> parts = new ArrayList<>();
        reader.skipBlanks();
        reader.expect('(');
        do {
            reader.skipBlanks();
            parts.add(member(depth));
            reader.skipBlanks();
        } while (reader.take(','));
        reader.expect(')');
        reader.skipBlanks();
        return new Logic(operator.endsWith("or"), operator.startsWith("not."), parts);
    }

    private Condition member(int depth) {
        int start = reader.mark();
        for (String name : LOGIC) {
            if (reader.takeWord(name)) {
                reader.skipBlanks();
                if (reader.peek('(')) {
                    return list(name, depth + 1);
                }
                reader.back(start);
            }
        }
        Field field = reader.field();
        reader.expect('.');
        return operation(field, true);
    }

    private Test operation(Field field, boolean inList) {
        if (++terms > FilterBounds.MAX_TERMS) {
            throw reader.refused(
                    "a filter may have at most " + FilterBounds.MAX_TERMS + " conditions");
        }
        boolean negated = reader.takeWord("not.");
        int start = reader.mark();
        String name = reader.until(".,()");
        Optional<String> argument = Optional.empty();
        if (reader.take('(')) {
            argument = Optional.of(reader.until(")"));
            reader.expect(')');
        }
        if (!reader.peek('.')) {
            reader.back(start);
            throw reader.unexpected(EXPECTED);
        }
        reader.expect('.');
        Optional<Operation> operation = read(name, argument, inList);
        if (operation.isEmpty()) {
            reader.back(start);
            throw reader.unexpected(EXPECTED);
        }
        return new Test(field, negated, operation.get());
    }

    private Optional<Operation> read(String name, Optional<String> argument, boolean inList) {
        if (SEARCHES.containsKey(name)) {
            return Optional.of(
                    new Operation.Search(SEARCHES.getOrDefault(name, ""), argument, value(inList)));
        }
        Optional<Filter.Operator> comparison = Filter.Operator.named(name);
        if (comparison.isPresent()) {
            return compare(comparison.get(), argument, inList);
        }
        if (argument.isPresent()) {
            return Optional.empty();
        }
        return switch (name) {
            case "in" -> Optional.of(new Operation.In(list()));
            case "is" -> Optional.of(new Operation.Is(truth(inList)));
            default ->
                    Optional.ofNullable(RELATIONS.get(name))
                            .map(sql -> new Operation.Relate(sql, value(inList)));
        };
    }

    private Optional<Operation> compare(
            Filter.Operator operator, Optional<String> argument, boolean inList) {
        Optional<Quantifier> quantifier =
                argument.flatMap(word ->
                        switch (word) {
                            case "any" -> Optional.of(Quantifier.ANY);
                            case "all" -> Optional.of(Quantifier.ALL);
                            default -> Optional.empty();
                        });
        boolean quantifiable =
                switch (operator) {
                    case EQ, LT, LTE, GT, GTE, LIKE, ILIKE, MATCH, IMATCH -> true;
                    case NEQ, DISTINCT -> false;
                };
        if (argument.isPresent() && (quantifier.isEmpty() || !quantifiable)) {
            return Optional.empty();
        }
        String value = value(inList);
        boolean pattern = operator == Filter.Operator.LIKE || operator == Filter.Operator.ILIKE;
        return Optional.of(
                new Operation.Compare(
                        operator, quantifier, pattern ? value.replace('*', '%') : value));
    }

    private Truth truth(boolean inList) {
        int start = reader.mark();
        return switch (value(inList).strip().toLowerCase(Locale.ROOT)) {
            case "null" -> Truth.NULL;
            case "not_null" -> Truth.NOT_NULL;
            case "true" -> Truth.TRUE;
            case "false" -> Truth.FALSE;
            case "unknown" -> Truth.UNKNOWN;
            default -> {
                reader.back(start);
                throw reader.unexpected("null, not_null, true, false or unknown");
            }
        };
    }

    private String value(boolean inList) {
        return inList ? reader.value() : reader.rest();
    }

    private List<String> list() {
        List<String> read = reader.values(FilterBounds.MAX_VALUES - values);
        values += read.size();
        return read;
    }
}
