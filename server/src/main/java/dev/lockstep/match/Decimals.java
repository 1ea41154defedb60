package dev.lockstep.match;

/// Compares decimal numbers as PostgreSQL prints them (`-12.50`, `1e-07`, `NaN`, `-Infinity`)
/// without making numbers of them. NaN equals itself and is greater than all else; -0 is 0.
///
/// For `real` and `double precision` this is exact too: PostgreSQL prints the shortest text that
/// reads back as the same value, so texts stand in the order of their values, and equal values have
/// equal digits.
final class Decimals {
    /// Of [#rank64]: a `numeric` has at most 131,072 digits before its point and 16,383 behind.
    private static final int LOWEST_POWER = 20_000;

    private static final int POWERS = (1 << 18) - 1;
    private static final int DIGITS = 13;
    private static final int DIGIT_BITS = 44;

    private Decimals() {}

    static int compare(byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
        int aRank = rank(a, aOffset, aLength);
        int bRank = rank(b, bOffset, bLength);
        if (aRank != bRank || aRank == 0 || aRank > 1 || aRank < -1) {
            return Integer.compare(aRank, bRank);
        }
        return aRank * magnitude(a, aOffset, aLength, b, bOffset, bLength);
    }

    /// Equal for equal numbers, however they are written.
    static long hash(byte[] data, int offset, int length) {
        int rank = rank(data, offset, length);
        if (rank == 0 || rank > 1 || rank < -1) {
            return Keys.mix(rank);
        }
        int last = mantissaEnd(data, offset, length);
        while (data[last - 1] == '0' || data[last - 1] == '.') {
            last--;
        }
        long hash = Keys.join(rank, scale(data, offset, length));
        for (int i = firstDigit(data, offset); i < last; i++) {
            if (data[i] != '.') {
                hash = 31 * hash + data[i];
            }
        }
        return Keys.mix(hash);
    }

    /// A number that never falls where the decimal number rises: its sign, its power of ten and its
    /// first digits.
    static long rank64(byte[] data, int offset, int length) {
        int rank = rank(data, offset, length);
        switch (rank) {
            case 3:
                return Long.MAX_VALUE;
            case 2:
                return Long.MAX_VALUE - 1;
            case -2:
                return Long.MIN_VALUE;
            case 0:
                return 0;
            default:
                int power = Math.clamp(scale(data, offset, length) + LOWEST_POWER, 1, POWERS);
                return rank * ((long) power << DIGIT_BITS | digits(data, offset, length));
        }
    }

    private static long digits(byte[] data, int offset, int length) {
        int end = mantissaEnd(data, offset, length);
        long digits = 0;
        int count = 0;
        for (int i = firstDigit(data, offset); i < end && count < DIGITS; i++) {
            if (data[i] != '.') {
                digits = 10 * digits + data[i] - '0';
                count++;
            }
        }
        for (; count < DIGITS; count++) {
            digits *= 10;
        }
        return digits;
    }

    /// -2 for -Infinity, the sign for numbers, 2 for Infinity, 3 for NaN.
    private static int rank(byte[] data, int offset, int length) {
        int first = data[offset];
        boolean negative = first == '-';
        int at = negative ? offset + 1 : offset;
        if (data[at] == 'N') {
            return 3;
        }
        if (data[at] == 'I') {
            return negative ? -2 : 2;
        }
        int end = mantissaEnd(data, offset, length);
        for (; at < end; at++) {
            if (data[at] != '0' && data[at] != '.') {
                return negative ? -1 : 1;
            }
        }
        return 0;
    }

    private static int magnitude(
            byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
        int sign = Integer.compare(scale(a, aOffset, aLength), scale(b, bOffset, bLength));
        if (sign != 0) {
            return sign;
        }
        int aEnd = mantissaEnd(a, aOffset, aLength);
        int bEnd = mantissaEnd(b, bOffset, bLength);
        int i = firstDigit(a, aOffset);
        int j = firstDigit(b, bOffset);
        while (i < aEnd || j < bEnd) {
            if (i < aEnd && a[i] == '.') {
                i++;
                continue;
            }
            if (j < bEnd && b[j] == '.') {
                j++;
                continue;
            }
            int x = i < aEnd ? a[i] : '0';
            int y = j < bEnd ? b[j] : '0';
            if (x != y) {
                return Integer.compare(x, y);
            }
            i++;
            j++;
        }
        return 0;
    }

    /// The power of ten of the first digit that is not 0.
    private static int scale(byte[] data, int offset, int length) {
        int end = mantissaEnd(data, offset, length);
        int first = firstDigit(data, offset);
        int point = offset;
        while (point < end && data[point] != '.') {
            point++;
        }
        int power = first < point ? point - first - 1 : point - first;
        return power + exponent(data, end, offset + length);
    }

    private static int exponent(byte[] data, int mantissaEnd, int end) {
        if (mantissaEnd == end) {
            return 0;
        }
        int at = mantissaEnd + 1;
        boolean negative = data[at] == '-';
        if (negative || data[at] == '+') {
            at++;
        }
        int exponent = 0;
        for (; at < end; at++) {
            exponent = 10 * exponent + data[at] - '0';
        }
        return negative ? -exponent : exponent;
    }

    private static int firstDigit(byte[] data, int offset) {
        int at = offset;
        while (data[at] == '-' || data[at] == '0' || data[at] == '.') {
            at++;
        }
        return at;
    }

    private static int mantissaEnd(byte[] data, int offset, int length) {
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            if (data[i] == 'e') {
                return i;
            }
        }
        return end;
    }
}
