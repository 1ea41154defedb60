package dev.lockstep.match;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.match.Branch.Between;
import dev.lockstep.match.Branch.OneOf;
import dev.lockstep.match.Ordering.NumberReader;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The postings that need values in the same columns, by the hash of these values. The group of no
/// columns holds, under one key, what needs none. Hot in [#find].
final class KeyGroup<F> {
    /// So many of one key are tested one by one, whatever spans they need.
    private static final int FEW = 8;

    private final Relation relation;
    private final int[] columns;
    private final NumberReader[] hashes;
    private final LongTable<Found<F>> found = new LongTable<>();
    private @Nullable Found<F> byAbsence;

    /// @param columns in rising order
    KeyGroup(int[] columns, Relation relation) {
        this.relation = relation;
        this.columns = columns.clone();
        this.hashes =
                Arrays.stream(columns)
                        .mapToObj(column -> Keys.hashes(relation.columns().get(column)))
                        .toArray(NumberReader[]::new);
    }

    int width() {
        return columns.length;
    }

    boolean isOf(int[] others) {
        return Arrays.equals(columns, others);
    }

    boolean has(int column) {
        return Arrays.binarySearch(columns, column) >= 0;
    }

    boolean isEmpty() {
        return found.size() == 0 && byAbsence == null;
    }

    /// @param needed of every column of this group, in their order
    void add(Entry<F> entry, List<OneOf> needed, @Nullable Between span) {
        add(entry, needed, 0, Keys.START, span);
        if (entry.watches() && columns.length > 0) {
            Posting<F> posting = new Posting<>(entry, this, Keys.START, Posting.Kind.BY_ABSENCE);
            byAbsence = byAbsence == null ? posting : byAbsence.with(posting);
        }
    }

    private void add(
            Entry<F> entry, List<OneOf> needed, int place, long key, @Nullable Between span) {
        if (place < columns.length) {
            for (long hash : needed.get(place).hashes()) {
                add(entry, needed, place + 1, Keys.join(key, hash), span);
            }
        } else if (span == null) {
            add(new Posting<>(entry, this, key, Posting.Kind.BY_VALUE));
        } else {
            add(new Posting.Spanned<>(entry, this, key, Posting.Kind.BY_VALUE, span));
            if (entry.watches()) {
                add(new Posting.Spanned<>(entry, this, key, Posting.Kind.BY_ABSENCE, span));
            }
        }
    }

    private void add(Posting<F> posting) {
        Found<F> there = found.get(posting.key);
        if (there == null) {
            found.put(posting.key, posting);
            return;
        }
        Found<F> now = there.with(posting);
        if (now instanceof PostingList<F> list && outgrew(list, posting)) {
            now = Bucket.of(list, relation);
        }
        if (now != there) {
            found.put(posting.key, now);
        }
    }

    private static <F> boolean outgrew(PostingList<F> list, Posting<F> added) {
        if (list.size() <= FEW) {
            return false;
        }
        return added instanceof Posting.Spanned || (list.size() == FEW + 1 && list.hasSpans());
    }

    void remove(Posting<F> posting) {
        if (posting.kind == Posting.Kind.BY_ABSENCE && !(posting instanceof Posting.Spanned)) {
            byAbsence = byAbsence == null ? null : byAbsence.without(posting);
            return;
        }
        Found<F> there = found.get(posting.key);
        Found<F> now = there == null ? null : there.without(posting);
        if (now == null) {
            found.remove(posting.key);
        } else if (now != there) {
            found.put(posting.key, now);
        }
    }

    /// How many stand where these would, at the fullest of their places.
    int load(List<OneOf> needed) {
        return load(needed, 0, Keys.START);
    }

    private int load(List<OneOf> needed, int place, long key) {
        if (place == columns.length) {
            Found<F> there = found.get(key);
            return there == null ? 0 : there.size();
        }
        int most = 0;
        for (long hash : needed.get(place).hashes()) {
            most = Math.max(most, load(needed, place + 1, Keys.join(key, hash)));
        }
        return most;
    }

    /// How many of the key of no columns are tested whatever the row.
    int broad() {
        Found<F> there = columns.length == 0 ? found.get(Keys.START) : null;
        return switch (there) {
            case null -> 0;
            case Bucket<F> bucket -> bucket.unspanned();
            case Posting<F> posting -> posting.size();
            case PostingList<F> list -> list.size();
        };
    }

    void find(Probe<F> probe) {
        Row before = probe.before;
        Row after = probe.after;
        boolean then = before != null && holds(before);
        boolean now = after != null && holds(after);
        long old = 0;
        long key = 0;
        try {
            old = before != null && then ? key(before) : 0;
            key = after != null && now ? key(after) : 0;
        } catch (RuntimeException _) {
            // A value that cannot be read: those who need it each find that out, and say so.
            found.forEach(all -> all.visit(probe));
            return;
        }
        if (now) {
            visit(key, probe);
        }
        if (then && !(now && old == key)) {
            visit(old, probe);
        }
        if (byAbsence != null && ((before != null && !then) || (after != null && !now))) {
            byAbsence.visit(probe);
        }
    }

    private void visit(long key, Probe<F> probe) {
        Found<F> there = found.get(key);
        if (there != null) {
            there.visit(probe);
        }
    }

    private boolean holds(Row row) {
        for (int column : columns) {
            if (row.isAbsent(column)) {
                return false;
            }
        }
        return true;
    }

    private long key(Row row) {
        long key = Keys.START;
        for (int i = 0; i < columns.length; i++) {
            int column = columns[i];
            int length = row.length(column);
            long hash =
                    length < 0 ? Keys.NULL : hashes[i].read(row.data(), row.offset(column), length);
            key = Keys.join(key, hash);
        }
        return key;
    }
}
