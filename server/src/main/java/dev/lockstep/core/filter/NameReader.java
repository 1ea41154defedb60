package dev.lockstep.core.filter;

import static dev.lockstep.core.filter.FilterBounds.invalid;

/// A place in a text of the REST grammars, and the pieces that they are made of.
final class NameReader {
    private final String text;
    private final String kind;
    private int at;

    /// @param kind what is being read, for refusals: `filter`, `order`
    NameReader(String text, String kind) {
        this.text = text;
        this.kind = kind;
    }

    boolean atEnd() {
        return at >= text.length();
    }

    boolean peek(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    boolean take(char c) {
        if (peek(c)) {
            at++;
            return true;
        }
        return false;
    }

    boolean takeWord(String word) {
        if (text.startsWith(word, at)) {
            at += word.length();
            return true;
        }
        return false;
    }

    void expect(char c) {
        if (!take(c)) {
            throw unexpected("\"" + c + "\"");
        }
    }

    void skipBlanks() {
        while (peek(' ') || peek('\t') || peek('\n') || peek('\r')) {
            at++;
        }
    }

    int mark() {
        return at;
    }

    void back(int mark) {
        at = mark;
    }

    String until(String stops) {
        int start = at;
        while (at < text.length() && stops.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    /// Whether one of `stops`, or the end, comes next.
    boolean endsBefore(String stops) {
        return atEnd() || stops.indexOf(text.charAt(at)) >= 0;
    }

    /// A column's name: quoted, or letters, digits, `_`, `$`, blanks and dashes.
    String name() {
        skipBlanks();
        if (peek('"')) {
            String name = quoted();
            skipBlanks();
            return name;
        }
        int start = at;
        while (at < text.length() && isNamePart(text.charAt(at))) {
            at++;
        }
        String name = text.substring(start, at).strip();
        if (peek('-') || peek('>')) {
            throw invalid(
                    "failed to parse " + kind + ": paths into JSON are not supported: " + text);
        }
        if (name.isEmpty()) {
            throw unexpected("a column's name");
        }
        return name;
    }

    private boolean isNamePart(char c) {
        if (c == '-') {
            return !text.startsWith("->", at);
        }
        return Character.isLetterOrDigit(c)
                || Character.isSurrogate(c)
                || c == '_'
                || c == '$'
                || c == ' ';
    }

    /// From the opening quote to the closing one; `\` escapes.
    String quoted() {
        expect('"');
        StringBuilder value = new StringBuilder();
        while (!atEnd()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return value.toString();
            }
            if (c == '\\' && !atEnd()) {
                c = text.charAt(at++);
            }
            value.append(c);
        }
        throw unexpected("a closing quote");
    }

    /// Whether the quoted text that starts here ends anywhere.
    boolean hasClosingQuote() {
        for (int i = at + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '"') {
                return true;
            }
        }
        return false;
    }

    String rest() {
        String rest = text.substring(at);
        at = text.length();
        return rest;
    }

    RuntimeException unexpected(String expected) {
        String found = atEnd() ? "end of input" : "\"" + text.charAt(at) + "\"";
        return invalid(
                "failed to parse %s (%s) at character %d: unexpected %s, expecting %s"
                        .formatted(kind, shortened(text), at + 1, found, expected));
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
