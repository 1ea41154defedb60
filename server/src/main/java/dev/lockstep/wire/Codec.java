package dev.lockstep.wire;

import dev.lockstep.core.Topic;
import java.util.Optional;

/// One dialect of the channel protocol. Stateless; any thread.
public interface Codec {
    /// @throws MalformedFrameException when the text is no message of this dialect
    ClientFrame decode(String text);

    /// @throws MalformedFrameException also in a dialect that has no binary frames
    ClientFrame decode(byte[] binary);

    /// Answers a client's message. `response` is a JSON object.
    Frame reply(Ref joinRef, Ref ref, Topic topic, Status status, String response);

    /// What the server says of its own accord: `payload` is a JSON object. [Ref#NULL] as joinRef
    /// reaches every life of the channel.
    Frame push(Ref joinRef, Topic topic, String event, String payload);

    /// `phx_close` or `phx_error`, whose ref is the join's.
    Frame end(Ref joinRef, Topic topic, String event);

    /// The fixed text around the payload of fan-out messages of one topic and event.
    Envelope envelope(Topic topic, String event);

    /// Empty where this dialect cannot carry the message.
    Optional<Frame> broadcast(Topic topic, BroadcastMessage message);

    /// `{"status":…,"response":…}`, the payload of every reply.
    static String replyPayload(Status status, String response) {
        String word = status == Status.OK ? "ok" : "error";
        return "{\"status\":\"" + word + "\",\"response\":" + response + "}";
    }

    enum Status {
        OK,
        ERROR
    }
}
