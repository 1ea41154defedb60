/// Value types that every other package speaks: positions, tables, rows, changes, transactions,
/// topics and identities. Immutable, without threads or I/O of their own. Uses `error`, for the
/// refusals of grammars.
@NullMarked
package dev.lockstep.core;

import org.jspecify.annotations.NullMarked;
