package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.row.ChangeJson;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One transaction as one feed sees it: the changes of each row folded into what it was before and
/// what it is after. Seen before and now is an update, now only an enter, before only a leave. A
/// changed key is a leave and an enter. Hot; one thread's.
final class FeedFold {
    /// Rows and bytes of one transaction beyond which members load afresh instead.
    static final int MAX_ROWS = 10_000;

    static final long MAX_BYTES = 4L << 20;

    private final Spec.Question question;
    private final RowBodies bodies;
    private final Map<RowKey, Folded> rows = new LinkedHashMap<>();
    private long bytes;

    FeedFold(Spec.Question question) {
        this(question, new RowBodies());
    }

    /// @param bodies shared with others who show the same rows
    FeedFold(Spec.Question question, RowBodies bodies) {
        this.question = question;
        this.bodies = bodies;
    }

    private static final class Folded {
        private final Relation relation;
        private final boolean before;
        private final @Nullable Row first;
        private @Nullable Row last;
        private boolean now;

        /// @param first the image before the transaction, where the row was there
        Folded(Relation relation, boolean before, @Nullable Row first) {
            this.relation = relation;
            this.before = before;
            this.first = first;
        }
    }

    void accept(Change change, boolean before, boolean after) {
        if (isLarge()) {
            return;
        }
        switch (change) {
            case Change.Insert(var relation, var row) -> became(relation, row, after);
            case Change.Delete(var relation, var old) -> was(relation, old, before, null, false);
            case Change.Update(var relation, var old, var row) -> {
                if (RowKey.of(relation, old).equals(RowKey.of(relation, row))) {
                    was(relation, old, before, row, after);
                } else {
                    was(relation, old, before, null, false);
                    became(relation, row, after);
                }
            }
            case Change.Truncate _, Change.Message _ -> {}
        }
    }

    private void became(Relation relation, Row row, boolean now) {
        Folded folded =
                rows.computeIfAbsent(
                        bodies.key(relation, row), _ -> new Folded(relation, false, null));
        folded.last = row;
        folded.now = now;
        bytes += row.weight();
    }

    private void was(Relation relation, Row old, boolean before, @Nullable Row row, boolean now) {
        Folded folded =
                rows.computeIfAbsent(
                        bodies.key(relation, old), _ -> new Folded(relation, before, old));
        folded.last = row;
        folded.now = now;
        bytes += row == null ? 0 : row.weight();
    }

    /// The part exceeds what is sent piece by piece.
    boolean isLarge() {
        return rows.size() > MAX_ROWS || bytes > MAX_BYTES;
    }

    boolean exceeds(int maxRows, long maxBytes) {
        return rows.size() >= maxRows || bytes >= maxBytes;
    }

    /// What there is to say; the fold is empty afterwards.
    FeedPayload finish() {
        FeedPayload payload = new FeedPayload();
        for (Folded row : rows.values()) {
            say(row, payload);
        }
        clear();
        return payload;
    }

    void clear() {
        rows.clear();
        bytes = 0;
    }

    private void say(Folded row, FeedPayload payload) {
        Relation relation = row.relation;
        int[] columns = Bodies.indexes(relation, question.columns());
        Row last = row.last;
        Row first = row.first;
        if (last != null && row.now) {
            if (!row.before || first == null) {
                payload.enter(bodies.enter(relation, last, question.columns()));
            } else if (differs(first, last, columns)) {
                payload.update(
                        bodies.update(
                                relation, first, last, question.columns(), question.always()));
            }
        } else if (row.before && first != null) {
            payload.leave(ChangeJson.leave(relation, first, last == null ? "deleted" : "left"));
        }
    }

    private static boolean differs(Row first, Row last, int[] columns) {
        for (int column : columns) {
            if (!first.sameAt(column, last)) {
                return true;
            }
        }
        return false;
    }
}
