package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.wire.row.ChangeJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The bodies of one change, each encoded once for all who see the same columns. Hot; one thread's.
final class Bodies {
    private final long commitMicros;
    private @Nullable Change change;
    private final List<List<String>> shown = new ArrayList<>();
    private final List<byte[]> bodies = new ArrayList<>();

    Bodies(long commitMicros) {
        this.commitMicros = commitMicros;
    }

    void next(Change change) {
        this.change = change;
        shown.clear();
        bodies.clear();
    }

    byte[] showing(List<String> columns) {
        for (int i = 0; i < shown.size(); i++) {
            if (shown.get(i).equals(columns)) {
                return bodies.get(i);
            }
        }
        byte[] body = encode(Objects.requireNonNull(change), columns);
        shown.add(columns);
        bodies.add(body);
        return body;
    }

    private byte[] encode(Change change, List<String> columns) {
        Relation relation = Changes.relation(change);
        if (!(change instanceof Change.Delete)) {
            if (!relation.hasKey()) {
                return ChangeJson.refused(change, ChangeJson.Refusal.NO_PRIMARY_KEY);
            }
            for (int key : relation.keys()) {
                if (!columns.contains(relation.columns().get(key).name())) {
                    return ChangeJson.refused(change, ChangeJson.Refusal.UNAUTHORIZED);
                }
            }
        }
        return ChangeJson.postgresChange(change, commitMicros, indexes(relation, columns));
    }

    /// Where the named columns stand in this relation's rows; those that it no longer has are left
    /// out.
    static int[] indexes(Relation relation, List<String> columns) {
        return columns.stream().mapToInt(relation::indexOf).filter(i -> i >= 0).toArray();
    }
}
