package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import java.util.Arrays;

/// From a snapshot to the log, by transaction visibility, because commit order in the log is not
/// the order in which commits become visible.
///
/// A transaction that committed after `takenAt` follows. One that committed before follows only if
/// the snapshot did not see it: PostgreSQL sends a commit to us before it makes it visible to
/// others, by long when a synchronous standby is away.
///
/// @param takenAt the log's insert position, read after the snapshot was taken
/// @param xmin all transactions before it are over, as the snapshot sees it
/// @param xmax no transaction from it on is visible
/// @param running those between that were in progress, sorted
record Handover(Lsn takenAt, long xmin, long xmax, long[] running) {

    /// @param snapshot `xmin:xmax:xip,…`, as `pg_current_snapshot()` prints it
    static Handover parse(String snapshot, Lsn takenAt) {
        String[] parts = snapshot.split(":", -1);
        long[] running =
                parts[2].isEmpty()
                        ? new long[0]
                        : Arrays.stream(parts[2].split(",")).mapToLong(Long::parseLong).toArray();
        Arrays.sort(running);
        return new Handover(takenAt, Long.parseLong(parts[0]), Long.parseLong(parts[1]), running);
    }

    /// Whether the snapshot holds what this transaction did.
    ///
    /// @param xid the low 32 bits, as the log tells them; its transaction is within 2³¹ of the
    ///   snapshot
    boolean saw(int xid) {
        long full = xmax + (xid - (int) xmax);
        if (full < xmin) {
            return true;
        }
        return full < xmax && Arrays.binarySearch(running, full) < 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Handover(var at, var min, var max, var theirs)
                && takenAt.equals(at)
                && xmin == min
                && xmax == max
                && Arrays.equals(running, theirs);
    }

    @Override
    public int hashCode() {
        return takenAt.hashCode();
    }
}
