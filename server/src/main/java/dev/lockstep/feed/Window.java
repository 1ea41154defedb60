package dev.lockstep.feed;

import dev.lockstep.core.Lsn;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.spool.Changes;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The chain of one epoch's retained transactions:
///
/// ```
/// anchor ──▶ first ──▶ … ──▶ last ──▶ null
/// (left the window last, or the start)  ▲ head
/// ```
///
/// [#append] and [#advance] belong to the appender; [#dropFirst], [#replace] and [#expireAll] to
/// whoever holds the feed's lock; the rest is for anyone.
final class Window {
    private static final int INDEXED = 64;

    private final String epoch;
    private final long epochHash;
    private final Entry expired;

    /// Every 64th entry by its end, so that a reader finds its place without walking the log.
    private final ConcurrentSkipListMap<Long, Entry> index =
            new ConcurrentSkipListMap<>(Long::compareUnsigned);

    private final AtomicLong heapBytes = new AtomicLong();
    private final AtomicLong diskBytes = new AtomicLong();
    private volatile long dropped;
    private volatile long appended;
    private volatile Entry anchor;
    private volatile long head;
    private Entry last;

    Window(String epoch, Lsn start) {
        this.epoch = epoch;
        this.epochHash = Fingerprint.of(epoch);
        this.expired = new Entry(this, -1L);
        this.anchor = new Entry(this, start.value());
        this.last = anchor;
        this.head = start.value();
    }

    String epoch() {
        return epoch;
    }

    long epochHash() {
        return epochHash;
    }

    long head() {
        return head;
    }

    long oldest() {
        return anchor.endLsn;
    }

    /// The oldest retained transaction.
    @Nullable Entry first() {
        Entry following = anchor.next();
        return following == expired ? null : following;
    }

    /// The mark behind a link whose target left the window.
    Entry expired() {
        return expired;
    }

    /// Heap taken, by changes and by the entries themselves.
    long heapBytes() {
        return heapBytes.get();
    }

    long diskBytes() {
        return diskBytes.get();
    }

    long bytes() {
        return heapBytes.get() + diskBytes.get();
    }

    /// Heap that the entries take without their changes.
    long entryBytes() {
        return (long) size() * Entry.WEIGHT;
    }

    long dropped() {
        return dropped;
    }

    int size() {
        return (int) (appended - dropped);
    }

    FailureException resumeExpired(long asked) {
        return new FailureException(
                new Failure.ResumeExpired(new Lsn(asked).toString(), new Lsn(oldest()).toString()));
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One thread writes.
    void append(Entry entry) {
        account(entry.content(), 1);
        heapBytes.addAndGet(Entry.WEIGHT);
        long number = appended + 1;
        appended = number;
        if (number % INDEXED == 0) {
            index.put(entry.endLsn, entry);
        }
        last.link(entry);
        last = entry;
        // After the link: whoever sees this head finds everything up to it.
        head = entry.endLsn;
    }

    void advance(long position) {
        if (Long.compareUnsigned(position, head) > 0) {
            head = position;
        }
    }

    /// Lets the oldest transaction go.
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // Under the feed's lock.
    void dropFirst() {
        Entry before = anchor;
        Entry first = first();
        if (first == null) {
            return;
        }
        // The bound moves first: a reader that is told "expired" may see why.
        anchor = first;
        before.cut();
        index.remove(first.endLsn, first);
        Changes content = first.content();
        first.content(null);
        dropped = dropped + 1;
        heapBytes.addAndGet(-Entry.WEIGHT);
        account(content, -1);
        if (content != null) {
            content.release();
        }
    }

    /// The same changes now stand elsewhere.
    void replace(Entry entry, Changes content) {
        account(entry.content(), -1);
        entry.content(content);
        account(content, 1);
    }

    /// Ends this epoch: nobody reads on from here. The appender's thread only.
    void expireAll() {
        while (first() != null) {
            dropFirst();
        }
        anchor.cut();
    }

    private void account(@Nullable Changes content, int sign) {
        if (content != null) {
            (content.inHeap() ? heapBytes : diskBytes).addAndGet(sign * content.bytes());
        }
    }

    /// The last entry that ends at or before the position; [#expired] where the window starts later
    /// than that.
    Entry seek(long position) {
        while (true) {
            Entry start = anchor;
            if (Long.compareUnsigned(position, start.endLsn) < 0) {
                return expired;
            }
            var near = index.floorEntry(position);
            Entry found = walk(near == null ? start : near.getValue(), position);
            if (found != expired) {
                return found;
            }
            if (start.next() == expired && start == anchor) {
                // The epoch is over.
                return expired;
            }
        }
    }

    private Entry walk(Entry from, long position) {
        Entry at = from;
        while (true) {
            Entry following = at.next();
            if (following == expired) {
                return expired;
            }
            if (following == null || Long.compareUnsigned(following.endLsn, position) > 0) {
                return at;
            }
            at = following;
        }
    }
}
