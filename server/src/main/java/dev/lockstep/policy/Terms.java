package dev.lockstep.policy;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.core.filter.Filter.Operator;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// A column compared with constants, exactly as PostgreSQL would, or not at all.
///
/// The operator that stands in a policy is PostgreSQL's own for the two types at hand; [Filter]
/// compares by the column's type. Both are the same where the types are, among the integers, and
/// between text and varchar.
final class Terms {
    private static final int BOOL = 16;
    private static final int NAME = 19;
    private static final int INT8 = 20;
    private static final int INT2 = 21;
    private static final int INT4 = 23;
    private static final int TEXT = 25;
    private static final int BPCHAR = 1042;
    private static final int VARCHAR = 1043;
    private static final int UUID = 2950;

    /// int2, int4, int8 and how many bits they have.
    private static final Map<Integer, Integer> INTEGERS = Map.of(INT2, 15, INT4, 31, INT8, 63);

    /// numeric, floats, date, timestamps, times, interval, bytea.
    private static final List<Integer> SAME =
            List.of(BOOL, UUID, 1700, 700, 701, 1082, 1114, 1184, 1083, 1266, 1186, 17);

    private static final Pattern CANONICAL_UUID =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern CANONICAL_INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,18}");

    private Terms() {}

    /// A column as a policy uses it.
    ///
    /// @param asText cast to text from a type that prints in one way only: uuid or integer
    record Operand(Column column, boolean asText) {
        private int type() {
            return column.type().bare().oid();
        }
    }

    /// A column under a cast that changes nothing, or one to text that can be undone.
    static Optional<Operand> cast(Column column, String type) {
        PgType bare = column.type().bare();
        boolean same =
                switch (type) {
                    case "text" -> bare.oid() == TEXT || bare.oid() == VARCHAR;
                    case "character varying" -> bare.oid() == VARCHAR;
                    case "uuid" -> bare.oid() == UUID;
                    case "integer" -> bare.oid() == INT4;
                    case "bigint" -> bare.oid() == INT8;
                    case "smallint" -> bare.oid() == INT2;
                    case "boolean" -> bare.oid() == BOOL;
                    case "numeric" -> bare.oid() == 1700;
                    default -> false;
                };
        if (same) {
            return Optional.of(new Operand(column, false));
        }
        boolean printable = bare.oid() == UUID || INTEGERS.containsKey(bare.oid());
        return type.equals("text") && printable
                ? Optional.of(new Operand(column, true))
                : Optional.empty();
    }

    /// `column operator constant`; empty where that is not the same as PostgreSQL's.
    static Optional<Filter> compare(Operand left, Operator operator, Constants.Value value) {
        if (value.isNull()) {
            // All of PostgreSQL's own operators are strict.
            return Optional.of(
                    operator == Operator.DISTINCT
                            ? new Filter.Not(new Filter.Is(left.column().name(), Condition.NULL))
                            : new Filter.Unknown());
        }
        return fitted(left, operator, value.type(), value.text());
    }

    /// `column = ANY(values)`.
    static Optional<Filter> among(Operand left, Constants.Value values) {
        if (values.isNull()) {
            return Optional.of(new Filter.Unknown());
        }
        if (values.tooMany()) {
            return Optional.empty();
        }
        String column = left.column().name();
        TreeSet<String> kept = new TreeSet<>();
        for (String text : values.texts()) {
            Optional<Filter> one = fitted(left, Operator.EQ, values.type(), text);
            if (one.isEmpty()) {
                return Optional.empty();
            }
            if (one.orElseThrow() instanceof Filter.Compare(_, _, var fit)) {
                kept.add(fit);
            }
        }
        if (kept.isEmpty() && !values.texts().isEmpty() && !values.hasNull()) {
            return Optional.of(never(column));
        }
        return Optional.of(new Filter.In(column, List.copyOf(kept), values.hasNull()));
    }

    /// `column operator ANY(values)` or ALL, other than equality: term by term.
    static Optional<Filter> each(
            Operand left, Operator operator, boolean all, Constants.Value values, int most) {
        if (values.isNull()) {
            return Optional.of(new Filter.Unknown());
        }
        if (values.tooMany() || values.texts().size() > most) {
            return Optional.empty();
        }
        List<Filter> terms = new ArrayList<>();
        for (String text : values.texts()) {
            Optional<Filter> term = fitted(left, operator, values.type(), text);
            if (term.isEmpty()) {
                return Optional.empty();
            }
            terms.add(term.orElseThrow());
        }
        if (values.hasNull()) {
            terms.add(new Filter.Unknown());
        }
        return Optional.of(all ? new Filter.And(terms) : new Filter.Or(terms));
    }

    private static Optional<Filter> fitted(Operand left, Operator operator, int type, String text) {
        if (left.asText()) {
            return type == TEXT || type == VARCHAR
                    ? printed(left, operator, text)
                    : Optional.empty();
        }
        int own = left.type();
        boolean pattern =
                switch (operator) {
                    case LIKE, ILIKE, MATCH, IMATCH -> true;
                    case EQ, NEQ, LT, LTE, GT, GTE, DISTINCT -> false;
                };
        Filter term = new Filter.Compare(left.column().name(), operator, text);
        if (own == TEXT || own == VARCHAR) {
            boolean name =
                    type == NAME
                            && isEquality(operator)
                            && left.column().collation() != Collation.NONDETERMINISTIC;
            return type == TEXT || type == VARCHAR || name ? Optional.of(term) : Optional.empty();
        }
        if (pattern) {
            return Optional.empty();
        }
        if (INTEGERS.containsKey(own) && INTEGERS.containsKey(type)) {
            return isInRange(text, own) ? Optional.of(term) : outside(left, operator);
        }
        boolean same =
                own == type
                        && (SAME.contains(own)
                                || left.column().type().bare() instanceof PgType.Enumerated
                                || (own == BPCHAR && isEquality(operator)));
        return same ? Optional.of(term) : Optional.empty();
    }

    /// The column's text, which has one form for each value, beside a text.
    private static Optional<Filter> printed(Operand left, Operator operator, String text) {
        if (!isEquality(operator)) {
            return Optional.empty();
        }
        boolean possible =
                left.type() == UUID
                        ? CANONICAL_UUID.matcher(text).matches()
                        : CANONICAL_INTEGER.matcher(text).matches() && isInRange(text, left.type());
        return possible
                ? Optional.of(new Filter.Compare(left.column().name(), operator, text))
                : outside(left, operator);
    }

    private static boolean isEquality(Operator operator) {
        return operator == Operator.EQ || operator == Operator.NEQ || operator == Operator.DISTINCT;
    }

    private static boolean isInRange(String integer, int type) {
        BigInteger number = new BigInteger(integer);
        return number.bitLength() <= Terms.INTEGERS.getOrDefault(type, 0);
    }

    /// Beside a constant that no value of the column's type equals.
    private static Optional<Filter> outside(Operand left, Operator operator) {
        String column = left.column().name();
        return switch (operator) {
            case EQ -> Optional.of(never(column));
            case NEQ -> Optional.of(new Filter.Not(never(column)));
            case DISTINCT -> Optional.of(Filter.ALL);
            case LT, LTE, GT, GTE, LIKE, ILIKE, MATCH, IMATCH -> Optional.empty();
        };
    }

    /// False for every value, unknown for NULL.
    static Filter never(String column) {
        return new Filter.And(List.of(new Filter.Is(column, Condition.NULL), new Filter.Unknown()));
    }

    static boolean isBoolean(Column column) {
        return column.type().bare().oid() == BOOL;
    }

    static boolean isBooleanType(Constants.Value value) {
        return value.type() == BOOL;
    }
}
