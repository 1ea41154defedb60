/// The ordered, retained change log: a bounded window of whole committed transactions, the
/// positions in it, and resume tokens. The window's head belongs to the replication reader's
/// thread, which appends; its far end, where transactions move to disk and leave, is worked on
/// under one lock by the feed's own keeper thread. Readers follow links that are published once and
/// never wait for either. Uses ground and `spool`.
@NullMarked
package dev.lockstep.feed;

import org.jspecify.annotations.NullMarked;
