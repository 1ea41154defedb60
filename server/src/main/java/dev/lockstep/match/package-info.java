/// Compiled filters, their index, and the answer to "whom does this change concern?"; and the same
/// filters as SQL for snapshots. A compiled filter is immutable and any thread may test it, but one
/// that [Predicate#asks] waits for the database when it does; an index is touched by its owner's
/// thread alone. Uses `core` and `error`.
@NullMarked
package dev.lockstep.match;

import org.jspecify.annotations.NullMarked;
