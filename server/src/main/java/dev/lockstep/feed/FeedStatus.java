package dev.lockstep.feed;

import dev.lockstep.core.Lsn;
import java.time.Duration;

/// The window at one moment, for metrics and the health page.
///
/// @param diskRefused the last attempt to move transactions to disk failed; the window is kept
///   within the heap's bound instead
/// @param expired transactions that left the window since the start, whatever the reason
public record FeedStatus(
        String epoch,
        int transactions,
        long heapBytes,
        long diskBytes,
        Duration oldestAge,
        Lsn head,
        Lsn oldest,
        Lsn confirmable,
        boolean diskRefused,
        long expired) {}
