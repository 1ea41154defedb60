/// The pool, transactions under a role, the catalogue, and SQLSTATE to `Failure`. The catalogue is
/// one refresher's; everyone else holds an immutable snapshot. Uses ground.
@NullMarked
package dev.lockstep.postgres;

import org.jspecify.annotations.NullMarked;
