package dev.lockstep.spool;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Touched;
import dev.lockstep.core.Transaction;
import java.util.Iterator;
import java.util.Optional;

/// A committed transaction whose changes a [ChangeSpool] sealed. Whoever takes it over also takes
/// over to release its content.
///
/// @param known what it touched, where its changes are on disk
public record SpooledTransaction(
        int xid,
        Lsn commitLsn,
        Lsn endLsn,
        long commitMicros,
        Changes content,
        Optional<Touched> known)
        implements Transaction {
    @Override
    public int changeCount() {
        return content.count();
    }

    @Override
    public long bytes() {
        return content.bytes();
    }

    @Override
    public Touched touched() {
        return known.orElseGet(() -> Touched.by(changes()));
    }

    @Override
    public Iterator<Change> changes() {
        return content.iterator();
    }
}
