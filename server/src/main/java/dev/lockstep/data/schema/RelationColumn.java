package dev.lockstep.data.schema;

import java.util.Optional;

/// A column as the data API needs it.
///
/// @param type for a cast, with its schema unless it is PostgreSQL's own
/// @param json `json` or `jsonb`, so that paths need no conversion
/// @param textSearch a `tsvector`
/// @param indirect `to_json` would print it otherwise than `to_jsonb` does (floats, `json`, arrays,
///   composites)
/// @param defaultValue an SQL expression; empty for a column without one
public record RelationColumn(
        String name,
        String type,
        boolean json,
        boolean textSearch,
        boolean indirect,
        Optional<String> defaultValue) {}
