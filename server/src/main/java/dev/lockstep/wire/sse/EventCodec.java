package dev.lockstep.wire.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Envelope;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.MalformedFrameException;
import dev.lockstep.wire.Mark;
import dev.lockstep.wire.Ref;
import java.util.Optional;

/// What a client hears that cannot speak. Nothing of the channel protocol is in it, neither topics
/// nor refs: the transport makes of the [Mark]s what they mean over HTTP.
///
/// A payload is one line: whatever stands in a row, JSON escapes its line ends.
public final class EventCodec implements Codec {
    /// One feed has the stream to itself: its token is the event's `id`, in bytes that all who hear
    /// the feed share.
    public static final EventCodec ALONE = new EventCodec(Form.WITH_ID);

    /// Several feeds share the stream: who writes it sets an `id` that holds all their tokens.
    public static final EventCodec TOGETHER = new EventCodec(Form.WITHOUT_ID);

    /// Payloads alone, for an answer that gathers them.
    public static final EventCodec BARE = new EventCodec(Form.PAYLOAD);

    private static final byte[] NOTHING = new byte[0];
    private static final byte[] END = "\n\n".getBytes(UTF_8);

    private enum Form {
        WITH_ID,
        WITHOUT_ID,
        PAYLOAD
    }

    private final Form form;

    private EventCodec(Form form) {
        this.form = form;
    }

    /// One event of a stream.
    ///
    /// @param data one line
    public static byte[] event(String name, String data) {
        return (head(name) + data + "\n\n").getBytes(UTF_8);
    }

    @Override
    public ClientFrame decode(String text) {
        throw silent();
    }

    @Override
    public ClientFrame decode(byte[] binary) {
        throw silent();
    }

    private static MalformedFrameException silent() {
        return new MalformedFrameException("this dialect only listens");
    }

    @Override
    public Frame reply(Ref joinRef, Ref ref, Topic topic, Status status, String response) {
        return Frame.event(NOTHING, new Mark.Answer(status, response));
    }

    @Override
    public Frame push(Ref joinRef, Topic topic, String event, String payload) {
        byte[] bytes = form == Form.PAYLOAD ? NOTHING : event(event, payload);
        return Frame.event(bytes, new Mark.Words(event, payload));
    }

    @Override
    public Frame end(Ref joinRef, Topic topic, String event) {
        return Frame.event(NOTHING, new Mark.End(event));
    }

    @Override
    public Envelope envelope(Topic topic, String event) {
        return form == Form.PAYLOAD
                ? new Around(NOTHING, NOTHING, form)
                : new Around(head(event).getBytes(UTF_8), END, form);
    }

    /// Rooms are not heard here.
    @Override
    public Optional<Frame> broadcast(Topic topic, BroadcastMessage message) {
        return Optional.empty();
    }

    private static String head(String event) {
        return "event: " + event + "\ndata: ";
    }

    private record Around(byte[] prefix, byte[] end, Form form) implements Envelope {
        @Override
        public Frame wrap(byte[]... parts) {
            return Frame.event(Envelope.join(prefix, end, parts), Mark.NONE);
        }

        @Override
        public Frame step(Mark.Step step, byte[]... parts) {
            return Frame.event(Envelope.join(prefix, suffix(step), parts), step);
        }

        private byte[] suffix(Mark.Step step) {
            return form == Form.WITH_ID && step.token().isPresent()
                    ? ("\nid: " + step.token().get() + "\n\n").getBytes(UTF_8)
                    : end;
        }
    }
}
