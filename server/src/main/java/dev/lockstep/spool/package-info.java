/// Changes kept for later, in the heap or in a file: what a long transaction has done so far
/// ([ChangeSpool]), and files of changes ([ChangeFile]) for whoever keeps many transactions. A
/// spool, and the writing end of a file, belong to one thread; what they have sealed ([Changes])
/// may be read by any number of threads until it is released. Files are readable by their owner
/// only and mean nothing to a later run. Uses `core`.
@NullMarked
package dev.lockstep.spool;

import org.jspecify.annotations.NullMarked;
