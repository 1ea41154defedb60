package dev.lockstep.wire;

/// The bytes before and after a payload, made once for a topic, event and dialect. Hot.
public record Envelope(byte[] prefix, byte[] suffix) {

    /// A text frame whose payload is the given parts in a row.
    public Frame wrap(byte[]... parts) {
        int length = prefix.length + suffix.length;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] whole = new byte[length];
        System.arraycopy(prefix, 0, whole, 0, prefix.length);
        int at = prefix.length;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        System.arraycopy(suffix, 0, whole, at, suffix.length);
        return Frame.text(whole);
    }
}
