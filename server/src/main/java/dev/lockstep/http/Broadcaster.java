package dev.lockstep.http;

import dev.lockstep.channel.Handshake;
import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;

/// Where broadcasts that come by REST go.
@FunctionalInterface
public interface Broadcaster {
    /// What speaks for one caller, throughout one request.
    Voice voice(Handshake from);

    /// One request's.
    @FunctionalInterface
    interface Voice {
        /// @param restricted whether the topic's private room is meant
        /// @throws dev.lockstep.error.FailureException `Forbidden` when the sender may not write
        ///   there, `TooMany` over a rate
        void broadcast(Topic topic, boolean restricted, BroadcastMessage message);
    }
}
