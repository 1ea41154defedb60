/// Changes kept for later, in the heap or in a file: what a long transaction has done so far, and
/// the older part of the feed's window. An instance belongs to one thread until it is sealed;
/// sealed ones may be read by any. Uses `core`.
@NullMarked
package dev.lockstep.spool;

import org.jspecify.annotations.NullMarked;
