package dev.lockstep.match;

import static java.nio.charset.StandardCharsets.UTF_8;

/// `LIKE` on UTF-8 bytes: `%` is any text, `_` one character, `\` escapes the next one.
///
/// `ILIKE` lowers both sides by the collation's rules, which are not ours to know. For an ASCII
/// pattern the answer is still certain, but where it hangs on whether `I` and `i` are the same
/// letter (not in Turkish), or the value holds one of the few characters that some locale lowers to
/// or from an ASCII letter; then [#test] says UNKNOWN, which stands for "ask".
final class LikePattern {
    private static final int ANY_TEXT = -1;
    private static final int ANY_CHARACTER = -2;

    private final int[] codes;
    private final Case folding;

    enum Case {
        KEPT,
        FOLDED,
        /// Folded, but `I` is not `i`.
        TURKISH;

        int fold(int b) {
            boolean upper = b >= 'A' && b <= 'Z';
            return upper && this != KEPT && !(this == TURKISH && b == 'I') ? b + 32 : b;
        }
    }

    LikePattern(String pattern, Case folding) {
        byte[] bytes = pattern.getBytes(UTF_8);
        int[] made = new int[bytes.length];
        int size = 0;
        for (int i = 0; i < bytes.length; i++) {
            int b = bytes[i];
            made[size++] =
                    switch (b) {
                        case '%' -> ANY_TEXT;
                        case '_' -> ANY_CHARACTER;
                        case '\\' -> folding.fold(bytes[++i] & 0xFF);
                        default -> folding.fold(b & 0xFF);
                    };
        }
        this.codes = java.util.Arrays.copyOf(made, size);
        this.folding = folding;
    }

    /// Whether PostgreSQL would refuse it: the escape at its end escapes nothing.
    static boolean endsInEscape(String pattern) {
        int escapes = 0;
        while (escapes < pattern.length()
                && pattern.charAt(pattern.length() - 1 - escapes) == '\\') {
            escapes++;
        }
        return escapes % 2 == 1;
    }

    /// Greedy with one place to return to, the last `%`: what stood before it need not be tried
    /// again, because a later `%` can take up whatever an earlier one could.
    boolean matches(byte[] data, int offset, int length) {
        int end = offset + length;
        int at = offset;
        int code = 0;
        int afterAny = -1;
        int retry = offset;
        while (at < end) {
            int wanted = code < codes.length ? codes[code] : Integer.MIN_VALUE;
            if (wanted == ANY_TEXT) {
                afterAny = ++code;
                retry = at;
                if (code == codes.length) {
                    return true;
                }
            } else if (wanted == ANY_CHARACTER) {
                at = nextCharacter(data, at, end);
                code++;
            } else if (wanted == folding.fold(data[at] & 0xFF)) {
                at++;
                code++;
            } else if (afterAny >= 0) {
                retry = nextCharacter(data, retry, end);
                at = retry;
                code = afterAny;
            } else {
                return false;
            }
        }
        while (code < codes.length && codes[code] == ANY_TEXT) {
            code++;
        }
        return code == codes.length;
    }

    private static int nextCharacter(byte[] data, int at, int end) {
        int next = at + 1;
        while (next < end && (data[next] & 0xC0) == 0x80) {
            next++;
        }
        return next;
    }

    /// `ILIKE`, where it can be decided here.
    static final class Folded implements ValueTest {
        private final LikePattern folded;
        private final LikePattern turkish;
        private final ValueTest asked;

        /// @param pattern ASCII only
        Folded(String pattern, ValueTest asked) {
            this.folded = new LikePattern(pattern, Case.FOLDED);
            this.turkish = new LikePattern(pattern, Case.TURKISH);
            this.asked = asked;
        }

        @Override
        public Truth test(byte[] data, int offset, int length) {
            if (!hasDoubtful(data, offset, length)) {
                boolean matches = folded.matches(data, offset, length);
                if (matches == turkish.matches(data, offset, length)) {
                    return Truth.of(matches);
                }
            }
            return asked.test(data, offset, length);
        }

        @Override
        public boolean asks() {
            return true;
        }

        /// U+00CC, U+00CD, U+0128, U+012E, U+0130, U+0131, U+0300–U+036F, U+212A: what Lithuanian,
        /// Turkish and the Kelvin sign do to i, j and k.
        private static boolean hasDoubtful(byte[] data, int offset, int length) {
            int last = offset + length - 1;
            for (int i = offset; i < last; i++) {
                int lead = data[i] & 0xFF;
                if (lead < 0xC3) {
                    continue;
                }
                int next = data[i + 1] & 0xFF;
                boolean doubtful =
                        switch (lead) {
                            case 0xC3 -> next == 0x8C || next == 0x8D;
                            case 0xC4 ->
                                    next == 0xA8 || next == 0xAE || next == 0xB0 || next == 0xB1;
                            case 0xCC, 0xCD -> true;
                            case 0xE2 -> next == 0x84;
                            default -> false;
                        };
                if (doubtful) {
                    return true;
                }
            }
            return false;
        }
    }
}
