/// May this identity see this table, join this topic, write there? Answers by the catalogue, and
/// asks PostgreSQL what the matcher cannot decide; keeps answers under a bound. No thread of its
/// own: calls run on the caller's, and those of [PostgresOracle] wait for the database. Uses
/// ground, `postgres` and `match`.
@NullMarked
package dev.lockstep.policy;

import org.jspecify.annotations.NullMarked;
