package dev.lockstep.policy;

import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.postgres.Table;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// What a role may see of a table.
///
/// @param readable the published columns that it may SELECT, at least one
public record TableAccess(Table table, Set<String> readable) {
    public TableAccess {
        readable = Set.copyOf(readable);
    }

    public Relation relation() {
        return table.relation();
    }

    /// The readable columns' places in row images, in their order.
    public int[] columns() {
        List<Column> columns = relation().columns();
        return IntStream.range(0, columns.size())
                .filter(i -> readable.contains(columns.get(i).name()))
                .toArray();
    }
}
