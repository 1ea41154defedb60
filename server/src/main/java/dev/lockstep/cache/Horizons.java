package dev.lockstep.cache;

import dev.lockstep.core.Snapshot;
import dev.lockstep.core.TableName;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// From which transaction on the log tells all about a table. PostgreSQL sends the changes that are
/// *made* after a table was published: a transaction that was under way then may have made some
/// before, and commit later, unseen. So an answer counts only if its snapshot is past all that was
/// under way when we first knew the table to be published. Any thread.
final class Horizons {
    private record Horizon(long xid, long definitions, long generation) {}

    private final Map<TableName, Horizon> horizons = new ConcurrentHashMap<>();

    /// @param snapshot that sees all DDL that was decoded
    /// @param definitions how much DDL that was
    /// @param generation of the catalogue that says that the tables are published
    boolean allow(
            Collection<TableName> tables, Snapshot snapshot, long definitions, long generation) {
        boolean past = true;
        for (TableName table : tables) {
            Horizon horizon =
                    horizons.compute(
                            table,
                            (_, known) ->
                                    known != null
                                                    && known.definitions() >= definitions
                                                    && known.generation() >= generation
                                            ? known
                                            : new Horizon(
                                                    snapshot.xmax(), definitions, generation));
            past &= Long.compareUnsigned(snapshot.xmin(), horizon.xid()) >= 0;
        }
        return past;
    }

    void forget() {
        horizons.clear();
    }
}
