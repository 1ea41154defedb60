package dev.lockstep.core.filter;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;

/// The bounds that the grammars share, and how they refuse.
public final class FilterBounds {
    public static final int MAX_TERMS = 500;
    public static final int MAX_DEPTH = 20;
    public static final int MAX_VALUES = 10_000;
    public static final int MAX_TEXT = 64 * 1024;

    private FilterBounds() {}

    static FailureException invalid(String problem) {
        return new FailureException(new Failure.Invalid("", problem));
    }

    /// Refuses what no PostgreSQL text can hold (NUL, half a surrogate pair) and what is too long.
    public static String checked(String text) {
        if (text.length() > MAX_TEXT) {
            throw invalid("a filter may have at most " + MAX_TEXT + " characters");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw invalid("a filter may not hold the character U+0000");
            }
            if (Character.isSurrogate(c)) {
                boolean pair =
                        Character.isHighSurrogate(c)
                                && i + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw invalid("a filter may not hold half a surrogate pair");
                }
                i++;
            }
        }
        return text;
    }
}
