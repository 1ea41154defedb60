/// Filters as people write them, parsed but not yet bound to a table: one type for both grammars,
/// the comma list of `postgres_changes` and the REST one that feeds use too.
@NullMarked
package dev.lockstep.core.filter;

import org.jspecify.annotations.NullMarked;
