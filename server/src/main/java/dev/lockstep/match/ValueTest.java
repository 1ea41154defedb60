package dev.lockstep.match;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a term says about a value that is there: a slice of a row's bytes, PostgreSQL's text.
/// Implementations are immutable and may be used by any thread.
interface ValueTest {
    Truth test(byte[] data, int offset, int length);

    default boolean asks() {
        return false;
    }

    /// The values for which this can be true, or false.
    default Reach reach(boolean wanted) {
        return Reach.Anything.ANYTHING;
    }

    /// For types where equal values have equal text.
    record Same(byte[] operand) implements ValueTest {
        @Override
        public Truth test(byte[] data, int offset, int length) {
            return Truth.of(
                    length == operand.length
                            && Arrays.equals(data, offset, offset + length, operand, 0, length));
        }

        @Override
        public Reach reach(boolean wanted) {
            return wanted ? new Reach.Values(List.of(operand)) : Reach.Anything.ANYTHING;
        }
    }

    /// One of many, for types where equal values have equal text: an open-addressed table.
    final class Among implements ValueTest {
        private final byte[][] slots;
        private final List<byte[]> values;
        private final Truth otherwise;

        /// @param otherwise what a value means that is not among them: unknown when NULL is
        Among(List<byte[]> values, Truth otherwise) {
            this.values = List.copyOf(values);
            this.otherwise = otherwise;
            this.slots = new byte[Integer.highestOneBit(Math.max(1, values.size()) * 4)][];
            for (byte[] value : values) {
                slots[place(value, 0, value.length)] = value;
            }
        }

        @Override
        public Truth test(byte[] data, int offset, int length) {
            return slots[place(data, offset, length)] == null ? otherwise : Truth.TRUE;
        }

        @Override
        public Reach reach(boolean wanted) {
            return wanted ? new Reach.Values(values) : Reach.Anything.ANYTHING;
        }

        /// Where it is, or the free slot where it would be.
        private int place(byte[] data, int offset, int length) {
            int mask = slots.length - 1;
            int at = Bytes.hash(data, offset, length) & mask;
            while (true) {
                byte[] there = slots[at];
                if (there == null || Bytes.equal(there, data, offset, length)) {
                    return at;
                }
                at = (at + 1) & mask;
            }
        }
    }

    /// `value operator operand` for an operator of order or equality.
    ///
    /// @param operand as PostgreSQL prints it; `ordering` compares with it
    record Ordered(Ordering ordering, byte[] operand, Wanted wanted) implements ValueTest {
        @Override
        public Truth test(byte[] data, int offset, int length) {
            int sign = ordering.compare(data, offset, length);
            return Truth.of(
                    switch (wanted) {
                        case EQUAL -> sign == 0;
                        case LESS -> sign < 0;
                        case AT_MOST -> sign <= 0;
                        case MORE -> sign > 0;
                        case AT_LEAST -> sign >= 0;
                    });
        }

        @Override
        public Reach reach(boolean yes) {
            return switch (wanted) {
                case EQUAL -> yes ? new Reach.Values(List.of(operand)) : Reach.Anything.ANYTHING;
                case LESS -> span(yes ? Reach.Side.TO : Reach.Side.FROM, yes);
                case AT_MOST -> span(yes ? Reach.Side.TO : Reach.Side.FROM, !yes);
                case MORE -> span(yes ? Reach.Side.FROM : Reach.Side.TO, yes);
                case AT_LEAST -> span(yes ? Reach.Side.FROM : Reach.Side.TO, !yes);
            };
        }

        private Reach span(Reach.Side side, boolean without) {
            return new Reach.Span(operand, side, without);
        }
    }

    enum Wanted {
        EQUAL,
        LESS,
        AT_MOST,
        MORE,
        AT_LEAST
    }

    /// `IN` where equality needs a comparison.
    ///
    /// @param values the operands as PostgreSQL prints them
    record EqualToAny(List<Ordering> operands, List<byte[]> values, Truth otherwise)
            implements ValueTest {
        @Override
        public Truth test(byte[] data, int offset, int length) {
            for (int i = 0; i < operands.size(); i++) {
                if (operands.get(i).compare(data, offset, length) == 0) {
                    return Truth.TRUE;
                }
            }
            return otherwise;
        }

        @Override
        public Reach reach(boolean wanted) {
            return wanted ? new Reach.Values(values) : Reach.Anything.ANYTHING;
        }
    }

    record Opposite(ValueTest of) implements ValueTest {
        @Override
        public Truth test(byte[] data, int offset, int length) {
            return of.test(data, offset, length).not();
        }

        @Override
        public boolean asks() {
            return of.asks();
        }

        @Override
        public Reach reach(boolean wanted) {
            return of.reach(!wanted);
        }
    }

    record Always(Truth truth) implements ValueTest {
        @Override
        public Truth test(byte[] data, int offset, int length) {
            return truth;
        }

        @Override
        public Reach reach(boolean wanted) {
            return truth == Truth.of(wanted) ? Reach.Anything.ANYTHING : Reach.Values.NONE;
        }
    }

    /// Without repetitions, in their order.
    static List<byte[]> distinct(List<byte[]> values) {
        Set<Bytes> seen = new HashSet<>();
        return values.stream().filter(v -> seen.add(new Bytes(v))).toList();
    }
}
