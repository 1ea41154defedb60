package dev.lockstep.wire;

import java.time.Duration;
import java.util.List;
import java.util.Map;
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

    /// Of a client that asks for feeds and for nothing else.
    public static JoinConfig of(List<FeedRequest> feeds) {
        return JoinReader.read(Map.of()).with(feeds);
    }

    private JoinConfig with(List<FeedRequest> asked) {
        return new JoinConfig(
                ack,
                self,
                replay,
                replicationReady,
                presenceKey,
                presenceEnabled,
                changes,
                awaitSubscription,
                awaitTimeout,
                restricted,
                asked);
    }

    /// Stored broadcasts to send after the reply: since when (epoch milliseconds), how many.
    public record Replay(long sinceMillis, int limit) {
        /// Asked for in a way that means nothing.
        public static final Replay INVALID = new Replay(-1, 0);

        public static final int MAX = 25;

        /// The year 9999.
        private static final long LATEST = 253_402_300_799_999L;

        public boolean isValid() {
            return sinceMillis >= 0 && sinceMillis <= LATEST && limit >= 1 && limit <= MAX;
        }
    }
}
