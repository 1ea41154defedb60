package dev.lockstep.match;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.match.Ordering.NumberReader;
import org.jspecify.annotations.Nullable;

/// The postings that need one column to stand in a span.
final class SpanGroup<F> {
    private final int column;
    private final NumberReader rank;
    private final SpanTree<F> tree = new SpanTree<>();
    private @Nullable Found<F> byAbsence;

    SpanGroup(int column, Relation relation) {
        this.column = column;
        this.rank = Keys.ranks(relation.columns().get(column));
    }

    int column() {
        return column;
    }

    boolean isEmpty() {
        return tree.isEmpty() && byAbsence == null;
    }

    void add(Posting.Spanned<F> posting) {
        switch (posting.kind) {
            case BY_VALUE -> tree.add(posting);
            case BY_ABSENCE -> byAbsence = byAbsence == null ? posting : byAbsence.with(posting);
        }
    }

    void remove(Posting.Spanned<F> posting) {
        switch (posting.kind) {
            case BY_VALUE -> tree.remove(posting);
            case BY_ABSENCE -> byAbsence = byAbsence == null ? null : byAbsence.without(posting);
        }
    }

    void find(Probe<F> probe) {
        Row before = probe.before;
        Row after = probe.after;
        boolean then = before != null && before.hasValue(column);
        boolean now = after != null && after.hasValue(column);
        long old = 0;
        long number = 0;
        try {
            old = before != null && then ? rank(before) : 0;
            number = after != null && now ? rank(after) : 0;
        } catch (RuntimeException _) {
            // A value that cannot be read: those who need it each find that out, and say so.
            tree.visitAll(probe);
            return;
        }
        if (now) {
            tree.visit(number, probe);
        }
        if (then && !(now && old == number)) {
            tree.visit(old, probe);
        }
        if (byAbsence != null && (lacks(before) || lacks(after))) {
            byAbsence.visit(probe);
        }
    }

    private long rank(Row row) {
        return rank.read(row.data(), row.offset(column), row.length(column));
    }

    private boolean lacks(@Nullable Row row) {
        return row != null && row.isAbsent(column);
    }
}
