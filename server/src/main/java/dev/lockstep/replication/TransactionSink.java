package dev.lockstep.replication;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;

/// Where decoded transactions go. All calls come from the reader's thread.
public interface TransactionSink {
    /// A life of the slot begins: what was known before is comparable only if the epoch is the
    /// same.
    void opened(Epoch epoch);

    /// May wait, and so slows the walsender down.
    void committed(Transaction transaction) throws InterruptedException;

    /// Everything up to here was sent; nothing in it was for us.
    void advanced(Lsn position);

    /// How far PostgreSQL may forget.
    Lsn confirmable();
}
