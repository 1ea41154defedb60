package dev.lockstep.feed;

import dev.lockstep.config.Settings;
import java.time.Duration;

/// The window's bounds; whichever is met first counts.
///
/// @param retention how long a transaction stays
/// @param maxWal bytes of write-ahead log between the head and the oldest transaction
/// @param maxBytes bytes of decoded changes, in the heap and on disk together
/// @param maxHeap bytes of the heap, of these; what is older goes to disk
/// @param maxTransactionHeap from this size on, a single transaction goes to disk at once
/// @param patience how long an append waits for the leading reader before it takes the room
public record FeedConfig(
        Duration retention,
        long maxWal,
        long maxBytes,
        long maxHeap,
        long maxTransactionHeap,
        Duration patience) {
    private static final long MIB = 1 << 20;

    public static FeedConfig of(Settings settings) {
        FeedConfig config =
                new FeedConfig(
                        settings.duration("feed.retention", Duration.ofMinutes(10)),
                        settings.bytes("feed.max-wal", 1024 * MIB),
                        settings.bytes("feed.max-bytes", 256 * MIB),
                        settings.bytes("feed.max-heap", 64 * MIB),
                        settings.bytes("feed.max-transaction-heap", 8 * MIB),
                        settings.duration("feed.patience", Duration.ofSeconds(30)));
        if (config.maxHeap < MIB) {
            settings.problem("feed.max-heap", "is too small: give at least 1MiB");
        }
        if (config.maxBytes < config.maxHeap) {
            settings.problem(
                    "feed.max-bytes",
                    "is less than feed.max-heap: it counts heap and disk together");
        }
        if (config.maxTransactionHeap > config.maxHeap) {
            settings.problem(
                    "feed.max-transaction-heap",
                    "is more than feed.max-heap: one transaction would fill it");
        }
        return config;
    }
}
