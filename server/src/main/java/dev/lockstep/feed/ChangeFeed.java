package dev.lockstep.feed;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.spool.Changes;
import dev.lockstep.spool.SpooledTransaction;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The window of committed transactions that every delivery reads from.
///
/// [#begin], [#append] and [#advance] belong to one thread, the replication reader's. Everything
/// else may be called by any. Transactions leave at the far end, oldest first, when they are too
/// old, too far behind the head, or the window holds too much; the older part stands on disk. That
/// work is done by the keeper thread and by [#trim]; an append does it only when the keeper cannot
/// follow, and thereby slows its source down.
///
/// Slow readers hold nothing back, except for the one *leading* reader ([#lead]), the fan-out at
/// the head: what it has not read yet is dropped for age or room only after `feed.patience`.
public final class ChangeFeed implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final FeedConfig config;
    private final Bounds bounds;
    private final InstantSource clock;
    private final Bell bell = new Bell();
    private final Thread keeper;

    /// Held by whoever changes the window's far end.
    private final ReentrantLock lock = new ReentrantLock();

    private final Segments segments;
    private final TrailingMark trailing;

    private volatile @Nullable Window window;
    private volatile @Nullable FeedReader leader;
    private volatile Lsn confirmable = Lsn.NONE;
    private volatile long droppedBefore;
    private volatile boolean trimWanted;
    private volatile boolean closed;
    private volatile @Nullable Throwable keeperFailure;

    /// @param folder for segments; what an earlier run left there is deleted
    /// @param clock tells the age of transactions; one that never jumps keeps the window steady
    public ChangeFeed(FeedConfig config, Path folder, InstantSource clock) {
        this.config = config;
        this.bounds = Bounds.of(config);
        this.clock = clock;
        this.segments = new Segments(folder);
        this.trailing = new TrailingMark(config.retention().toMillis(), config.maxWal());
        this.keeper =
                Thread.ofPlatform()
                        .name("feed-keeper")
                        .daemon()
                        .uncaughtExceptionHandler((_, failure) -> keeperFailure = failure)
                        .start(this::keep);
    }

    /// Starts an epoch, or goes on with the one before: then the window stays as it is. Another
    /// epoch, or a start beyond the head, empties it, and all readers expire.
    ///
    /// @param start PostgreSQL sends everything that commits after this
    /// @return the head: what ends at or before it is not needed again
    public Lsn begin(String epoch, Lsn start) {
        Window before = window;
        if (before != null
                && before.epoch().equals(epoch)
                && Long.compareUnsigned(start.value(), before.head()) <= 0) {
            return head();
        }
        lock.lock();
        try {
            if (before != null) {
                before.expireAll();
                droppedBefore += before.dropped();
            }
            trailing.restart(start.value());
            confirmable = start;
            window = new Window(epoch, start);
        } finally {
            lock.unlock();
        }
        bell.ring();
        return start;
    }

    /// Adds a committed transaction, and from now on owns its changes. One that ends at or before
    /// the head is known already and is let go. Waits while the window is full of what the leading
    /// reader has not read yet.
    public void append(Transaction transaction) throws InterruptedException {
        Window into = open();
        Changes content =
                transaction instanceof SpooledTransaction spooled
                        ? spooled.content()
                        : Changes.of(listed(transaction));
        if (Long.compareUnsigned(transaction.endLsn().value(), into.head()) <= 0) {
            content.release();
            return;
        }
        into.append(new Entry(into, transaction, content, clock.millis()));
        bell.ring();
        if (bounds.exceeded(into)) {
            makeRoom(into);
        } else if (bounds.near(into) && !trimWanted) {
            trimWanted = true;
            LockSupport.unpark(keeper);
        }
    }

    /// Moves the head: everything up to here was sent, and nothing in it was for us.
    public void advance(Lsn position) {
        open().advance(position.value());
        bell.ring();
    }

    /// Empty before the first [#begin].
    public String epoch() {
        Window now = window;
        return now == null ? "" : now.epoch();
    }

    public Lsn head() {
        Window now = window;
        return now == null ? Lsn.NONE : new Lsn(now.head());
    }

    /// A reader that stands here or later misses nothing.
    public Lsn oldest() {
        Window now = window;
        return now == null ? Lsn.NONE : new Lsn(now.oldest());
    }

    /// How far PostgreSQL may forget: not beyond the oldest retained transaction, and trailing the
    /// head by the window's bounds where there is none.
    public Lsn confirmable() {
        return confirmable;
    }

    /// A reader whose first transaction is the first that ends after the position. The position may
    /// lie ahead of the head, as after a restart; then the reader waits for it.
    ///
    /// @throws FailureException with `ResumeExpired` when the window starts later
    public FeedReader from(Lsn after) {
        return reader(connected(), after);
    }

    /// A reader that goes on where the token stands; with a part of a transaction, that transaction
    /// comes first.
    ///
    /// @throws FailureException with `ResumeExpired` when the token is of another epoch or too old
    public FeedReader from(ResumeToken token) {
        Window now = connected();
        if (token.epochHash() != now.epochHash()) {
            throw now.resumeExpired(token.end().value());
        }
        return reader(now, token.after());
    }

    /// A reader of everything that is retained.
    public FeedReader fromOldest() {
        while (true) {
            Window now = connected();
            Lsn oldest = new Lsn(now.oldest());
            Entry at = now.seek(oldest.value());
            if (at != now.expired()) {
                return new FeedReader(now, bell, at, oldest.value());
            }
            if (now == window) {
                Thread.onSpinWait();
            }
        }
    }

    /// Like [#from], and the feed waits for this reader rather than dropping what it has not done
    /// with. There is one at a time; a new one takes the place of the one before.
    public FeedReader lead(Lsn after) {
        lock.lock();
        try {
            FeedReader reader = from(after);
            leader = reader;
            return reader;
        } finally {
            lock.unlock();
        }
    }

    /// Runs whenever the head may have moved or an epoch began, on the appending thread: to wake
    /// the leading reader's thread. It must return at once; there is one.
    public void onMoved(Runnable wake) {
        bell.onRing(wake);
    }

    /// Waits until the head is beyond the position, or another epoch began.
    ///
    /// @return false when time was over first
    public boolean awaitBeyond(Lsn position, Duration atMost) throws InterruptedException {
        Window now = window;
        return bell.await(
                () -> {
                    Window seen = window;
                    return seen != now
                            || seen != null
                                    && Long.compareUnsigned(seen.head(), position.value()) > 0;
                },
                atMost);
    }

    /// Lets go what is over the bounds. To be called about once a second: age is looked at only
    /// here.
    public void trim() {
        lock.lock();
        try {
            Window now = window;
            if (now != null && !closed) {
                clear(now, leader);
            }
        } finally {
            lock.unlock();
        }
    }

    public FeedStatus status() {
        Window now = window;
        if (now == null) {
            return new FeedStatus(
                    "", 0, 0, 0, Duration.ZERO, Lsn.NONE, Lsn.NONE, Lsn.NONE, false, 0);
        }
        Entry first = now.first();
        return new FeedStatus(
                now.epoch(),
                now.size(),
                now.heapBytes(),
                now.diskBytes(),
                first == null
                        ? Duration.ZERO
                        : Duration.ofMillis(clock.millis() - first.appendedAt),
                new Lsn(now.head()),
                new Lsn(now.oldest()),
                confirmable,
                segments.refused(),
                droppedBefore + now.dropped());
    }

    /// Ends all readers and deletes the files. May be called twice; nothing may be appended after.
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(keeper);
        lock.lock();
        try {
            Window now = window;
            if (now != null) {
                now.expireAll();
            }
            segments.close();
        } finally {
            lock.unlock();
        }
        bell.ring();
    }

    private Window open() {
        if (closed) {
            throw new IllegalStateException("the feed is closed");
        }
        if (keeperFailure != null) {
            throw new IllegalStateException("the feed's keeper has died", keeperFailure);
        }
        Window now = window;
        if (now == null) {
            throw new IllegalStateException("no epoch has begun");
        }
        return now;
    }

    private Window connected() {
        Window now = window;
        if (now == null) {
            throw new FailureException(
                    new Failure.Unavailable(
                            "feed",
                            "The change feed is not connected to the database yet.",
                            Duration.ofSeconds(1)));
        }
        return now;
    }

    private FeedReader reader(Window now, Lsn after) {
        Entry at = now.seek(after.value());
        if (at == now.expired()) {
            throw now.resumeExpired(after.value());
        }
        return new FeedReader(now, bell, at, after.value());
    }

    private static List<Change> listed(Transaction transaction) {
        List<Change> changes = new ArrayList<>(transaction.changeCount());
        transaction.changes().forEachRemaining(changes::add);
        return changes;
    }

    private void keep() {
        while (!closed) {
            if (trimWanted) {
                trimWanted = false;
                trim();
            } else {
                LockSupport.park(this);
            }
        }
    }

    /// The appender's own turn, when it is ahead of the keeper or of the leading reader.
    private void makeRoom(Window full) throws InterruptedException {
        long deadline = clock.millis() + config.patience().toMillis();
        trim();
        while (bounds.exceeded(full)) {
            if (clock.millis() >= deadline) {
                log.warn("the fan-out does not follow; the window goes on without it");
                leader = null;
            } else if (Thread.interrupted()) {
                throw new InterruptedException();
            } else {
                LockSupport.parkNanos(this, PAUSE.toNanos());
            }
            trim();
        }
    }

    private void clear(Window now, @Nullable FeedReader leading) {
        long free = leading == null || leading.window() != now ? -1L : leading.done();
        dropFarAndOld(now, free);
        if (now.heapBytes() > bounds.heap().soft()) {
            segments.move(now, bounds.heapTarget(now));
        }
        if (segments.refused()) {
            drop(now, free, now::heapBytes, bounds.refusedHeap());
        }
        drop(now, free, now::bytes, bounds.bytes());
        drop(now, free, now::entryBytes, bounds.entries());
        Entry first = now.first();
        confirmable =
                new Lsn(
                        trailing.confirmable(
                                clock.millis(),
                                now.head(),
                                now.oldest(),
                                first == null ? -1L : first.commitLsn));
    }

    private void dropFarAndOld(Window now, long free) {
        long head = now.head();
        long outdated = clock.millis() - config.retention().toMillis();
        Entry first = now.first();
        while (first != null
                && (head - first.commitLsn > config.maxWal()
                        || first.appendedAt <= outdated && passed(first, free))) {
            now.dropFirst();
            first = now.first();
        }
    }

    /// Never the newest: a transaction larger than the whole window has to pass somehow.
    private static void drop(Window now, long free, LongSupplier taken, Bounds.Range range) {
        if (taken.getAsLong() <= range.soft()) {
            return;
        }
        Entry first = now.first();
        while (first != null
                && first.next() != null
                && passed(first, free)
                && taken.getAsLong() > range.target()) {
            now.dropFirst();
            first = now.first();
        }
    }

    private static boolean passed(Entry entry, long free) {
        return Long.compareUnsigned(entry.endLsn, free) <= 0;
    }
}
