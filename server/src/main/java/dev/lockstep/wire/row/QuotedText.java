package dev.lockstep.wire.row;

/// Reads `"…"` as it stands in arrays, composites and hstore: a backslash takes the next byte as it
/// is, a doubled quote is one quote. Afterwards the content is a slice of the source, or of a copy
/// where something was escaped.
final class QuotedText {
    private final byte[] source;
    private final int limit;
    private byte[] content;
    private int start;
    private int end;

    QuotedText(byte[] source, int limit) {
        this.source = source;
        this.limit = limit;
        this.content = source;
    }

    /// Reads from the opening quote; returns the place behind the closing one.
    int read(int at) {
        int i = at + 1;
        while (source[i] != '"' && source[i] != '\\') {
            i++;
        }
        if (source[i] == '"' && !doubled(i)) {
            content = source;
            start = at + 1;
            end = i;
            return i + 1;
        }
        return unescape(at + 1);
    }

    private int unescape(int from) {
        int length = 0;
        int close = from;
        while (source[close] != '"' || doubled(close)) {
            close += source[close] == '"' || source[close] == '\\' ? 2 : 1;
            length++;
        }
        byte[] copy = new byte[length];
        int i = from;
        for (int to = 0; to < length; to++) {
            if (source[i] == '"' || source[i] == '\\') {
                i++;
            }
            copy[to] = source[i++];
        }
        content = copy;
        start = 0;
        end = length;
        return close + 1;
    }

    private boolean doubled(int quote) {
        return quote + 1 < limit && source[quote + 1] == '"';
    }

    byte[] content() {
        return content;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }
}
