package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.wire.row.ChangeJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The bodies of one change, each encoded once for all who see the same of it. Hot; one thread's.
final class Bodies {
    private final long commitMicros;
    private @Nullable Change change;
    private final List<Body> bodies = new ArrayList<>();

    private record Body(List<String> columns, boolean old, byte[] bytes) {}

    Bodies(long commitMicros) {
        this.commitMicros = commitMicros;
    }

    void next(Change change) {
        this.change = change;
        bodies.clear();
    }

    /// The change at hand.
    Change change() {
        return Objects.requireNonNull(change);
    }

    /// @param old whether all of the old image is shown, not the key alone
    byte[] showing(List<String> columns, boolean old) {
        for (int i = 0; i < bodies.size(); i++) {
            Body body = bodies.get(i);
            if (body.old() == old && body.columns().equals(columns)) {
                return body.bytes();
            }
        }
        byte[] bytes = encode(change(), columns, old);
        bodies.add(new Body(columns, old, bytes));
        return bytes;
    }

    private byte[] encode(Change change, List<String> columns, boolean old) {
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
        int[] shown = indexes(relation, columns);
        return ChangeJson.postgresChange(
                change, commitMicros, shown, old ? shown : keysAmong(relation, shown));
    }

    private static int[] keysAmong(Relation relation, int[] shown) {
        return Arrays.stream(shown).filter(i -> relation.columns().get(i).key()).toArray();
    }

    /// Where the named columns stand in this relation's rows; those that it no longer has are left
    /// out.
    static int[] indexes(Relation relation, List<String> columns) {
        return columns.stream().mapToInt(relation::indexOf).filter(i -> i >= 0).toArray();
    }
}
