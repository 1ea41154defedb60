package dev.lockstep.match;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.filter.Filter;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A compiled filter as a tree. Hot: [#test] allocates nothing unless it asks.
sealed interface Node extends Predicate {

    /// Values of one column of which the row must hold one, byte for byte, for this to be true.
    default Optional<Anchor> anchor() {
        return Optional.empty();
    }

    /// Adds the columns that decide.
    void reads(BitSet columns);

    record Anchor(int column, List<byte[]> values) {}

    record Constant(Truth truth) implements Node {
        @Override
        public void reads(BitSet columns) {}

        @Override
        public Truth test(Row row) {
            return truth;
        }

        @Override
        public boolean asks() {
            return false;
        }
    }

    /// What PostgreSQL is asked about the whole row.
    record Asked(Oracle oracle, Filter.Expression expression, Relation relation) implements Node {
        @Override
        public Truth test(Row row) {
            return oracle.ask(expression, relation, row);
        }

        /// PostgreSQL alone knows which; so any may be.
        @Override
        public void reads(BitSet columns) {
            columns.set(0, relation.columns().size());
        }

        @Override
        public boolean asks() {
            return true;
        }
    }

    /// All parts; those that may ask come last, so that they are mostly spared.
    final class All implements Node {
        private final Node[] parts;
        private final boolean asks;

        All(List<Node> parts) {
            this.parts = cheapFirst(parts);
            this.asks = parts.stream().anyMatch(Node::asks);
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
        public void reads(BitSet columns) {
            for (Node part : parts) {
                part.reads(columns);
            }
        }

        @Override
        public boolean asks() {
            return asks;
        }

        @Override
        public Optional<Anchor> anchor() {
            return Arrays.stream(parts)
                    .flatMap(part -> part.anchor().stream())
                    .min(Comparator.comparingInt(anchor -> anchor.values().size()));
        }
    }

    final class Any implements Node {
        private final Node[] parts;
        private final boolean asks;

        Any(List<Node> parts) {
            this.parts = cheapFirst(parts);
            this.asks = parts.stream().anyMatch(Node::asks);
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
        public void reads(BitSet columns) {
            for (Node part : parts) {
                part.reads(columns);
            }
        }

        @Override
        public boolean asks() {
            return asks;
        }
    }

    record Not(Node part) implements Node {
        @Override
        public Truth test(Row row) {
            return part.test(row).not();
        }

        @Override
        public void reads(BitSet columns) {
            part.reads(columns);
        }

        @Override
        public boolean asks() {
            return part.asks();
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
        public void reads(BitSet columns) {
            columns.set(column);
        }

        @Override
        public boolean asks() {
            return value.asks();
        }

        @Override
        public Optional<Anchor> anchor() {
            List<byte[]> values = value.onlyOf();
            return values.isEmpty() ? Optional.empty() : Optional.of(new Anchor(column, values));
        }
    }

    private static Node[] cheapFirst(List<Node> parts) {
        return parts.stream().sorted(Comparator.comparing(Node::asks)).toArray(Node[]::new);
    }
}
