package dev.lockstep.match;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Several postings in no order. Each knows its place, so that one of a million leaves as fast as
/// one of two. Beside each stands its entry: a visit goes there at once, for what it costs is the
/// memory that it has to touch.
final class PostingList<F> implements Found<F> {
    private static final int SMALLEST = 4;

    /// In turns a posting and its entry.
    private @Nullable Object[] postings = new Object[2 * SMALLEST];

    private int size;

    @Override
    @SuppressWarnings("unchecked") // only set() writes
    public void visit(Probe<F> probe) {
        for (int i = 0; i < size; i++) {
            probe.test((Entry<F>) Objects.requireNonNull(postings[2 * i + 1]));
        }
    }

    @SuppressWarnings("unchecked") // only set() writes
    Posting<F> get(int place) {
        return (Posting<F>) Objects.requireNonNull(postings[2 * place]);
    }

    private void set(int place, Posting<F> posting) {
        postings[2 * place] = posting;
        postings[2 * place + 1] = posting.entry;
        posting.place = place;
    }

    boolean hasSpans() {
        for (int i = 0; i < size; i++) {
            if (get(i) instanceof Posting.Spanned) {
                return true;
            }
        }
        return false;
    }

    @Override
    public PostingList<F> with(Posting<F> posting) {
        if (2 * size == postings.length) {
            postings = Arrays.copyOf(postings, 2 * (size + (size >> 1)));
        }
        set(size++, posting);
        return this;
    }

    @Override
    public @Nullable Found<F> without(Posting<F> posting) {
        Posting<F> last = get(--size);
        postings[2 * size] = null;
        postings[2 * size + 1] = null;
        if (last != posting) {
            set(posting.place, last);
        }
        if (size > SMALLEST && 8 * size < postings.length) {
            postings = Arrays.copyOf(postings, 4 * size);
        }
        return switch (size) {
            case 0 -> null;
            case 1 -> get(0);
            default -> this;
        };
    }

    @Override
    public int size() {
        return size;
    }
}
