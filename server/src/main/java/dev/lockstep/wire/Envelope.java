package dev.lockstep.wire;

/// The bytes before and after a payload, made once for a topic, event and dialect. Hot.
public interface Envelope {

    /// What goes to everybody alike: the parts in a row, between prefix and suffix.
    Frame wrap(byte[]... parts);

    /// The same for a part of a feed's step.
    Frame step(Mark.Step step, byte[]... parts);

    /// Of a dialect whose messages say everything inside.
    record Message(byte[] prefix, byte[] suffix) implements Envelope {
        @Override
        public Frame wrap(byte[]... parts) {
            return Frame.text(join(prefix, suffix, parts));
        }

        @Override
        public Frame step(Mark.Step step, byte[]... parts) {
            return wrap(parts);
        }
    }

    static byte[] join(byte[] prefix, byte[] suffix, byte[]... parts) {
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
        return whole;
    }
}
