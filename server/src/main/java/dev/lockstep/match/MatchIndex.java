package dev.lockstep.match;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler.Bound;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whom does a change concern? Hot. Touched by its owner's thread alone.
///
/// A filter is a disjunction of branches ([Branches]). Each is found by a hash of the values that
/// it needs, of as many columns as it names; among those of one key by the span that it needs
/// besides; and where it needs neither, it is *broad* and tested for every row. So a change costs
/// what it hits, and what is broad. Filters join and leave in a time that does not follow their
/// number.
///
/// Rows are matched in the shape that the filters were compiled for: when a change comes with
/// another [Relation], the owner calls [#rebind] first. While it is told of hits, nobody may change
/// the index.
///
/// @param <F> what is found; equal ones are the same
public final class MatchIndex<F> {
    private final FilterCompiler compiler;
    private final Map<Integer, TableIndex<F>> tables = new HashMap<>();
    private final Map<F, Entry<F>> entries = new HashMap<>();
    private final Probe<F> probe = new Probe<>();

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
        put(feed, bound, Entry.Unseen.MISSES);
    }

    /// The same for somebody who must know of every image that *may* satisfy the filter: which
    /// would be a hit for some values of the columns that the image lacks. NULL is not lacking: it
    /// is known, and unequal to everything. So `before` and `after` say "may" too.
    ///
    /// @throws FailureException when it does not compile for that shape
    public void watch(F feed, Bound bound) {
        put(feed, bound, Entry.Unseen.HITS);
    }

    private void put(F feed, Bound bound, Entry.Unseen unseen) {
        remove(feed);
        TableIndex<F> table =
                tables.computeIfAbsent(
                        bound.relation().oid(), _ -> new TableIndex<>(bound.relation()));
        Entry<F> entry = new Entry<>(feed, fitted(bound, table.relation()), unseen);
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
        TableIndex<F> table = tables.get(oid);
        if (table != null) {
            table.remove(entry);
            if (table.size() == 0) {
                tables.remove(oid);
            }
        }
    }

    public int size() {
        return entries.size();
    }

    /// How many filters every change of their table is tested for, because the index cannot look
    /// for what they need. Counted once for each branch that is so.
    public int broad() {
        return tables.values().stream().mapToInt(TableIndex::broad).sum();
    }

    /// Whether rows of this shape can be matched, because no feed follows the table or all were
    /// compiled for it.
    public boolean fits(Relation relation) {
        TableIndex<F> table = tables.get(relation.oid());
        return table == null || table.fits(relation);
    }

    /// The table has another shape from now on. May wait for the database.
    ///
    /// @return the feeds whose filters no longer compile; they are removed
    public List<F> rebind(Relation relation) {
        TableIndex<F> table = tables.get(relation.oid());
        if (table == null || table.fits(relation)) {
            return List.of();
        }
        List<F> lost = new ArrayList<>();
        TableIndex<F> next = new TableIndex<>(relation);
        for (Entry<F> entry : entriesOf(relation.oid())) {
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
        if (next.size() == 0) {
            tables.remove(relation.oid());
        } else {
            tables.put(relation.oid(), next);
        }
        return lost;
    }

    /// Looks at all, for a table rarely changes its shape, and a filter that is never true stands
    /// nowhere else.
    private List<Entry<F>> entriesOf(int oid) {
        return entries.values().stream()
                .filter(entry -> entry.bound.relation().oid() == oid)
                .toList();
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
        TableIndex<F> table = tables.get(relation.oid());
        if (table == null) {
            return;
        }
        if (!table.fits(relation)) {
            throw new IllegalStateException("rows of " + relation + " need rebind() first");
        }
        probe.begin(before, after, hits);
        try {
            table.find(probe);
        } finally {
            probe.end();
        }
    }
}
