package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A table, view, materialised view or foreign table of an exposed schema.
///
/// @param columns by name, in their order
/// @param key the primary key's columns; of a view, those that are copies of them
/// @param view of any kind: keys that seem to be its own are those of its tables
/// @param strict a write that names a version and finds no row is an error
/// @param roles who may do anything at all with it
public record ExposedRelation(
        long oid,
        TableName name,
        Map<String, RelationColumn> columns,
        List<String> key,
        boolean view,
        boolean strict,
        Set<String> roles) {
    public ExposedRelation {
        columns = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(columns));
        key = List.copyOf(key);
        roles = Set.copyOf(roles);
    }

    public Optional<RelationColumn> column(String column) {
        return Optional.ofNullable(columns.get(column));
    }

    /// Whether some column must be converted before it is printed.
    public boolean hasIndirect() {
        return columns.values().stream().anyMatch(RelationColumn::indirect);
    }
}
