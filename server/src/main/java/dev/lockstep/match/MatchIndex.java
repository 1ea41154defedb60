package dev.lockstep.match;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler.Bound;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whom does a change concern? Hot. Touched by its owner's thread alone.
///
/// Per table a hash on the most selective equality or IN term of each filter, and a list of the
/// filters that have none. Rows are matched in the shape that the filters were compiled for: when a
/// change comes with another [Relation], the owner calls [#rebind] first.
///
/// @param <F> what is found; equal ones are the same
public final class MatchIndex<F> {
    private final FilterCompiler compiler;
    private final Map<Integer, TableFeeds<F>> tables = new HashMap<>();
    private final Map<F, Entry<F>> entries = new HashMap<>();
    private long round;

    public MatchIndex(FilterCompiler compiler) {
        this.compiler = compiler;
    }

    /// Where matches go.
    public interface Hits<F> {
        /// @param before the old image satisfies the filter; false where there is none
        /// @param after the new image does
        void hit(F feed, boolean before, boolean after);

        /// The filter may have to ask PostgreSQL, which waits. A taker that must not wait returns
        /// true and tests the predicate elsewhere; otherwise it is tested here and now.
        default boolean defers(F feed, Predicate predicate) {
            return false;
        }

        /// The filter could not be tested: its feed has to load afresh.
        default void failed(F feed, RuntimeException problem) {
            throw problem;
        }
    }

    /// Adds, or replaces what the feed was before. Where the index knows the table by another shape
    /// the filter is compiled again, which may wait for the database.
    ///
    /// @throws FailureException when it does not compile for that shape
    public void put(F feed, Bound bound) {
        put(feed, bound, Unseen.MISSES);
    }

    /// The same for somebody who must know of every image that *may* satisfy the filter: where the
    /// answer is unknown and a column that the filter reads is absent from the image (not NULL:
    /// that is a value like another), it counts as a hit.
    ///
    /// @throws FailureException when it does not compile for that shape
    public void watch(F feed, Bound bound) {
        put(feed, bound, Unseen.HITS);
    }

    private void put(F feed, Bound bound, Unseen unseen) {
        remove(feed);
        TableFeeds<F> table =
                tables.computeIfAbsent(
                        bound.relation().oid(), _ -> new TableFeeds<>(bound.relation()));
        Entry<F> entry = new Entry<>(feed, fitted(bound, table.relation), unseen);
        entries.put(feed, entry);
        table.add(entry);
    }

    /// The same for a filter that is not compiled yet, which may wait for the database.
    ///
    /// @throws FailureException when it does not compile
    public void put(F feed, Filter filter, Relation relation, Set<String> readable) {
        put(feed, compiler.bind(filter, relation, readable));
    }

    private Bound fitted(Bound bound, Relation relation) {
        return bound.relation().sameShape(relation) ? bound : compiler.rebind(bound, relation);
    }

    public void remove(F feed) {
        Entry<F> entry = entries.remove(feed);
        if (entry == null) {
            return;
        }
        int oid = entry.bound.relation().oid();
        TableFeeds<F> table = tables.get(oid);
        if (table != null) {
            table.remove(entry);
            if (table.size == 0) {
                tables.remove(oid);
            }
        }
    }

    public int size() {
        return entries.size();
    }

    /// Whether rows of this shape can be matched, because no feed follows the table or all were
    /// compiled for it.
    public boolean fits(Relation relation) {
        TableFeeds<F> table = tables.get(relation.oid());
        return table == null || table.fits(relation);
    }

    /// The table has another shape from now on. May wait for the database.
    ///
    /// @return the feeds whose filters no longer compile; they are removed
    public List<F> rebind(Relation relation) {
        TableFeeds<F> table = tables.get(relation.oid());
        if (table == null || table.fits(relation)) {
            return List.of();
        }
        List<F> lost = new ArrayList<>();
        TableFeeds<F> next = new TableFeeds<>(relation);
        for (Entry<F> entry : table.all()) {
            try {
                Bound bound = compiler.rebind(entry.bound, relation);
                Entry<F> renewed = new Entry<>(entry.feed, bound, entry.unseen);
                entries.put(entry.feed, renewed);
                next.add(renewed);
            } catch (FailureException _) {
                entries.remove(entry.feed);
                lost.add(entry.feed);
            }
        }
        if (next.size == 0) {
            tables.remove(relation.oid());
        } else {
            tables.put(relation.oid(), next);
        }
        return lost;
    }

    /// Tells of every feed that sees the row before or after the change; for a truncation or a
    /// message, of none.
    ///
    /// @throws IllegalStateException when the change's relation does not [#fits]
    public void match(Change change, Hits<F> hits) {
        switch (change) {
            case Change.Insert(var relation, var row) -> match(relation, null, row, hits);
            case Change.Update(var relation, var old, var row) -> match(relation, old, row, hits);
            case Change.Delete(var relation, var old) -> match(relation, old, null, hits);
            case Change.Truncate _, Change.Message _ -> {}
        }
    }

    private void match(Relation relation, @Nullable Row before, @Nullable Row after, Hits<F> hits) {
        TableFeeds<F> table = tables.get(relation.oid());
        if (table == null) {
            return;
        }
        if (!table.fits(relation)) {
            throw new IllegalStateException("rows of " + relation + " need rebind() first");
        }
        round++;
        for (int i = 0; i < table.broad.size(); i++) {
            test(table.broad.get(i), before, after, hits);
        }
        for (int i = 0; i < table.hashes.size(); i++) {
            ColumnHash<F> hash = table.hashes.get(i);
            testAll(hash.find(after), before, after, hits);
            testAll(hash.find(before), before, after, hits);
        }
    }

    private void testAll(
            List<Entry<F>> found, @Nullable Row before, @Nullable Row after, Hits<F> hits) {
        for (int i = 0; i < found.size(); i++) {
            Entry<F> entry = found.get(i);
            // An update finds most feeds twice, by its old and by its new image.
            if (entry.round != round) {
                entry.round = round;
                test(entry, before, after, hits);
            }
        }
    }

    private static <F> void test(
            Entry<F> entry, @Nullable Row before, @Nullable Row after, Hits<F> hits) {
        Predicate predicate = entry.bound.predicate();
        if (predicate.asks() && hits.defers(entry.feed, predicate)) {
            return;
        }
        boolean then;
        boolean now;
        try {
            then = before != null && entry.takes(before);
            now = after != null && entry.takes(after);
        } catch (RuntimeException problem) {
            hits.failed(entry.feed, problem);
            return;
        }
        if (then || now) {
            hits.hit(entry.feed, then, now);
        }
    }

    /// What an answer means that is unknown for want of a column.
    private enum Unseen {
        MISSES,
        HITS
    }

    private static final class Entry<F> {
        final F feed;
        final Bound bound;
        final Unseen unseen;
        final int[] columns;
        long round;

        Entry(F feed, Bound bound, Unseen unseen) {
            this.feed = feed;
            this.bound = bound;
            this.unseen = unseen;
            this.columns = unseen == Unseen.HITS ? columnsOf(bound) : new int[0];
        }

        private static int[] columnsOf(Bound bound) {
            BitSet columns = new BitSet();
            bound.node().reads(columns);
            return columns.stream().toArray();
        }

        boolean takes(Row row) {
            return switch (bound.predicate().test(row)) {
                case TRUE -> true;
                case FALSE -> false;
                case UNKNOWN -> unseen == Unseen.HITS && lacksAColumn(row);
            };
        }

        private boolean lacksAColumn(Row row) {
            for (int column : columns) {
                if (row.isAbsent(column)) {
                    return true;
                }
            }
            return false;
        }

        /// What must be found although a column that decides is not in the image.
        Optional<Node.Anchor> anchor() {
            return unseen == Unseen.HITS ? Optional.empty() : bound.node().anchor();
        }
    }

    private static final class TableFeeds<F> {
        private Relation relation;
        private int size;
        private final List<Entry<F>> broad = new ArrayList<>();
        private final List<ColumnHash<F>> hashes = new ArrayList<>();

        TableFeeds(Relation relation) {
            this.relation = relation;
        }

        /// Remembers the newest instance, so that the next look is one comparison.
        boolean fits(Relation other) {
            if (relation == other) {
                return true;
            }
            boolean same = relation.sameShape(other);
            if (same) {
                relation = other;
            }
            return same;
        }

        void add(Entry<F> entry) {
            size++;
            entry.anchor()
                    .ifPresentOrElse(
                            anchor -> hash(anchor.column()).add(anchor, entry),
                            () -> broad.add(entry));
        }

        void remove(Entry<F> entry) {
            size--;
            entry.anchor()
                    .ifPresentOrElse(
                            anchor -> {
                                ColumnHash<F> hash = hash(anchor.column());
                                hash.remove(anchor, entry);
                                if (hash.isEmpty()) {
                                    hashes.remove(hash);
                                }
                            },
                            () -> broad.remove(entry));
        }

        List<Entry<F>> all() {
            List<Entry<F>> all = new ArrayList<>(broad);
            hashes.forEach(hash -> hash.addAllTo(all));
            return all.stream().distinct().toList();
        }

        private ColumnHash<F> hash(int column) {
            for (ColumnHash<F> hash : hashes) {
                if (hash.column == column) {
                    return hash;
                }
            }
            ColumnHash<F> hash = new ColumnHash<>(column);
            hashes.add(hash);
            return hash;
        }
    }

    /// The feeds that need one of some values in one column, by value.
    private static final class ColumnHash<F> {
        private final int column;
        private final Map<Bytes, List<Entry<F>>> byValue = new HashMap<>();
        private final Probe probe = new Probe();

        ColumnHash(int column) {
            this.column = column;
        }

        void add(Node.Anchor anchor, Entry<F> entry) {
            anchor.values()
                    .forEach(value ->
                            byValue.computeIfAbsent(new Bytes(value), _ -> new ArrayList<>(1))
                                    .add(entry));
        }

        void remove(Node.Anchor anchor, Entry<F> entry) {
            for (byte[] value : anchor.values()) {
                Bytes key = new Bytes(value);
                List<Entry<F>> entries = byValue.get(key);
                if (entries != null && entries.remove(entry) && entries.isEmpty()) {
                    byValue.remove(key);
                }
            }
        }

        boolean isEmpty() {
            return byValue.isEmpty();
        }

        void addAllTo(List<Entry<F>> all) {
            byValue.values().forEach(all::addAll);
        }

        @SuppressWarnings("CollectionIncompatibleType") // a Probe equals the Bytes it points at
        List<Entry<F>> find(@Nullable Row row) {
            if (row == null || !row.hasValue(column)) {
                return List.of();
            }
            List<Entry<F>> found =
                    byValue.get(probe.at(row.data(), row.offset(column), row.length(column)));
            return found == null ? List.of() : found;
        }
    }

    /// A slice of a row as a key to look up with, used again and again. A [HashMap] asks the key
    /// that it is given, not the one it holds, whether they are equal.
    private static final class Probe {
        private byte[] data = new byte[0];
        private int offset;
        private int length;

        Probe at(byte[] data, int offset, int length) {
            this.data = data;
            this.offset = offset;
            this.length = length;
            return this;
        }

        @Override
        @SuppressWarnings("EqualsUnsafeCast")
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes key && Bytes.equal(key.value(), data, offset, length);
        }

        @Override
        public int hashCode() {
            return Bytes.hash(data, offset, length);
        }
    }
}
