package dev.lockstep.wire;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a client asks for when it joins, leniently read: wrong types were dropped, absent parts
/// have their defaults.
///
/// @param presenceKey empty when the client gave none
/// @param awaitSubscription hold the reply until the `postgres_changes` subscription is live
public record JoinConfig(
        boolean ack,
        boolean self,
        Optional<Replay> replay,
        boolean replicationReady,
        Optional<String> presenceKey,
        boolean presenceEnabled,
        List<ChangesBinding> changes,
        boolean awaitSubscription,
        Optional<Duration> awaitTimeout,
        boolean restricted,
        List<FeedRequest> feeds) {
    public JoinConfig {
        changes = List.copyOf(changes);
        feeds = List.copyOf(feeds);
    }

    /// Stored broadcasts to send after the reply: since when (epoch milliseconds), how many.
    public record Replay(long sinceMillis, int limit) {}
}
