package dev.lockstep.match;

import org.jspecify.annotations.Nullable;

/// One place where an entry is found.
sealed class Posting<F> implements Found<F> permits Posting.Spanned {
    final Entry<F> entry;
    final KeyGroup<F> group;
    final long key;
    final Kind kind;

    /// The entry's next one.
    final @Nullable Posting<F> next;

    /// Where it stands in its [PostingList].
    int place;

    enum Kind {
        /// Found by values.
        BY_VALUE,
        /// Found because the image does not hold a column that would have to be looked at.
        BY_ABSENCE
    }

    Posting(Entry<F> entry, KeyGroup<F> group, long key, Kind kind) {
        this.entry = entry;
        this.group = group;
        this.key = key;
        this.kind = kind;
        this.next = entry.postings;
        entry.postings = this;
    }

    @Override
    public void visit(Probe<F> probe) {
        probe.test(entry);
    }

    @Override
    public Found<F> with(Posting<F> posting) {
        return new PostingList<F>().with(this).with(posting);
    }

    @Override
    public @Nullable Found<F> without(Posting<F> posting) {
        return null;
    }

    @Override
    public int size() {
        return 1;
    }

    /// One that needs its row to stand in a span besides.
    static final class Spanned<F> extends Posting<F> {
        final Branch.Between span;

        Spanned(Entry<F> entry, KeyGroup<F> group, long key, Kind kind, Branch.Between span) {
            super(entry, group, key, kind);
            this.span = span;
        }
    }
}
