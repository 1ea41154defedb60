package dev.lockstep.wire.v2;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.BroadcastMessage.Form;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.MalformedFrameException;
import dev.lockstep.wire.RawJson;
import dev.lockstep.wire.Ref;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Optional;

/// User broadcasts in binary. In, kind 3: `3, |join_ref|, |ref|, |topic|, |event|, |metadata|,
/// encoding`, these five in a row, the payload to the end. Out, kind 4: `4, |topic|, |event|,
/// |metadata|, encoding`, these three, the payload. Sizes are single bytes; encoding 0 is bytes, 1
/// is JSON. The client reads no other kind, so none is ever sent.
final class BinaryBroadcast {
    private static final int PUSH = 3;
    private static final int PUSH_HEAD = 7;
    private static final int FAN_OUT = 4;
    private static final int FAN_OUT_HEAD = 5;
    private static final int MAX_FIELD = 255;

    private BinaryBroadcast() {}

    static ClientFrame decode(byte[] frame) {
        if (frame.length < PUSH_HEAD || frame[0] != PUSH) {
            throw new MalformedFrameException("no user broadcast of kind 3");
        }
        Fields fields = new Fields(frame);
        Ref joinRef = ref(fields.next(1));
        Ref ref = ref(fields.next(2));
        Topic topic = new Topic(fields.next(3));
        String event = fields.next(4);
        // Metadata is a wish to the server (`persist`), never relayed: `replayed` or `id` in it
        // would be a forgery.
        fields.next(5);
        byte[] payload = fields.rest();
        Form form =
                switch (frame[6]) {
                    case 0 -> Form.BYTES;
                    case 1 -> Form.JSON;
                    default -> throw new MalformedFrameException("unknown payload encoding");
                };
        // Other members get these bytes inside text, so what is called JSON must be JSON.
        if (form == Form.JSON && !RawJson.isValue(strict(payload, 0, payload.length))) {
            throw new MalformedFrameException("the payload is not JSON");
        }
        return new ClientFrame.Broadcast(
                joinRef, ref, topic, new BroadcastMessage(event, form, payload, Optional.empty()));
    }

    /// Empty when a field is longer than a size byte can say.
    static Optional<Frame> encode(Topic topic, BroadcastMessage message) {
        byte[] name = topic.name().getBytes(UTF_8);
        byte[] event = message.event().getBytes(UTF_8);
        byte[] meta = message.meta().orElse("").getBytes(UTF_8);
        if (Math.max(name.length, Math.max(event.length, meta.length)) > MAX_FIELD) {
            return Optional.empty();
        }
        byte[] payload = message.payload();
        int length = FAN_OUT_HEAD + name.length + event.length + meta.length + payload.length;
        byte[] frame =
                ByteBuffer.allocate(length)
                        .put((byte) FAN_OUT)
                        .put((byte) name.length)
                        .put((byte) event.length)
                        .put((byte) meta.length)
                        .put((byte) (message.form() == Form.BYTES ? 0 : 1))
                        .put(name)
                        .put(event)
                        .put(meta)
                        .put(payload)
                        .array();
        return Optional.of(Frame.binary(frame));
    }

    private static Ref ref(String text) {
        return text.isEmpty() ? Ref.NULL : new Ref(RawJson.quote(text));
    }

    private static String strict(byte[] bytes, int from, int length) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length)).toString();
        } catch (CharacterCodingException _) {
            throw new MalformedFrameException("text is not UTF-8");
        }
    }

    /// Walks the fields in order; the size of each stands at its place in the head.
    private static final class Fields {
        private final byte[] frame;
        private int at = PUSH_HEAD;

        Fields(byte[] frame) {
            this.frame = frame;
        }

        String next(int sizeAt) {
            int size = frame[sizeAt] & 0xFF;
            if (at + size > frame.length) {
                throw new MalformedFrameException("a field runs past the frame's end");
            }
            String text = strict(frame, at, size);
            at += size;
            return text;
        }

        byte[] rest() {
            return Arrays.copyOfRange(frame, at, frame.length);
        }
    }
}
