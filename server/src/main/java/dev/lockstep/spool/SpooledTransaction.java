package dev.lockstep.spool;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import java.util.Iterator;

/// A committed transaction whose changes a [ChangeSpool] sealed. Whoever takes it over also takes
/// over to release its content.
public record SpooledTransaction(
        int xid, Lsn commitLsn, Lsn endLsn, long commitMicros, Changes content)
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
    public Iterator<Change> changes() {
        return content.iterator();
    }
}
