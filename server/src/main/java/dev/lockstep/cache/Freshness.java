package dev.lockstep.cache;

import dev.lockstep.core.Lsn;
import org.jspecify.annotations.Nullable;

/// Since when it is certain that the log was decoded to its end: at a known time PostgreSQL had
/// flushed it up to a position, and by now the feed has passed that. Any thread.
///
/// One sample waits until the feed reaches it, and the newest behind it, so that a feed that is
/// always a little behind is still proven again and again.
final class Freshness {
    private record Sample(Lsn flushed, long at) {}

    private @Nullable Sample waiting;
    private @Nullable Sample newest;
    private volatile boolean known;
    private volatile long provenAt;
    private volatile long sampledAt;

    /// @param flushed as PostgreSQL said after `at` ([System#nanoTime])
    synchronized void sampled(Lsn flushed, long at) {
        Sample sample = new Sample(flushed, at);
        if (waiting == null) {
            waiting = sample;
        } else if (newest == null || at - newest.at() > 0) {
            newest = sample;
        }
        sampledAt = at;
    }

    /// What is known of another log.
    synchronized void forget() {
        waiting = null;
        newest = null;
        known = false;
    }

    /// When the last sample was taken; before the first, long ago or not.
    long sampledAt() {
        return sampledAt;
    }

    /// Whether everything that was flushed at this time was decoded.
    ///
    /// @param head up to here everything was decoded
    boolean isProven(long at, Lsn head) {
        return known && provenAt - at >= 0 || look(at, head);
    }

    private synchronized boolean look(long at, Lsn head) {
        while (waiting != null && !waiting.flushed().isAfter(head)) {
            if (!known || waiting.at() - provenAt > 0) {
                provenAt = waiting.at();
                known = true;
            }
            waiting = newest;
            newest = null;
        }
        return known && provenAt - at >= 0;
    }
}
