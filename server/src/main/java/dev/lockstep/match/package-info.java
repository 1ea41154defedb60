/// Compiled filters, their index, and the answer to "whom does this change concern?". Pure; an
/// index is touched by its owner's thread alone. Uses `core` and `error`.
@NullMarked
package dev.lockstep.match;

import org.jspecify.annotations.NullMarked;
