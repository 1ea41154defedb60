package dev.lockstep.match;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Operator;
import java.util.List;
import java.util.function.Supplier;

/// Compiles the comparisons of one column.
final class TermCompiler {
    private final Oracle oracle;
    private final Relation relation;
    private final int index;
    private final Column column;
    private final Family family;

    TermCompiler(Oracle oracle, Relation relation, int index) {
        this.oracle = oracle;
        this.relation = relation;
        this.index = index;
        this.column = relation.columns().get(index);
        this.family = Family.of(column);
    }

    Node compare(Filter.Compare term) {
        return switch (term.operator()) {
            case EQ -> term(equal(term));
            case NEQ -> term(new ValueTest.Opposite(equal(term)));
            case DISTINCT -> distinct(term);
            case LT -> term(ordered(term, ValueTest.Wanted.LESS));
            case LTE -> term(ordered(term, ValueTest.Wanted.AT_MOST));
            case GT -> term(ordered(term, ValueTest.Wanted.MORE));
            case GTE -> term(ordered(term, ValueTest.Wanted.AT_LEAST));
            case LIKE, ILIKE -> term(like(term));
            case MATCH, IMATCH -> term(regularExpression(term));
        };
    }

    Node in(Filter.In term) {
        Truth otherwise = term.orNull() ? Truth.UNKNOWN : Truth.FALSE;
        if (term.values().isEmpty()) {
            // Nothing is among no values, not even NULL; with NULL among them nobody knows.
            checked(term);
            return new Node.Constant(otherwise);
        }
        return term(
                switch (family.equality) {
                    case TEXT ->
                            new ValueTest.Among(
                                    ValueTest.distinct(
                                            term.values().stream().map(this::operand).toList()),
                                    otherwise);
                    case ORDER -> {
                        List<byte[]> values = term.values().stream().map(this::operand).toList();
                        yield new ValueTest.EqualToAny(
                                values.stream().map(this::ordering).toList(), values, otherwise);
                    }
                    case ASKED -> asked(term);
                });
    }

    private Node term(ValueTest value) {
        return new Node.Term(index, Truth.UNKNOWN, value);
    }

    private Node distinct(Filter.Compare term) {
        return new Node.Term(index, Truth.TRUE, new ValueTest.Opposite(equal(term)));
    }

    private ValueTest equal(Filter.Compare term) {
        return switch (family.equality) {
            case TEXT -> new ValueTest.Same(operand(term.value()));
            case ORDER -> ordered(operand(term.value()), ValueTest.Wanted.EQUAL);
            case ASKED -> {
                // IS DISTINCT FROM is asked as what it is, so that its refusal names it.
                ValueTest asked = asked(term);
                yield term.operator() == Operator.EQ ? asked : new ValueTest.Opposite(asked);
            }
        };
    }

    private ValueTest ordered(Filter.Compare term, ValueTest.Wanted wanted) {
        return switch (family.order) {
            case HERE -> ordered(operand(term.value()), wanted);
            case ASKED -> asked(term);
        };
    }

    private ValueTest ordered(byte[] operand, ValueTest.Wanted wanted) {
        return new ValueTest.Ordered(ordering(operand), operand, wanted);
    }

    private ValueTest like(Filter.Compare term) {
        if (family.pattern == Family.Pattern.NONE
                || (family.pattern == Family.Pattern.LIKE_ASKED
                        && term.operator() == Operator.ILIKE)) {
            throw unlikeText(term);
        }
        if (LikePattern.endsInEscape(term.value())) {
            throw FilterCompiler.invalid("LIKE pattern must not end with escape character");
        }
        if (family.pattern != Family.Pattern.HERE) {
            return asked(term);
        }
        if (term.operator() == Operator.LIKE) {
            LikePattern pattern = new LikePattern(term.value(), LikePattern.Case.KEPT);
            return (data, offset, length) -> Truth.of(pattern.matches(data, offset, length));
        }
        ValueTest asked = asked(term);
        return US_ASCII.newEncoder().canEncode(term.value())
                ? new LikePattern.Folded(term.value(), asked)
                : asked;
    }

    private ValueTest regularExpression(Filter.Compare term) {
        if (family.pattern == Family.Pattern.NONE || family.pattern == Family.Pattern.LIKE_ASKED) {
            throw unlikeText(term);
        }
        return asked(term);
    }

    private RuntimeException unlikeText(Filter.Compare term) {
        return FilterCompiler.invalid(
                "operator %s requires a text-compatible column type, got %s"
                        .formatted(term.operator().shortName(), Family.display(column.type())));
    }

    private ValueTest asked(Filter term) {
        checked(term);
        return new Asked(oracle, relation, column, term);
    }

    private void checked(Filter term) {
        oracle.complaint(relation.name(), column, term)
                .ifPresent(words -> {
                    throw FilterCompiler.invalid(refusal(term, words));
                });
    }

    private static String refusal(Filter term, String words) {
        boolean pattern =
                term instanceof Filter.Compare compare
                        && words.startsWith("invalid regular expression")
                        && (compare.operator() == Operator.MATCH
                                || compare.operator() == Operator.IMATCH);
        return pattern
                ? "invalid regular expression for %s filter: %s"
                        .formatted(((Filter.Compare) term).operator().shortName(), words)
                : words;
    }

    /// The operand as PostgreSQL prints it. What surely stands in that form already is not asked.
    private byte[] operand(String value) {
        boolean plain =
                switch (family) {
                    case TEXT, TEXT_BY_BYTES, PADDED, PADDED_BY_BYTES ->
                            !column.type().bare().name().equals("name");
                    case BOOLEAN -> value.equals("t") || value.equals("f");
                    case INTEGER -> isPlainInteger(value);
                    case UUID -> isPlainUuid(value);
                    case ENUM -> labels().contains(value);
                    case DECIMAL,
                            TEXT_ASKED,
                            BYTEA,
                            DATE,
                            TIMESTAMP,
                            TIMESTAMPTZ,
                            TIME,
                            TIMETZ,
                            INTERVAL,
                            CANONICAL,
                            OTHER ->
                            false;
                };
        return (plain ? value : normalised(value)).getBytes(UTF_8);
    }

    private String normalised(String value) {
        return switch (oracle.operand(column, value)) {
            case Oracle.Operand.Text(var text) -> text;
            case Oracle.Operand.Refused(var words) -> throw FilterCompiler.invalid(words);
        };
    }

    private List<String> labels() {
        return column.type().bare() instanceof PgType.Enumerated type ? type.labels() : List.of();
    }

    /// Few enough digits to be in range of the smallest type, without a leading zero.
    private boolean isPlainInteger(String value) {
        int digits = value.startsWith("-") && !value.equals("-0") ? 1 : 0;
        if (digits == 1 && column.type().bare().name().equals("oid")) {
            return false;
        }
        int most =
                switch (column.type().bare().name()) {
                    case "int2" -> 4;
                    case "int8" -> 18;
                    default -> 9;
                };
        int count = value.length() - digits;
        if (count < 1 || count > most || (value.charAt(digits) == '0' && count > 1)) {
            return false;
        }
        return value.chars().skip(digits).allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isPlainUuid(String value) {
        if (value.length() != 36) {
            return false;
        }
        for (int i = 0; i < 36; i++) {
            char c = value.charAt(i);
            boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
            boolean hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            if (dash ? c != '-' : !hex) {
                return false;
            }
        }
        return true;
    }

    private Ordering ordering(byte[] operand) {
        Supplier<Ordering> bytes = () -> new Ordering.ByBytes(operand);
        return switch (family) {
            case BOOLEAN, TEXT, TEXT_BY_BYTES, UUID, BYTEA -> bytes.get();
            case PADDED, PADDED_BY_BYTES -> Ordering.Padded.of(operand);
            case INTEGER -> Ordering.ByNumber.of(Moments::integer, operand);
            case DECIMAL -> new Ordering.ByDecimal(operand);
            case DATE -> Ordering.ByNumber.of(Moments::date, operand);
            case TIMESTAMP, TIMESTAMPTZ -> Ordering.ByNumber.of(Moments::timestamp, operand);
            case TIME -> Ordering.ByNumber.of(Moments::time, operand);
            case TIMETZ -> Ordering.ByTwoNumbers.of(Moments::zonedTime, Moments::zoneWest, operand);
            case INTERVAL ->
                    Ordering.ByTwoNumbers.of(Moments::intervalDays, Moments::intervalRest, operand);
            case ENUM -> Ordering.ByNumber.of(new LabelOrder(labels()), operand);
            case TEXT_ASKED, CANONICAL, OTHER ->
                    throw new IllegalStateException(family + " has no order here");
        };
    }

    /// Asks about one value at a time.
    private record Asked(Oracle oracle, Relation relation, Column column, Filter term)
            implements ValueTest {
        @Override
        public Truth test(byte[] data, int offset, int length) {
            return oracle.ask(
                    relation.name(), column, term, new String(data, offset, length, UTF_8));
        }

        @Override
        public boolean asks() {
            return true;
        }
    }
}
