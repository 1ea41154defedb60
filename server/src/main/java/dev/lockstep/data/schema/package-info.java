/// What the data API knows of the exposed schemas: relations with their columns and keys, how they
/// relate, functions, and the roles' settings. One immutable [dev.lockstep.data.schema.SchemaCache]
/// at a time; one virtual thread reads it again where DDL changed it. Uses `postgres` and `core`.
@NullMarked
package dev.lockstep.data.schema;

import org.jspecify.annotations.NullMarked;
