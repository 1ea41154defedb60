package dev.lockstep.feed;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A place in the feed, moving forward. Belongs to one thread at a time; any number of readers go
/// side by side and cost the feed nothing, however slow.
///
/// Hot: a step is two volatile reads and no allocation.
public final class FeedReader {
    private final Window window;
    private final Bell bell;
    private Entry at;
    private long position;

    /// What was read and is done with; the feed waits for it where this is the leading reader.
    private volatile long done;

    FeedReader(Window window, Bell bell, Entry at, long position) {
        this.window = window;
        this.bell = bell;
        this.at = at;
        this.position = position;
        this.done = position;
    }

    /// The next transaction; null when the reader stands at the head. What it returned before
    /// counts as done with.
    ///
    /// @throws dev.lockstep.error.FailureException with `ResumeExpired` when the window has moved
    ///   past this place, or another epoch began
    public @Nullable Transaction next() {
        done = position;
        while (true) {
            // Read before the link: everything up to this head is linked by now.
            long head = window.head();
            Entry following = at.next();
            if (following == null) {
                if (Long.compareUnsigned(head, position) > 0) {
                    position = head;
                    done = head;
                }
                return null;
            }
            if (following == window.expired()) {
                // Still well where only transactions before this place have left: a reader may
                // have been set ahead of the head.
                at = window.seek(position);
                if (at == window.expired()) {
                    throw window.resumeExpired(position);
                }
                continue;
            }
            at = following;
            if (Long.compareUnsigned(following.endLsn, position) <= 0) {
                continue;
            }
            if (following.content() == null) {
                throw window.resumeExpired(position);
            }
            position = following.endLsn;
            return following;
        }
    }

    /// Waits until [#next] has something to say, a failure included.
    ///
    /// @return false when time was over first
    public boolean await(Duration atMost) throws InterruptedException {
        return bell.await(() -> at.next() != null, atMost);
    }

    /// Everything up to here was returned, or was nothing: the end of the last transaction, or the
    /// head where [#next] found no more.
    public Lsn position() {
        return new Lsn(position);
    }

    /// The epoch that this reader's positions belong to.
    public String epoch() {
        return window.epoch();
    }

    /// The epoch as resume tokens hold it.
    public long epochHash() {
        return window.epochHash();
    }

    /// How far the window may be cleared without taking something away from this reader.
    long done() {
        return done;
    }

    Window window() {
        return window;
    }
}
