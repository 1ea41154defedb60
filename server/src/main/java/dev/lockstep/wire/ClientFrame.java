package dev.lockstep.wire;

import dev.lockstep.core.Topic;
import java.util.Optional;

/// What a client can say.
public sealed interface ClientFrame {
    Ref joinRef();

    Ref ref();

    Topic topic();

    /// `joinRef` is the frame's own ref where the client sent none.
    record Join(Ref joinRef, Ref ref, Topic topic, JoinConfig config, Optional<String> accessToken)
            implements ClientFrame {}

    record Leave(Ref joinRef, Ref ref, Topic topic) implements ClientFrame {}

    record Heartbeat(Ref joinRef, Ref ref, Topic topic) implements ClientFrame {}

    /// A new token for a channel; empty when it was null or not a string.
    record AccessToken(Ref joinRef, Ref ref, Topic topic, Optional<String> token)
            implements ClientFrame {}

    record Broadcast(Ref joinRef, Ref ref, Topic topic, BroadcastMessage message)
            implements ClientFrame {}

    /// Presence `track`; the payload is a JSON object, or empty when the client sent something
    /// else.
    record Track(Ref joinRef, Ref ref, Topic topic, Optional<String> payload)
            implements ClientFrame {}

    record Untrack(Ref joinRef, Ref ref, Topic topic) implements ClientFrame {}

    /// Well-formed, but no event that this server knows.
    record Unknown(Ref joinRef, Ref ref, Topic topic, String event) implements ClientFrame {}
}
