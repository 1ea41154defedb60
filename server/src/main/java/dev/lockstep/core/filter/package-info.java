/// Filters as people write them, parsed but not yet bound to a table: one type for both grammars,
/// the comma list of `postgres_changes` and the REST one that feeds use too. The grammars are pure
/// functions with bounds on length, depth and number of terms. Uses `error`.
@NullMarked
package dev.lockstep.core.filter;

import org.jspecify.annotations.NullMarked;
