package dev.lockstep.replication;

import dev.lockstep.core.Change;
import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.replication.pgoutput.PgOutputException;
import dev.lockstep.replication.pgoutput.PgOutputMessage.OldKind;
import org.jspecify.annotations.Nullable;

/// A relation as one connection has described it, with what it takes to complete row images: which
/// columns an old key tuple holds. Hot: images are completed in place by sharing bounds, because
/// both stand in the same message.
final class Shape {
    private static final int ABSENT = -2;

    private final Relation relation;
    private final boolean[] identity;
    private final boolean[] known;

    /// @param identity per column, whether it is part of the replica identity
    Shape(Relation relation, boolean[] identity) {
        this.relation = relation;
        this.identity = identity.clone();
        this.known = identity.clone();
        for (int i = 0; i < known.length; i++) {
            Column column = relation.columns().get(i);
            known[i] |= column.key();
        }
    }

    Relation relation() {
        return relation;
    }

    Change insert(Row row) {
        check(row);
        return new Change.Insert(relation, row);
    }

    /// Completes both images as [Change.Update] promises.
    Change update(OldKind kind, @Nullable Row old, Row row) {
        check(row);
        if (old == null) {
            return new Change.Update(relation, keyOf(row), row);
        }
        check(old);
        if (kind == OldKind.KEY) {
            clearOthers(old);
            fill(old, row, known);
        }
        fill(row, old, null);
        return new Change.Update(relation, old, row);
    }

    Change delete(OldKind kind, Row old) {
        check(old);
        if (kind == OldKind.KEY) {
            clearOthers(old);
        }
        return new Change.Delete(relation, old);
    }

    /// The old image where PostgreSQL sent none, because the replica identity did not change.
    private Row keyOf(Row row) {
        int[] from = row.bounds();
        int[] bounds = new int[from.length];
        for (int i = 0; i < known.length; i++) {
            bounds[2 * i] = from[2 * i];
            bounds[2 * i + 1] = known[i] ? from[2 * i + 1] : ABSENT;
        }
        return new Row(row.data(), bounds);
    }

    private void clearOthers(Row old) {
        int[] bounds = old.bounds();
        for (int i = 0; i < identity.length; i++) {
            if (!identity[i]) {
                bounds[2 * i + 1] = ABSENT;
            }
        }
    }

    /// Takes from `source` what is absent in `target`.
    private static void fill(Row target, Row source, boolean @Nullable [] only) {
        int[] to = target.bounds();
        int[] from = source.bounds();
        for (int i = 0; i < to.length; i += 2) {
            if (to[i + 1] == ABSENT && (only == null || only[i / 2])) {
                to[i] = from[i];
                to[i + 1] = from[i + 1];
            }
        }
    }

    private void check(Row row) {
        if (row.size() != identity.length) {
            throw new PgOutputException(
                    "a row of %d columns for %s".formatted(row.size(), relation), 0);
        }
    }
}
