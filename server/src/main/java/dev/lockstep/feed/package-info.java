/// The ordered, retained change log: a bounded window of whole committed transactions, its
/// positions, and resume tokens. Appended to by the replication reader's thread alone; readers
/// share immutable snapshots. Uses ground and `spool`.
@NullMarked
package dev.lockstep.feed;

import org.jspecify.annotations.NullMarked;
