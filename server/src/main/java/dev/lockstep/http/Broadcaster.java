package dev.lockstep.http;

import dev.lockstep.core.Identity;
import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;

/// Where a broadcast that came by REST goes.
@FunctionalInterface
public interface Broadcaster {
    /// @param restricted whether the topic's private room is meant
    /// @throws dev.lockstep.error.FailureException `Forbidden` when the sender may not write there,
    ///   `TooMany` over a rate
    void broadcast(Identity from, Topic topic, boolean restricted, BroadcastMessage message);
}
