package dev.lockstep.core.filter;

import static dev.lockstep.core.filter.FilterBounds.invalid;

import java.util.ArrayList;
import java.util.List;

/// A place in a text of the REST grammars, and the pieces that they are made of. A grammar that
/// refuses in other words overrides [#unexpected].
public class NameReader {
    private final String text;
    private final String kind;
    private int at;

    /// @param kind what is being read, for refusals: `filter`, `order`
    public NameReader(String text, String kind) {
        this.text = text;
        this.kind = kind;
    }

    public final boolean atEnd() {
        return at >= text.length();
    }

    public final boolean peek(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    public final boolean take(char c) {
        if (peek(c)) {
            at++;
            return true;
        }
        return false;
    }

    public final boolean takeWord(String word) {
        if (text.startsWith(word, at)) {
            at += word.length();
            return true;
        }
        return false;
    }

    public final void expect(char c) {
        if (!take(c)) {
            throw unexpected("\"" + c + "\"");
        }
    }

    public final void skipBlanks() {
        while (peek(' ') || peek('\t') || peek('\n') || peek('\r')) {
            at++;
        }
    }

    public final int mark() {
        return at;
    }

    public final void back(int mark) {
        at = mark;
    }

    public final String until(String stops) {
        int start = at;
        while (at < text.length() && stops.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    /// Whether one of `stops`, or the end, comes next.
    public final boolean endsBefore(String stops) {
        return atEnd() || stops.indexOf(text.charAt(at)) >= 0;
    }

    /// A column's name, where nothing may go deeper.
    final String name() {
        String name = identifier();
        if (peek('-') || peek('>')) {
            throw invalid(
                    "failed to parse " + kind + ": paths into JSON are not supported: " + text);
        }
        return name;
    }

    /// Quoted, or letters, digits, `_`, `$`, blanks and dashes; a path into JSON may follow.
    public final String identifier() {
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
    public final String quoted() {
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
    public final boolean hasClosingQuote() {
        for (int i = at + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '"') {
                return true;
            }
        }
        return false;
    }

    /// A value inside a list of conditions: quoted, an array in braces, or up to a comma or a
    /// parenthesis.
    public final String value() {
        int start = at;
        if (peek('"') && hasClosingQuote()) {
            String value = quoted();
            if (endsBefore(",)")) {
                return value;
            }
            at = start;
        }
        if (take('{')) {
            String inside = until("{}");
            if (take('}')) {
                return "{" + inside + "}";
            }
            at = start;
        }
        return until(",)");
    }

    /// `(a,"b,c",d)`, as it stands after `in.`; more than `max` values are refused.
    public final List<String> values(int max) {
        List<String> values = new ArrayList<>();
        skipBlanks();
        expect('(');
        if (!peek(')')) {
            do {
                if (values.size() >= max) {
                    throw invalid(
                            "a filter may list at most " + FilterBounds.MAX_VALUES + " values");
                }
                values.add(element());
            } while (take(','));
        }
        expect(')');
        skipBlanks();
        return values;
    }

    /// A quote that is not closed right before a comma is part of the value: the client does not
    /// escape it.
    private String element() {
        int start = at;
        if (peek('"') && hasClosingQuote()) {
            String value = quoted();
            if (endsBefore(",)")) {
                return value;
            }
            at = start;
        }
        return until(",)");
    }

    public final String rest() {
        String rest = text.substring(at);
        at = text.length();
        return rest;
    }

    public RuntimeException unexpected(String expected) {
        String found = atEnd() ? "end of input" : "\"" + text.charAt(at) + "\"";
        return invalid(
                "failed to parse %s (%s) at character %d: unexpected %s, expecting %s"
                        .formatted(kind, shortened(text), at + 1, found, expected));
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
