package dev.lockstep.cache;

import dev.lockstep.core.Snapshot;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Touched;
import dev.lockstep.core.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/// Which transactions touched which table, as far as the log was decoded. An answer is true as long
/// as its snapshot sees every one of them: it may have seen some that are decoded only later, and
/// PostgreSQL may have sent us some that it did not see.
///
/// [#committed] and [#forget] are the replication reader's, and come before the feed's head moves
/// past the transaction, so that whoever has seen the head sees them here. Everything else is
/// anybody's. DDL touches every table.
public final class Touches {
    /// Tables that are told apart; beyond, all is forgotten, and with it every answer.
    private static final int MAX_TABLES = 100_000;

    private final Map<TableName, Track> tables = new ConcurrentHashMap<>();
    private final Track definitions = new Track();
    private volatile long life = 1;

    /// A transaction was decoded. Hot: a one-row transaction costs a look into a map.
    public void committed(Transaction transaction) {
        Touched touched = transaction.touched();
        for (TableName table : touched.tables()) {
            track(table).touched(transaction.xid());
        }
        if (touched.definitions()) {
            definitions.touched(transaction.xid());
        }
        if (tables.size() > MAX_TABLES) {
            tables.clear();
            forget();
        }
    }

    /// What comes next does not continue what came before: nothing that was seen counts any more.
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One thread writes.
    public void forget() {
        life++;
    }

    /// Rises when everything was forgotten.
    long life() {
        return life;
    }

    /// That this snapshot sees all that was decoded of these tables; empty where it does not.
    ///
    /// @param asked a time ([System#nanoTime]) before the snapshot was taken
    Optional<Seen> seen(Collection<TableName> names, Snapshot snapshot, long asked) {
        long now = life;
        List<Track> tracks = new ArrayList<>(names.size() + 1);
        tracks.add(definitions);
        names.forEach(name -> tracks.add(track(name)));
        long[] counts = new long[tracks.size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = tracks.get(i).seenBy(snapshot, asked);
            if (counts[i] < 0) {
                return Optional.empty();
            }
        }
        return Optional.of(new Seen(now, snapshot, tracks, new AtomicLongArray(counts)));
    }

    /// Whether the snapshot still sees all that was decoded of its tables. While nothing was
    /// decoded, this is one comparison for each table.
    boolean holds(Seen seen) {
        if (seen.life != life) {
            return false;
        }
        for (int i = 0; i < seen.tracks.size(); i++) {
            Track track = seen.tracks.get(i);
            long known = seen.counts.get(i);
            if (track.count != known) {
                long now = track.seenAfter(seen.snapshot, known);
                if (now < 0) {
                    return false;
                }
                seen.counts.set(i, now);
            }
        }
        return true;
    }

    private Track track(TableName table) {
        Track known = tables.get(table);
        return known != null ? known : tables.computeIfAbsent(table, _ -> new Track());
    }

    /// A snapshot, and up to which transaction of each table it was compared.
    static final class Seen {
        private final long life;
        private final Snapshot snapshot;
        private final List<Track> tracks;
        private final AtomicLongArray counts;

        Seen(long life, Snapshot snapshot, List<Track> tracks, AtomicLongArray counts) {
            this.life = life;
            this.snapshot = snapshot;
            this.tracks = tracks;
            this.counts = counts;
        }

        /// How much DDL it was compared with.
        long definitions() {
            return counts.get(0);
        }
    }

    /// The transactions of one table, the latest by name. Of those before only the highest number
    /// is known: a snapshot must be past it altogether.
    private static final class Track {
        private static final int FIRST = 16;
        private static final int MOST = 1_024;

        /// Transaction numbers are compared within 2³¹ of each other: what nobody touched for so
        /// long is dropped, once a snapshot saw it all.
        private static final long REST = Duration.ofMinutes(10).toNanos();

        private volatile long count;

        /// Of the transactions from `start` to `count`, each at its number modulo the length.
        private int[] latest = new int[FIRST];

        private long start;
        private boolean more;
        private int floor;
        private long touchedAt;
        private boolean rested;
        private long restedAt;

        synchronized void touched(int xid) {
            if (count - start == latest.length) {
                if (latest.length < MOST) {
                    grow();
                } else {
                    raise(at(start));
                    start++;
                }
            }
            latest[(int) (count % latest.length)] = xid;
            touchedAt = System.nanoTime();
            count = count + 1;
        }

        private void grow() {
            int[] larger = new int[2 * latest.length];
            for (long n = start; n < count; n++) {
                larger[(int) (n % larger.length)] = at(n);
            }
            latest = larger;
        }

        private int at(long number) {
            return latest[(int) (number % latest.length)];
        }

        private void raise(int xid) {
            if (!more || xid - floor > 0) {
                floor = xid;
                more = true;
            }
        }

        /// How many there were, where the snapshot sees them all; else -1.
        synchronized long seenBy(Snapshot snapshot, long asked) {
            // What was dropped is known to be seen only by snapshots that were taken afterwards.
            if (rested && asked - restedAt < 0 || more && !snapshot.isPast(floor)) {
                return -1;
            }
            for (long n = start; n < count; n++) {
                if (!snapshot.sees(at(n))) {
                    return -1;
                }
            }
            long now = System.nanoTime();
            if (start < count && now - touchedAt > REST) {
                start = count;
                more = false;
                rested = true;
                restedAt = now;
            }
            return count;
        }

        /// The same of those after the first `known`.
        synchronized long seenAfter(Snapshot snapshot, long known) {
            if (known < start) {
                return -1;
            }
            for (long n = known; n < count; n++) {
                if (!snapshot.sees(at(n))) {
                    return -1;
                }
            }
            return count;
        }
    }
}
