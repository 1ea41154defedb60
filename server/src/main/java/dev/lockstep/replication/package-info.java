/// The slot, the publications, decoding of pgoutput, and the position that we acknowledge.
///
/// [dev.lockstep.replication.SlotReader] owns it: one platform thread opens the stream, decodes it
/// ([dev.lockstep.replication.pgoutput]), completes row images by the catalogue, hands whole
/// transactions to the [dev.lockstep.replication.TransactionSink] and tells PostgreSQL how far it
/// may forget. A virtual thread, the sentinel, watches from a plain connection. Others read the
/// status, which is an immutable snapshot, and are told events. Uses ground, `postgres` and
/// `spool`.
@NullMarked
package dev.lockstep.replication;

import org.jspecify.annotations.NullMarked;
