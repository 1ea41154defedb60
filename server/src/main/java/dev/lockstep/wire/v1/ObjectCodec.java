package dev.lockstep.wire.v1;

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
import java.util.Map;
import java.util.Optional;

/// `{"topic":…,"event":…,"payload":…,"ref":…,"join_ref":…}`; what the server sends has no
/// `join_ref`.
public final class ObjectCodec implements Codec {

    @Override
    public ClientFrame decode(String text) {
        Map<String, String> members = RawJson.members(text);
        return ClientMessage.of(
                        members.getOrDefault("join_ref", "null"),
                        required(members, "ref"),
                        required(members, "topic"),
                        required(members, "event"),
                        required(members, "payload"))
                .frame();
    }

    private static String required(Map<String, String> members, String name) {
        String piece = members.get(name);
        if (piece == null) {
            throw new MalformedFrameException(name + " is missing");
        }
        return piece;
    }

    @Override
    public ClientFrame decode(byte[] binary) {
        throw new MalformedFrameException("this dialect has no binary frames");
    }

    @Override
    public Frame reply(Ref joinRef, Ref ref, Topic topic, Status status, String response) {
        return message(topic, "phx_reply", Codec.replyPayload(status, response), ref);
    }

    @Override
    public Frame push(Ref joinRef, Topic topic, String event, String payload) {
        return message(topic, event, payload, Ref.NULL);
    }

    @Override
    public Frame end(Ref joinRef, Topic topic, String event) {
        return message(topic, event, "{}", joinRef);
    }

    @Override
    public Envelope envelope(Topic topic, String event) {
        return new Envelope.Message(
                head(topic, event).getBytes(UTF_8), ",\"ref\":null}".getBytes(UTF_8));
    }

    @Override
    public Optional<Frame> broadcast(Topic topic, BroadcastMessage message) {
        return TextBroadcast.payload(message)
                .map(payload -> envelope(topic, "broadcast").wrap(payload));
    }

    private static Frame message(Topic topic, String event, String payload, Ref ref) {
        String text = head(topic, event) + payload + ",\"ref\":" + ref.json() + "}";
        return Frame.text(text.getBytes(UTF_8));
    }

    private static String head(Topic topic, String event) {
        return "{\"topic\":"
                + RawJson.quote(topic.name())
                + ",\"event\":"
                + RawJson.quote(event)
                + ",\"payload\":";
    }
}
