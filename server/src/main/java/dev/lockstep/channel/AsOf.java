package dev.lockstep.channel;

import dev.lockstep.core.Lsn;

/// Since when rights hold that were read from rows.
///
/// @param snapshot in which they were read
/// @param mark everything up to here was visible to it
record AsOf(Handover snapshot, Lsn mark) {}
