/// May this identity see this table, join this topic, write there? Asks PostgreSQL and caches the
/// answer with an expiry. Uses ground, `postgres` and `match`.
@NullMarked
package dev.lockstep.policy;

import org.jspecify.annotations.NullMarked;
