package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Snapshot;

/// From a snapshot to the log, by transaction visibility, because commit order in the log is not
/// the order in which commits become visible.
///
/// A transaction that committed after `takenAt` follows. One that committed before follows only if
/// the snapshot did not see it: PostgreSQL sends a commit to us before it makes it visible to
/// others, by long when a synchronous standby is away.
///
/// @param takenAt the log's insert position, read after the snapshot was taken
record Handover(Lsn takenAt, Snapshot snapshot) {

    /// @param snapshot `xmin:xmax:xip,…`, as `pg_current_snapshot()` prints it
    static Handover parse(String snapshot, Lsn takenAt) {
        return new Handover(takenAt, Snapshot.parse(snapshot));
    }

    /// Whether the snapshot holds what this transaction did.
    ///
    /// @param xid as the log tells it
    boolean saw(int xid) {
        return snapshot.sees(xid);
    }
}
