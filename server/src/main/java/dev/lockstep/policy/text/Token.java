package dev.lockstep.policy.text;

/// One word of an SQL text.
///
/// @param text an identifier as the catalogue holds it (quotes removed), a string's value, or the
///   sign itself
/// @param start where it begins in the text; `end` is behind it
public record Token(Kind kind, String text, int start, int end) {
    /// What kind of word.
    public enum Kind {
        /// In lower case or quoted: a name. PostgreSQL writes its own keywords in capitals.
        NAME,
        /// In quotes: a name, whatever it reads.
        QUOTED,
        KEYWORD,
        STRING,
        NUMBER,
        OPERATOR,
        /// Brackets, comma, dot, semicolon, `::`.
        SIGN
    }

    public boolean is(String sign) {
        return (kind == Kind.SIGN || kind == Kind.KEYWORD || kind == Kind.OPERATOR)
                && text.equals(sign);
    }

    public boolean isName() {
        return kind == Kind.NAME || kind == Kind.QUOTED;
    }
}
