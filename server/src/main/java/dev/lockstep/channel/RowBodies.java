package dev.lockstep.channel;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.wire.row.ChangeJson;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rows of one transaction as live feeds show them, each encoded once for all feeds that show the
/// same columns, whoever may see it. Hot; one thread's.
final class RowBodies {
    private final Map<Row, List<Made>> made = new IdentityHashMap<>();
    private @Nullable Row keyed;
    private @Nullable RowKey key;

    private record Made(
            @Nullable Row base, List<String> columns, List<String> always, byte[] bytes) {}

    /// Another transaction begins.
    void clear() {
        made.clear();
        keyed = null;
    }

    RowKey key(Relation relation, Row row) {
        RowKey known = key;
        if (known == null || keyed != row) {
            known = RowKey.of(relation, row);
            keyed = row;
            key = known;
        }
        return known;
    }

    /// The whole row.
    byte[] enter(Relation relation, Row row, List<String> columns) {
        byte[] known = find(row, null, columns, List.of());
        return known != null
                ? known
                : keep(
                        row,
                        null,
                        columns,
                        List.of(),
                        ChangeJson.row(relation, row, Bodies.indexes(relation, columns)));
    }

    /// What became of `base`.
    byte[] update(Relation relation, Row base, Row row, List<String> columns, List<String> always) {
        byte[] known = find(row, base, columns, always);
        return known != null
                ? known
                : keep(
                        row,
                        base,
                        columns,
                        always,
                        ChangeJson.update(
                                base,
                                row,
                                relation,
                                Bodies.indexes(relation, columns),
                                Bodies.indexes(relation, always)));
    }

    private byte @Nullable [] find(
            Row row, @Nullable Row base, List<String> columns, List<String> always) {
        List<Made> those = made.get(row);
        if (those != null) {
            for (int i = 0; i < those.size(); i++) {
                Made one = those.get(i);
                if (one.base() == base
                        && one.columns().equals(columns)
                        && one.always().equals(always)) {
                    return one.bytes();
                }
            }
        }
        return null;
    }

    private byte[] keep(
            Row row, @Nullable Row base, List<String> columns, List<String> always, byte[] bytes) {
        made.computeIfAbsent(row, _ -> new ArrayList<>(1))
                .add(new Made(base, columns, always, bytes));
        return bytes;
    }
}
