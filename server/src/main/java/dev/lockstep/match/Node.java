package dev.lockstep.match;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.filter.Filter;
import java.util.Comparator;
import java.util.List;

/// A compiled filter as a tree. Hot: [#test] allocates nothing unless it asks.
sealed interface Node extends Predicate {

    /// Whether the row could give this answer, were the columns known that its image lacks. NULL is
    /// known.
    boolean may(Row row, boolean wanted);

    /// What a test may cost, so that the cheap ones come first.
    Cost cost();

    @Override
    default boolean asks() {
        return cost() != Cost.HERE;
    }

    enum Cost {
        HERE,
        /// PostgreSQL is asked about a value, which it need not be twice.
        ASKS_OF_A_VALUE,
        /// PostgreSQL is asked about a whole row.
        ASKS_OF_THE_ROW
    }

    record Constant(Truth truth) implements Node {
        static final Constant TRUE = new Constant(Truth.TRUE);

        @Override
        public Truth test(Row row) {
            return truth;
        }

        @Override
        public boolean may(Row row, boolean wanted) {
            return truth == Truth.of(wanted);
        }

        @Override
        public Cost cost() {
            return Cost.HERE;
        }
    }

    /// What PostgreSQL is asked about the whole row.
    record Asked(Oracle oracle, Filter.Expression expression, Relation relation) implements Node {
        @Override
        public Truth test(Row row) {
            return oracle.ask(expression, relation, row);
        }

        /// PostgreSQL alone knows which columns decide, so any may.
        @Override
        public boolean may(Row row, boolean wanted) {
            Truth truth = test(row);
            return truth == Truth.UNKNOWN ? lacksAColumn(row) : truth == Truth.of(wanted);
        }

        private static boolean lacksAColumn(Row row) {
            for (int i = 0; i < row.size(); i++) {
                if (row.isAbsent(i)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public Cost cost() {
            return Cost.ASKS_OF_THE_ROW;
        }
    }

    /// All parts; those that may ask come last, so that they are mostly spared.
    final class All implements Node {
        private final Node[] parts;

        All(List<Node> parts) {
            this.parts = cheapFirst(parts);
        }

        List<Node> parts() {
            return List.of(parts);
        }

        @Override
        public Truth test(Row row) {
            Truth truth = Truth.TRUE;
            for (Node part : parts) {
                truth = truth.and(part.test(row));
                if (truth == Truth.FALSE) {
                    return truth;
                }
            }
            return truth;
        }

        @Override
        public boolean may(Row row, boolean wanted) {
            return wanted ? allMay(parts, row, true) : anyMay(parts, row, false);
        }

        @Override
        public Cost cost() {
            return parts[parts.length - 1].cost();
        }
    }

    final class Any implements Node {
        private final Node[] parts;

        Any(List<Node> parts) {
            this.parts = cheapFirst(parts);
        }

        List<Node> parts() {
            return List.of(parts);
        }

        @Override
        public Truth test(Row row) {
            Truth truth = Truth.FALSE;
            for (Node part : parts) {
                truth = truth.or(part.test(row));
                if (truth == Truth.TRUE) {
                    return truth;
                }
            }
            return truth;
        }

        @Override
        public boolean may(Row row, boolean wanted) {
            return wanted ? anyMay(parts, row, true) : allMay(parts, row, false);
        }

        @Override
        public Cost cost() {
            return parts[parts.length - 1].cost();
        }
    }

    record Not(Node part) implements Node {
        @Override
        public Truth test(Row row) {
            return part.test(row).not();
        }

        @Override
        public boolean may(Row row, boolean wanted) {
            return part.may(row, !wanted);
        }

        @Override
        public Cost cost() {
            return part.cost();
        }
    }

    /// A test of one column's value; NULL has an answer of its own.
    record Term(int column, Truth onNull, ValueTest value) implements Node {
        @Override
        public Truth test(Row row) {
            int length = row.length(column);
            if (length >= 0) {
                return value.test(row.data(), row.offset(column), length);
            }
            return row.isNull(column) ? onNull : Truth.UNKNOWN;
        }

        @Override
        public boolean may(Row row, boolean wanted) {
            return row.isAbsent(column) || test(row) == Truth.of(wanted);
        }

        @Override
        public Cost cost() {
            return value.asks() ? Cost.ASKS_OF_A_VALUE : Cost.HERE;
        }
    }

    private static boolean allMay(Node[] parts, Row row, boolean wanted) {
        for (Node part : parts) {
            if (!part.may(row, wanted)) {
                return false;
            }
        }
        return true;
    }

    private static boolean anyMay(Node[] parts, Row row, boolean wanted) {
        for (Node part : parts) {
            if (part.may(row, wanted)) {
                return true;
            }
        }
        return false;
    }

    /// At least one, for [FilterCompiler] makes constants of none.
    private static Node[] cheapFirst(List<Node> parts) {
        return parts.stream().sorted(Comparator.comparing(Node::cost)).toArray(Node[]::new);
    }
}
