/// The pool, transactions, the catalogue, the installation, and SQLSTATE to `Failure`. The
/// catalogue belongs to its keeper's one thread; everyone else holds an immutable snapshot. The
/// pool is anybody's, one virtual thread per call. Uses ground.
@NullMarked
package dev.lockstep.postgres;

import org.jspecify.annotations.NullMarked;
