/// Rows and their values as JSON: PostgreSQL's text output in, exactly the text of `to_jsonb` out
/// (session zone UTC), and the bodies that changes take in each dialect. Hot and stateless; any
/// thread. Uses `core`.
@NullMarked
package dev.lockstep.wire.row;

import org.jspecify.annotations.NullMarked;
