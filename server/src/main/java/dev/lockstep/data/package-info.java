/// The data API that speaks PostgREST's protocol: a request is parsed, planned against the schema
/// cache, carried out as one SQL statement under the caller's own role and claims, and answered
/// with the JSON that PostgreSQL made. Parsing and planning are pure; [dev.lockstep.data.DataApi]
/// is the way in, on the request's virtual thread. Owns no state but the schema cache
/// (`data.schema`). Uses `core`, `error`, `config`, `postgres`, `auth` and `feed`.
@NullMarked
package dev.lockstep.data;

import org.jspecify.annotations.NullMarked;
