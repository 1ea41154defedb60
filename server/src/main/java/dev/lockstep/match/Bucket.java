package dev.lockstep.match;

import dev.lockstep.core.Relation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Many postings of one key, some of which need a span besides: these by column.
final class Bucket<F> implements Found<F> {
    private final Relation relation;
    private final List<SpanGroup<F>> spans = new ArrayList<>(1);
    private @Nullable Found<F> others;
    private int size;

    Bucket(Relation relation) {
        this.relation = relation;
    }

    /// Of all that stand in a list.
    static <F> Bucket<F> of(PostingList<F> list, Relation relation) {
        Bucket<F> bucket = new Bucket<>(relation);
        for (int i = 0; i < list.size(); i++) {
            bucket.with(list.get(i));
        }
        return bucket;
    }

    @Override
    public void visit(Probe<F> probe) {
        if (others != null) {
            others.visit(probe);
        }
        for (int i = 0; i < spans.size(); i++) {
            spans.get(i).find(probe);
        }
    }

    @Override
    public Bucket<F> with(Posting<F> posting) {
        size++;
        if (posting instanceof Posting.Spanned<F> spanned) {
            group(spanned.span.column()).add(spanned);
        } else {
            others = others == null ? posting : others.with(posting);
        }
        return this;
    }

    @Override
    public @Nullable Found<F> without(Posting<F> posting) {
        size--;
        if (posting instanceof Posting.Spanned<F> spanned) {
            SpanGroup<F> group = group(spanned.span.column());
            group.remove(spanned);
            if (group.isEmpty()) {
                spans.remove(group);
            }
        } else if (others != null) {
            others = others.without(posting);
        }
        return size == 0 ? null : this;
    }

    @Override
    public int size() {
        return size;
    }

    /// How many are tested whatever the row.
    int unspanned() {
        return others == null ? 0 : others.size();
    }

    private SpanGroup<F> group(int column) {
        for (SpanGroup<F> group : spans) {
            if (group.column() == column) {
                return group;
            }
        }
        SpanGroup<F> group = new SpanGroup<>(column, relation);
        spans.add(group);
        return group;
    }
}
