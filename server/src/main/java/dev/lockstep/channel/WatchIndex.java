package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.match.MatchIndex;
import dev.lockstep.match.Predicate;
import dev.lockstep.policy.Watch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which watches a transaction concerns: whose rights stand on what it changes. When in doubt, it
/// concerns them. One thread's.
final class WatchIndex implements MatchIndex.Hits<Watch> {
    private static final Logger log = LoggerFactory.getLogger(WatchIndex.class);

    private final FilterCompiler compiler;
    private final MatchIndex<Watch> index;

    /// The watches of each table. They are compiled when the first row of the table is met: the log
    /// knows its shape, and the catalogue need not.
    private final Map<Integer, Table> tables = new HashMap<>();

    private final Set<Watch> found = new LinkedHashSet<>();

    private static final class Table {
        private final Set<Watch> all = new HashSet<>();
        private final Set<Watch> fresh = new HashSet<>();

        /// Whose filter cannot be decided here: any change concerns them.
        private final Set<Watch> undecided = new HashSet<>();
    }

    WatchIndex(FilterCompiler compiler) {
        this.compiler = compiler;
        this.index = new MatchIndex<>(compiler);
    }

    void add(Watch watch) {
        Table table = tables.computeIfAbsent(watch.oid(), _ -> new Table());
        if (table.all.add(watch)) {
            table.fresh.add(watch);
        }
    }

    void remove(Watch watch) {
        Table table = tables.get(watch.oid());
        if (table != null && table.all.remove(watch)) {
            table.fresh.remove(watch);
            table.undecided.remove(watch);
            index.remove(watch);
            if (table.all.isEmpty()) {
                tables.remove(watch.oid());
            }
        }
    }

    /// The set is good until the next call.
    Set<Watch> concernedBy(Transaction transaction) {
        found.clear();
        if (tables.isEmpty()) {
            return found;
        }
        Iterator<Change> changes = transaction.changes();
        while (changes.hasNext()) {
            Change change = changes.next();
            switch (change) {
                case Change.Insert(var relation, _) -> row(relation, change);
                case Change.Update(var relation, _, _) -> row(relation, change);
                case Change.Delete(var relation, _) -> row(relation, change);
                case Change.Truncate(var relations, _, _) -> {
                    for (Relation relation : relations) {
                        Table table = tables.get(relation.oid());
                        if (table != null) {
                            found.addAll(table.all);
                        }
                    }
                }
                case Change.Message _ -> {}
            }
        }
        return found;
    }

    private void row(Relation relation, Change change) {
        Table table = tables.get(relation.oid());
        if (table == null) {
            return;
        }
        if (!index.fits(relation)) {
            table.undecided.addAll(index.rebind(relation));
        }
        if (!table.fresh.isEmpty()) {
            table.fresh.forEach(watch -> bind(watch, relation, table));
            table.fresh.clear();
        }
        found.addAll(table.undecided);
        index.match(change, this);
    }

    private void bind(Watch watch, Relation relation, Table table) {
        Set<String> columns =
                relation.columns().stream().map(Column::name).collect(Collectors.toSet());
        try {
            index.watch(watch, compiler.bind(watch.rows(), relation, columns));
        } catch (FailureException e) {
            log.atDebug().setCause(e).addKeyValue("table", watch.table()).log("watched whole");
            table.undecided.add(watch);
        }
    }

    @Override
    public void hit(Watch watch, boolean before, boolean after) {
        found.add(watch);
    }

    /// Nothing waits here.
    @Override
    public boolean defers(Watch watch, Predicate predicate) {
        found.add(watch);
        return true;
    }

    @Override
    public void failed(Watch watch, RuntimeException problem) {
        found.add(watch);
    }
}
