package dev.lockstep.wire.row;

import dev.lockstep.core.PgType;

/// An array's text output, `{1,NULL,"a b"}` or `[0:1]={…}`, to a JSON array; dimensions nest, lower
/// bounds go.
final class ArrayText {
    private final PgType element;
    private final byte delimiter;
    private final byte[] text;
    private final int end;
    private final JsonBuffer out;
    private int at;

    ArrayText(PgType.Array type, byte[] text, int from, int to, JsonBuffer out) {
        this.element = type.element();
        this.delimiter = (byte) type.delimiter();
        this.text = text;
        this.end = to;
        this.out = out;
        this.at = from;
    }

    void append() {
        if (text[at] == '[') {
            while (text[at] != '=') {
                at++;
            }
            at++;
        }
        dimension();
    }

    /// Reads from the opening brace to behind the closing one.
    private void dimension() {
        out.put('[');
        at++;
        while (text[at] != '}') {
            if (text[at] == delimiter) {
                at++;
                out.put(',').put(' ');
            }
            switch (text[at]) {
                case '{' -> dimension();
                case '"' -> quoted();
                default -> bare();
            }
        }
        at++;
        out.put(']');
    }

    private void quoted() {
        QuotedText reader = new QuotedText(text, end);
        at = reader.read(at);
        ValueJson.nested(element, reader.content(), reader.start(), reader.end(), out);
    }

    private void bare() {
        int start = at;
        while (text[at] != delimiter && text[at] != '}') {
            at++;
        }
        if (ValueJson.isNullWord(text, start, at)) {
            ValueJson.appendNull(out);
        } else {
            ValueJson.nested(element, text, start, at, out);
        }
    }
}
