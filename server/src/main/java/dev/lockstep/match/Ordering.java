package dev.lockstep.match;

import java.util.Arrays;

/// How a value stands to an operand that was fixed when the filter was compiled, in the order of
/// the column's PostgreSQL type: negative, zero or positive. Hot; allocates nothing.
interface Ordering {
    int compare(byte[] data, int offset, int length);

    /// Unsigned bytes: text under a collation of bytes, uuid, bytea as hex, boolean.
    record ByBytes(byte[] operand) implements Ordering {
        @Override
        public int compare(byte[] data, int offset, int length) {
            return Arrays.compareUnsigned(
                    data, offset, offset + length, operand, 0, operand.length);
        }
    }

    /// The same without the blanks at the end, as `bpchar` compares.
    record Padded(byte[] operand) implements Ordering {
        static Padded of(byte[] operand) {
            return new Padded(Arrays.copyOf(operand, trimmed(operand, 0, operand.length)));
        }

        @Override
        public int compare(byte[] data, int offset, int length) {
            int end = offset + trimmed(data, offset, length);
            return Arrays.compareUnsigned(data, offset, end, operand, 0, operand.length);
        }

        static int trimmed(byte[] data, int offset, int length) {
            int left = length;
            while (left > 0 && data[offset + left - 1] == ' ') {
                left--;
            }
            return left;
        }
    }

    /// Anything that is one number.
    record ByNumber(NumberReader reader, long operand) implements Ordering {
        static ByNumber of(NumberReader reader, byte[] operand) {
            return new ByNumber(reader, reader.read(operand, 0, operand.length));
        }

        @Override
        public int compare(byte[] data, int offset, int length) {
            return Long.compare(reader.read(data, offset, length), operand);
        }
    }

    /// Anything that is two numbers, the second of which counts when the first are equal.
    record ByTwoNumbers(NumberReader first, NumberReader second, long operand, long minor)
            implements Ordering {
        static ByTwoNumbers of(NumberReader first, NumberReader second, byte[] operand) {
            return new ByTwoNumbers(
                    first,
                    second,
                    first.read(operand, 0, operand.length),
                    second.read(operand, 0, operand.length));
        }

        @Override
        public int compare(byte[] data, int offset, int length) {
            int sign = Long.compare(first.read(data, offset, length), operand);
            return sign != 0 ? sign : Long.compare(second.read(data, offset, length), minor);
        }
    }

    /// `numeric`, `real`, `double precision`.
    record ByDecimal(byte[] operand) implements Ordering {
        @Override
        public int compare(byte[] data, int offset, int length) {
            return Decimals.compare(data, offset, length, operand, 0, operand.length);
        }
    }

    interface NumberReader {
        long read(byte[] data, int offset, int length);
    }
}
