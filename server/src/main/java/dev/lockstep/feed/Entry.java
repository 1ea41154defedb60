package dev.lockstep.feed;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.spool.Changes;
import dev.lockstep.spool.ReleasedException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// A transaction in the window, and the link to the next one.
///
/// Hot and many: positions are plain numbers. A link is set once by the appender; it becomes
/// [#expired] when what it points to leaves the window, so that whoever stands still here holds
/// this one entry in memory and not the whole log behind it.
final class Entry implements Transaction {
    /// Heap that an entry takes beside its changes, also when these are on disk.
    static final int WEIGHT = 112;

    private final Window window;
    private final int xid;
    private final int changeCount;
    final long commitLsn;
    final long endLsn;
    private final long commitMicros;
    final long appendedAt;

    private volatile @Nullable Changes content;
    private volatile @Nullable Entry next;

    Entry(Window window, Transaction transaction, Changes content, long appendedAt) {
        this.window = window;
        this.xid = transaction.xid();
        this.changeCount = transaction.changeCount();
        this.commitLsn = transaction.commitLsn().value();
        this.endLsn = transaction.endLsn().value();
        this.commitMicros = transaction.commitMicros();
        this.appendedAt = appendedAt;
        this.content = content;
    }

    /// What stands before the first transaction: a position alone.
    Entry(Window window, long position) {
        this.window = window;
        this.xid = 0;
        this.changeCount = 0;
        this.commitLsn = position;
        this.endLsn = position;
        this.commitMicros = 0;
        this.appendedAt = 0;
    }

    @Nullable Changes content() {
        return content;
    }

    void content(@Nullable Changes changed) {
        content = changed;
    }

    @Nullable Entry next() {
        return next;
    }

    void link(Entry following) {
        next = following;
    }

    /// Cuts what follows off: it is no longer in the window.
    void cut() {
        next = window.expired();
    }

    /// Whether this entry, or the place behind it, is still part of that window.
    boolean standsIn(Window other) {
        return window == other && next != other.expired();
    }

    @Override
    public int xid() {
        return xid;
    }

    @Override
    public Lsn commitLsn() {
        return new Lsn(commitLsn);
    }

    @Override
    public Lsn endLsn() {
        return new Lsn(endLsn);
    }

    @Override
    public long commitMicros() {
        return commitMicros;
    }

    @Override
    public int changeCount() {
        return changeCount;
    }

    @Override
    public long bytes() {
        Changes held = content;
        return held == null ? 0 : held.bytes();
    }

    /// @throws FailureException with `ResumeExpired` when the window has given the transaction up,
    ///   here or while iterating
    @Override
    public Iterator<Change> changes() {
        Changes held = content;
        if (held == null) {
            throw window.resumeExpired(endLsn);
        }
        if (changeCount == 0) {
            return Collections.emptyIterator();
        }
        return held.inHeap() ? held.iterator() : new Stored(held.iterator());
    }

    /// Tells a reader that came too late in the words of the feed.
    private final class Stored implements Iterator<Change> {
        private final Iterator<Change> changes;

        Stored(Iterator<Change> changes) {
            this.changes = changes;
        }

        @Override
        public boolean hasNext() {
            return changes.hasNext();
        }

        @Override
        public Change next() {
            try {
                return changes.next();
            } catch (ReleasedException _) {
                throw window.resumeExpired(endLsn);
            } catch (UncheckedIOException e) {
                throw new FailureException(
                        new Failure.Unavailable(
                                "feed",
                                "The change window could not be read from disk.",
                                Duration.ofSeconds(1)),
                        e);
            }
        }
    }
}
