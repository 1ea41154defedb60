package dev.lockstep.wire.row;

/// Numbers as `numeric` prints them: the exponent written out, the scale kept, no negative zero.
final class NumericText {
    /// Past the range of a double only a hand-written `json` document has exponents; written out, a
    /// short one could fill the heap, so it stays as it is.
    private static final int MAX_EXPONENT = 400;

    private NumericText() {}

    /// Appends a JSON number or the output of `float4`, `float8` (not NaN or an infinity).
    static void append(byte[] text, int from, int to, JsonBuffer out) {
        int exponentAt = from;
        while (exponentAt < to && text[exponentAt] != 'e' && text[exponentAt] != 'E') {
            exponentAt++;
        }
        boolean negative = text[from] == '-';
        if (exponentAt == to && !(negative && isZero(text, from + 1, to))) {
            out.put(text, from, to);
            return;
        }
        int exponent = exponent(text, exponentAt, to);
        if (Math.abs(exponent) > MAX_EXPONENT) {
            out.put(text, from, to);
            return;
        }
        if (negative && !isZero(text, from + 1, exponentAt)) {
            out.put('-');
        }
        shifted(text, negative ? from + 1 : from, exponentAt, exponent, out);
    }

    /// Appends the digits (which may hold one point) with the point moved right by `exponent`.
    private static void shifted(byte[] text, int from, int to, int exponent, JsonBuffer out) {
        int point = from;
        while (point < to && text[point] != '.') {
            point++;
        }
        int whole = point - from;
        int digits = point < to ? to - from - 1 : whole;
        int split = whole + exponent;
        int scale = Math.max(0, digits - split);
        boolean any = false;
        for (int i = 0; i < split; i++) {
            byte digit = i < digits ? digit(text, from, whole, i) : (byte) '0';
            if (any || digit != '0') {
                out.put((char) digit);
                any = true;
            }
        }
        if (!any) {
            out.put('0');
        }
        if (scale > 0) {
            out.put('.');
            for (int i = split; i < split + scale; i++) {
                out.put(i < 0 ? '0' : (char) digit(text, from, whole, i));
            }
        }
    }

    private static byte digit(byte[] text, int from, int whole, int index) {
        return text[index < whole ? from + index : from + index + 1];
    }

    private static boolean isZero(byte[] text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text[i] >= '1' && text[i] <= '9') {
                return false;
            }
        }
        return true;
    }

    private static int exponent(byte[] text, int exponentAt, int to) {
        int value = 0;
        for (int i = exponentAt + 1; i < to && value <= MAX_EXPONENT; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                value = 10 * value + text[i] - '0';
            }
        }
        return exponentAt + 1 < to && text[exponentAt + 1] == '-' ? -value : value;
    }
}
