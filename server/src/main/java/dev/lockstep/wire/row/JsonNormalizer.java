package dev.lockstep.wire.row;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A `json` document's text as `jsonb` prints it: keys ordered by length and bytes, the last of
/// equal keys kept, one blank after colon and comma, escapes undone, exponents written out.
///
/// The text was checked by PostgreSQL when it was stored. What `jsonb` itself could not hold stays
/// as valid JSON: `\u0000`, huge exponents, and what is nested deeper than [#MAX_DEPTH].
final class JsonNormalizer {
    static final int MAX_DEPTH = 500;

    /// The order of keys in `jsonb`, and of members in what `to_jsonb` makes of composites.
    static final Comparator<byte[]> KEY_ORDER =
            Comparator.<byte[]>comparingInt(key -> key.length)
                    .thenComparing(Arrays::compareUnsigned);

    private final byte[] text;
    private final int end;
    private final JsonBuffer out;
    private int at;

    private JsonNormalizer(byte[] text, int from, int to, JsonBuffer out) {
        this.text = text;
        this.at = from;
        this.end = to;
        this.out = out;
    }

    static void append(byte[] text, int from, int to, JsonBuffer out) {
        JsonNormalizer normalizer = new JsonNormalizer(text, from, to, out);
        normalizer.blanks();
        normalizer.value(0);
    }

    private void value(int depth) {
        switch (text[at]) {
            case '{' -> {
                if (depth == MAX_DEPTH) {
                    verbatim();
                } else {
                    object(depth);
                }
            }
            case '[' -> {
                if (depth == MAX_DEPTH) {
                    verbatim();
                } else {
                    array(depth);
                }
            }
            case '"' -> string();
            case 't', 'f', 'n' -> {
                int start = at;
                scalar();
                out.put(text, start, at);
            }
            default -> {
                int start = at;
                scalar();
                NumericText.append(text, start, at, out);
            }
        }
    }

    private record Member(byte[] key, int start, int end) {}

    private void object(int depth) {
        int start = out.size();
        List<Member> members = new ArrayList<>();
        boolean ordered = true;
        out.put('{');
        at++;
        blanks();
        while (text[at] != '}') {
            if (!members.isEmpty()) {
                out.put(',').put(' ');
            }
            int memberStart = out.size();
            byte[] key = unescaped();
            out.string(key, 0, key.length).put(':').put(' ');
            blanks();
            at++; // the colon
            blanks();
            value(depth + 1);
            ordered &= members.isEmpty() || KEY_ORDER.compare(members.getLast().key, key) < 0;
            members.add(new Member(key, memberStart, out.size()));
            separator();
        }
        at++;
        out.put('}');
        if (!ordered) {
            rewrite(members, start);
        }
    }

    /// Puts the members that stand in `out` since `start` into order.
    private void rewrite(List<Member> members, int start) {
        byte[] written = out.copy(start, out.size());
        out.truncate(start);
        members.sort(Comparator.comparing(Member::key, KEY_ORDER));
        out.put('{');
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            boolean last =
                    i + 1 == members.size() || !Arrays.equals(member.key, members.get(i + 1).key);
            if (last) {
                if (out.size() > start + 1) {
                    out.put(',').put(' ');
                }
                out.put(written, member.start - start, member.end - start);
            }
        }
        out.put('}');
    }

    private void array(int depth) {
        out.put('[');
        at++;
        blanks();
        boolean first = true;
        while (text[at] != ']') {
            if (!first) {
                out.put(',').put(' ');
            }
            first = false;
            value(depth + 1);
            separator();
        }
        at++;
        out.put(']');
    }

    private void string() {
        int close = closingQuote();
        boolean plain = true;
        for (int i = at + 1; i < close && plain; i++) {
            plain = text[i] != '\\';
        }
        if (plain) {
            out.put(text, at, close + 1);
            at = close + 1;
        } else {
            byte[] content = unescaped();
            out.string(content, 0, content.length);
        }
    }

    /// Reads a string and returns what it stands for, in UTF-8.
    private byte[] unescaped() {
        int close = closingQuote();
        byte[] content = new byte[close - at - 1];
        int length = 0;
        int i = at + 1;
        while (i < close) {
            if (text[i] != '\\') {
                content[length++] = text[i++];
                continue;
            }
            byte escape = text[i + 1];
            i += 2;
            switch (escape) {
                case 'b' -> content[length++] = '\b';
                case 'f' -> content[length++] = '\f';
                case 'n' -> content[length++] = '\n';
                case 'r' -> content[length++] = '\r';
                case 't' -> content[length++] = '\t';
                case 'u' -> {
                    int unit = hex(i);
                    i += 4;
                    if (Character.isHighSurrogate((char) unit) && i + 6 <= close) {
                        unit = Character.toCodePoint((char) unit, (char) hex(i + 2));
                        i += 6;
                    }
                    length = utf8(unit, content, length);
                }
                default -> content[length++] = escape;
            }
        }
        at = close + 1;
        return Arrays.copyOf(content, length);
    }

    private static int utf8(int point, byte[] into, int at) {
        if (point < 0x80) {
            into[at++] = (byte) point;
        } else if (point < 0x800) {
            into[at++] = (byte) (0xC0 | point >> 6);
            into[at++] = (byte) (0x80 | point & 0x3F);
        } else if (point < 0x10000) {
            into[at++] = (byte) (0xE0 | point >> 12);
            into[at++] = (byte) (0x80 | point >> 6 & 0x3F);
            into[at++] = (byte) (0x80 | point & 0x3F);
        } else {
            into[at++] = (byte) (0xF0 | point >> 18);
            into[at++] = (byte) (0x80 | point >> 12 & 0x3F);
            into[at++] = (byte) (0x80 | point >> 6 & 0x3F);
            into[at++] = (byte) (0x80 | point & 0x3F);
        }
        return at;
    }

    private int hex(int from) {
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            value = value << 4 | Character.digit(text[i], 16);
        }
        return value;
    }

    private int closingQuote() {
        int i = at + 1;
        while (text[i] != '"') {
            i += text[i] == '\\' ? 2 : 1;
        }
        return i;
    }

    /// Copies a container as it stands.
    private void verbatim() {
        int start = at;
        int open = 0;
        do {
            switch (text[at]) {
                case '"' -> at = closingQuote();
                case '{', '[' -> open++;
                case '}', ']' -> open--;
                default -> {}
            }
            at++;
        } while (open > 0);
        out.put(text, start, at);
    }

    private void scalar() {
        while (at < end && !isBlank(text[at]) && ",]}:".indexOf(text[at]) < 0) {
            at++;
        }
    }

    private void separator() {
        blanks();
        if (text[at] == ',') {
            at++;
            blanks();
        }
    }

    private void blanks() {
        while (at < end && isBlank(text[at])) {
            at++;
        }
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\t' || b == '\r';
    }
}
