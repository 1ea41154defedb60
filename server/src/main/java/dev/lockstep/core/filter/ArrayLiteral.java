package dev.lockstep.core.filter;

import java.util.ArrayList;
import java.util.List;

/// A one-dimensional array in PostgreSQL's text form, `{a,"b,c",NULL}`, as `array_in` reads it:
/// blanks around elements do not count, `\` escapes anywhere, an unquoted NULL is NULL.
///
/// @param values the elements that are not NULL
/// @param hasNull whether there were others
record ArrayLiteral(List<String> values, int size, boolean hasNull) {

    /// @param text with its braces
    static ArrayLiteral parse(String text) {
        return new Reader(text).read();
    }

    private static final class Reader {
        private final String text;
        private final int end;
        private final List<String> values = new ArrayList<>();
        private int size;
        private int at = 1;

        Reader(String text) {
            this.text = text;
            this.end = text.length() - 1;
        }

        ArrayLiteral read() {
            skipBlanks();
            if (at < end) {
                element();
                while (at < end) {
                    if (text.charAt(at) != ',') {
                        throw malformed();
                    }
                    at++;
                    skipBlanks();
                    element();
                }
            }
            return new ArrayLiteral(values, size, size > values.size());
        }

        private void element() {
            size++;
            if (at < end && text.charAt(at) == '"') {
                at++;
                quoted();
            } else {
                plain();
            }
        }

        private void quoted() {
            StringBuilder value = new StringBuilder();
            while (at < end) {
                char c = text.charAt(at++);
                if (c == '"') {
                    values.add(value.toString());
                    skipBlanks();
                    return;
                }
                value.append(c == '\\' ? escaped() : c);
            }
            throw malformed();
        }

        private void plain() {
            StringBuilder value = new StringBuilder();
            int kept = 0;
            boolean escapes = false;
            while (at < end && text.charAt(at) != ',') {
                char c = text.charAt(at++);
                if (c == '"' || c == '{' || c == '}') {
                    throw malformed();
                }
                if (c == '\\') {
                    escapes = true;
                    value.append(escaped());
                    kept = value.length();
                } else {
                    value.append(c);
                    kept = isBlank(c) ? kept : value.length();
                }
            }
            value.setLength(kept);
            if (value.isEmpty()) {
                throw malformed();
            }
            if (escapes || !value.toString().equalsIgnoreCase("NULL")) {
                values.add(value.toString());
            }
        }

        private char escaped() {
            if (at >= end) {
                throw malformed();
            }
            return text.charAt(at++);
        }

        private void skipBlanks() {
            while (at < end && isBlank(text.charAt(at))) {
                at++;
            }
        }

        private static boolean isBlank(char c) {
            return c == ' ' || (c >= '\t' && c <= '\r');
        }

        private RuntimeException malformed() {
            return FilterBounds.invalid("malformed array literal: \"" + text + "\"");
        }
    }
}
