package dev.lockstep.replication.pgoutput;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One message of `pgoutput`. Times are microseconds since the Unix epoch. `xid` of a message
/// inside a streamed transaction is that of the (sub)transaction that made it, else 0.
public sealed interface PgOutputMessage {

    /// @param finalLsn where the commit record starts
    record Begin(long finalLsn, long commitMicros, int xid) implements PgOutputMessage {}

    /// @param endLsn just behind the commit record
    record Commit(long commitLsn, long endLsn, long commitMicros) implements PgOutputMessage {}

    record Origin(Lsn lsn, String name) implements PgOutputMessage {}

    /// A table's shape, sent before its first row and whenever it changed.
    record RelationShape(
            int xid,
            int oid,
            String schema,
            String name,
            ReplicaIdentity identity,
            List<ShapeColumn> columns)
            implements PgOutputMessage {
        public RelationShape {
            columns = List.copyOf(columns);
        }
    }

    /// @param identity part of the replica identity (under FULL all columns are)
    record ShapeColumn(boolean identity, String name, int typeOid, int typeModifier) {}

    /// The name of a type that is not built in.
    record TypeName(int xid, int oid, String schema, String name) implements PgOutputMessage {}

    record Insert(int xid, int relation, Row row) implements PgOutputMessage {}

    /// Values that are stored out of line and did not change are absent in `row`.
    record Update(int xid, int relation, OldKind kind, @Nullable Row old, Row row)
            implements PgOutputMessage {}

    record Delete(int xid, int relation, OldKind kind, Row old) implements PgOutputMessage {}

    /// Which old image stands in an update or delete.
    enum OldKind {
        NONE,
        /// The columns of the replica identity; all others stand as NULL, whatever they hold.
        KEY,
        WHOLE
    }

    record Truncate(int xid, List<Integer> relations, boolean cascade, boolean restartIdentity)
            implements PgOutputMessage {
        public Truncate {
            relations = List.copyOf(relations);
        }
    }

    /// `pg_logical_emit_message`.
    record Logical(int xid, boolean transactional, Lsn lsn, String prefix, byte[] content)
            implements PgOutputMessage {}

    /// A piece of a transaction in progress follows.
    record StreamStart(int xid, boolean first) implements PgOutputMessage {}

    record StreamStop() implements PgOutputMessage {}

    record StreamCommit(int xid, long commitLsn, long endLsn, long commitMicros)
            implements PgOutputMessage {}

    /// A streamed transaction, or one of its subtransactions, came to nothing.
    ///
    /// @param subXid equals `xid` when it is the whole transaction
    record StreamAbort(int xid, int subXid) implements PgOutputMessage {}
}
