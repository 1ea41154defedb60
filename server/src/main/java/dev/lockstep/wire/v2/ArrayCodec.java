package dev.lockstep.wire.v2;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.ClientMessage;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Envelope;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.MalformedFrameException;
import dev.lockstep.wire.RawJson;
import dev.lockstep.wire.Ref;
import dev.lockstep.wire.TextBroadcast;
import java.util.List;
import java.util.Optional;

/// `[join_ref, ref, topic, event, payload]`; further elements are ignored.
public final class ArrayCodec implements Codec {

    @Override
    public ClientFrame decode(String text) {
        List<String> parts = RawJson.elements(text);
        if (parts.size() < 5) {
            throw new MalformedFrameException("a message has 5 elements, not " + parts.size());
        }
        return ClientMessage.of(
                        parts.get(0), parts.get(1), parts.get(2), parts.get(3), parts.get(4))
                .frame();
    }

    @Override
    public ClientFrame decode(byte[] binary) {
        return BinaryBroadcast.decode(binary);
    }

    @Override
    public Frame reply(Ref joinRef, Ref ref, Topic topic, Status status, String response) {
        return message(joinRef, ref, topic, "phx_reply", Codec.replyPayload(status, response));
    }

    @Override
    public Frame push(Ref joinRef, Topic topic, String event, String payload) {
        return message(joinRef, Ref.NULL, topic, event, payload);
    }

    @Override
    public Frame end(Ref joinRef, Topic topic, String event) {
        return message(joinRef, joinRef, topic, event, "{}");
    }

    @Override
    public Envelope envelope(Topic topic, String event) {
        return new Envelope.Message(
                head(Ref.NULL, Ref.NULL, topic, event).getBytes(UTF_8), "]".getBytes(UTF_8));
    }

    @Override
    public Optional<Frame> broadcast(Topic topic, BroadcastMessage message) {
        return switch (message.form()) {
            case TEXT_OBJECT, REST_OBJECT -> text(topic, message);
            case JSON, BYTES ->
                    BinaryBroadcast.encode(topic, message).or(() -> text(topic, message));
        };
    }

    private Optional<Frame> text(Topic topic, BroadcastMessage message) {
        return TextBroadcast.payload(message)
                .map(payload -> envelope(topic, "broadcast").wrap(payload));
    }

    private static Frame message(Ref joinRef, Ref ref, Topic topic, String event, String payload) {
        return Frame.text((head(joinRef, ref, topic, event) + payload + "]").getBytes(UTF_8));
    }

    private static String head(Ref joinRef, Ref ref, Topic topic, String event) {
        return "["
                + joinRef.json()
                + ","
                + ref.json()
                + ","
                + RawJson.quote(topic.name())
                + ","
                + RawJson.quote(event)
                + ",";
    }
}
