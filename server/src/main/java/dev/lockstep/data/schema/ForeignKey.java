package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import java.util.List;

/// A reference between two relations, of which both may be views over the tables that have it.
///
/// @param columns of `from`, in the key's order
/// @param targets of `to`, in the same order
/// @param unique the columns are themselves a key of `from`: one to one
public record ForeignKey(
        String name,
        TableName from,
        List<String> columns,
        TableName to,
        List<String> targets,
        boolean unique) {
    public ForeignKey {
        columns = List.copyOf(columns);
        targets = List.copyOf(targets);
    }
}
