package dev.lockstep.core;

import java.util.Iterator;

/// A committed transaction, whole, in the order in which its changes were made.
///
/// Its changes are in the heap or, for a large or an old one, in a file; [#changes] hides which.
/// Any thread may iterate, several at a time, for as long as the feed's window holds the
/// transaction.
public interface Transaction {
    /// The low 32 bits of the transaction id, as pgoutput sends them.
    int xid();

    /// Where the commit record starts.
    Lsn commitLsn();

    /// Just behind the commit record: the position that tokens and the slot's confirmation name.
    Lsn endLsn();

    /// Commit time in microseconds since the Unix epoch, by PostgreSQL's clock.
    long commitMicros();

    int changeCount();

    /// Bytes that the changes take, roughly: in the heap or on disk.
    long bytes();

    /// The changes in order, read lazily where they are on disk.
    Iterator<Change> changes();

    /// What it has had to do with. Looks at every change, unless that was done before.
    default Touched touched() {
        return Touched.by(changes());
    }
}
