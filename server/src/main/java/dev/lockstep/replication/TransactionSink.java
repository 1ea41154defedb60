package dev.lockstep.replication;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;

/// Where decoded transactions go. All calls come from the reader's thread.
public interface TransactionSink {
    /// A life of the slot begins, or goes on after an interruption: what was known before is
    /// comparable only if the epoch is the same.
    ///
    /// @param start how far PostgreSQL may have forgotten: it can send everything after this
    /// @return how far the sink already holds this epoch; what ends at or before this is not handed
    ///   over again. `start`, where it knew another epoch or none.
    Lsn opened(Epoch epoch, Lsn start);

    /// May wait, and so slows the walsender down.
    void committed(Transaction transaction) throws InterruptedException;

    /// Everything up to here was sent; nothing in it was for us.
    void advanced(Lsn position);

    /// How far PostgreSQL may forget.
    Lsn confirmable();
}
