package dev.lockstep.wire.row;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A growing byte array that JSON is appended to. Hot: nothing here allocates but growth. Belongs
/// to one thread.
final class JsonBuffer {
    private static final byte[] HEX = "0123456789abcdef".getBytes(UTF_8);

    private static final VarHandle EIGHT =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101_0101_0101_0101L;

    private byte[] bytes;
    private int size;

    JsonBuffer(int capacity) {
        bytes = new byte[Math.max(32, capacity)];
    }

    int size() {
        return size;
    }

    /// Forgets all after `size`.
    void truncate(int size) {
        this.size = size;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    byte[] copy(int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    JsonBuffer put(char ascii) {
        room(1);
        bytes[size++] = (byte) ascii;
        return this;
    }

    JsonBuffer put(byte[] source, int from, int to) {
        int length = to - from;
        room(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
        return this;
    }

    JsonBuffer put(byte[] source) {
        return put(source, 0, source.length);
    }

    JsonBuffer zeros(int count) {
        room(count);
        Arrays.fill(bytes, size, size + count, (byte) '0');
        size += count;
        return this;
    }

    /// The one deprecated thing here is just what is wanted: the low byte of each character, copied
    /// as a block.
    @SuppressWarnings("deprecation")
    JsonBuffer ascii(String text) {
        int length = text.length();
        room(length);
        text.getBytes(0, length, bytes, size);
        size += length;
        return this;
    }

    /// `value` in decimal, filled with zeros to at least `digits`.
    JsonBuffer number(long value, int digits) {
        String text = Long.toString(value);
        zeros(Math.max(0, digits - text.length()));
        return ascii(text);
    }

    /// A JSON string.
    JsonBuffer string(byte[] source, int from, int to) {
        put('"');
        escaped(source, from, to);
        return put('"');
    }

    /// A JSON string; a plain ASCII text is copied without an intermediate array.
    JsonBuffer string(String text) {
        int length = text.length();
        room(length + 2);
        bytes[size] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80 || c < 0x20 || c == '"' || c == '\\') {
                byte[] utf8 = text.getBytes(UTF_8);
                return string(utf8, 0, utf8.length);
            }
            bytes[size + 1 + i] = (byte) c;
        }
        bytes[size + 1 + length] = '"';
        size += length + 2;
        return this;
    }

    /// A string's inside, escaped as PostgreSQL's `escape_json` does.
    JsonBuffer escaped(byte[] source, int from, int to) {
        int start = from;
        int i = from;
        while (i < to) {
            if (i + 8 <= to && isPlain((long) EIGHT.get(source, i))) {
                i += 8;
                continue;
            }
            byte b = source[i];
            if (b == '"' || b == '\\' || (b >= 0 && b < 0x20)) {
                put(source, start, i);
                escape(b);
                start = i + 1;
            }
            i++;
        }
        return put(source, start, to);
    }

    /// Whether none of eight bytes must be escaped: no control character, quote or backslash. May
    /// say no where the answer is yes (of a byte beside one), never the other way round.
    private static boolean isPlain(long eight) {
        long quotes = eight ^ 0x2222_2222_2222_2222L;
        long slashes = eight ^ 0x5C5C_5C5C_5C5C_5C5CL;
        long suspects =
                (eight - 0x2020_2020_2020_2020L & ~eight)
                        | (quotes - ONES & ~quotes)
                        | (slashes - ONES & ~slashes);
        return (suspects & 0x8080_8080_8080_8080L) == 0;
    }

    private void escape(byte b) {
        put('\\');
        switch (b) {
            case '"', '\\' -> put((char) b);
            case '\b' -> put('b');
            case '\f' -> put('f');
            case '\n' -> put('n');
            case '\r' -> put('r');
            case '\t' -> put('t');
            default -> {
                ascii("u00");
                put((char) HEX[b >> 4 & 0xF]);
                put((char) HEX[b & 0xF]);
            }
        }
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
        }
    }
}
