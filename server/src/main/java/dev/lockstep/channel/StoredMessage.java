package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.wire.BroadcastMessage;

/// A broadcast that stands in `realtime.messages`.
///
/// @param commitLsn where its transaction committed
/// @param xid its transaction
record StoredMessage(BroadcastMessage message, Lsn commitLsn, int xid) {}
