package dev.lockstep.replication;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Touched;
import dev.lockstep.replication.pgoutput.PgOutputException;
import dev.lockstep.replication.pgoutput.PgOutputMessage;
import dev.lockstep.spool.ChangeSpool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes whole transactions of one connection's messages. Hot; belongs to the reader's thread.
///
/// ```
///            Begin                         Commit
///   idle ───────────▶ one transaction ──────────────▶ handed on
///    │ StreamStart                StreamStop
///    └───────────▶ piece of a running one ──▶ idle … StreamCommit ▶ handed on, StreamAbort ▶ dropped
/// ```
final class TransactionAssembler implements AutoCloseable {
    private final Path folder;
    private final long maxHeap;
    private final RelationBook book;
    private final CatalogueFollower follower;
    private final TransactionSink sink;
    private final Map<Integer, Running> streamed = new HashMap<>();
    private @Nullable Running current;
    private Lsn position;

    /// @param held what commits before this is not handed on again
    TransactionAssembler(
            ReplicationConfig config,
            Path folder,
            RelationBook book,
            CatalogueFollower follower,
            TransactionSink sink,
            Lsn held) {
        this.folder = folder;
        this.maxHeap = config.maxTransactionHeap();
        this.book = book;
        this.follower = follower;
        this.sink = sink;
        this.position = held;
    }

    /// A transaction of which not all is known yet.
    private static final class Running {
        private final int xid;
        private final ChangeSpool spool;

        /// What it had described itself, where it is streamed before its commit.
        private final RelationBook.@Nullable Page own;

        /// Already handed on before the connection was opened.
        private final boolean known;

        private boolean changedTables;
        private boolean caughtUp;

        Running(int xid, ChangeSpool spool, RelationBook.@Nullable Page own, boolean known) {
            this.xid = xid;
            this.spool = spool;
            this.own = own;
            this.known = known;
        }
    }

    /// Up to here everything was handed on.
    Lsn position() {
        return position;
    }

    void accept(PgOutputMessage message) throws InterruptedException {
        switch (message) {
            case PgOutputMessage.Insert(int xid, int oid, var row) -> {
                Running running = running();
                if (!running.known) {
                    add(running, xid, book.shape(oid, running.own).insert(row));
                }
            }
            case PgOutputMessage.Update(int xid, int oid, var kind, var old, var row) -> {
                Running running = running();
                if (!running.known) {
                    add(running, xid, book.shape(oid, running.own).update(kind, old, row));
                }
            }
            case PgOutputMessage.Delete(int xid, int oid, var kind, var old) -> {
                Running running = running();
                if (!running.known) {
                    add(running, xid, book.shape(oid, running.own).delete(kind, old));
                }
            }
            case PgOutputMessage.Begin begin -> begin(begin);
            case PgOutputMessage.Commit(long lsn, long end, long micros) -> {
                Running running = running();
                current = null;
                commit(running, lsn, end, micros);
            }
            case PgOutputMessage.RelationShape shape -> describe(shape);
            case PgOutputMessage.TypeName(_, int oid, _, String name) -> book.learnType(oid, name);
            case PgOutputMessage.Truncate truncate -> truncate(truncate);
            case PgOutputMessage.Logical logical -> logical(logical);
            case PgOutputMessage.StreamStart(int xid, _) ->
                    current =
                            streamed.computeIfAbsent(
                                    xid, id -> new Running(id, spool(), book.new Page(), false));
            case PgOutputMessage.StreamStop() -> current = null;
            case PgOutputMessage.StreamCommit(int xid, long lsn, long end, long micros) ->
                    streamCommit(xid, lsn, end, micros);
            case PgOutputMessage.StreamAbort(int xid, int subXid) -> streamAbort(xid, subXid);
            case PgOutputMessage.Origin _ -> {
                // Where a transaction first came from concerns nobody here.
            }
        }
    }

    /// A keepalive: all before `end` was sent. Inside a transaction it tells nothing of what is
    /// still to come of it.
    void quiet(Lsn end) {
        if (current == null && end.isAfter(position)) {
            position = end;
            sink.advanced(end);
        }
    }

    private void begin(PgOutputMessage.Begin begin) {
        if (current != null) {
            throw new PgOutputException("a transaction inside a transaction", 0);
        }
        boolean known = Long.compareUnsigned(begin.finalLsn(), position.value()) < 0;
        current = new Running(begin.xid(), spool(), null, known);
    }

    private void commit(Running running, long lsn, long end, long micros)
            throws InterruptedException {
        Lsn endLsn = new Lsn(end);
        if (running.known || !endLsn.isAfter(position)) {
            running.spool.close();
            return;
        }
        if (running.spool.count() == 0) {
            running.spool.close();
            position = endLsn;
            sink.advanced(endLsn);
            return;
        }
        sink.committed(running.spool.commit(running.xid, new Lsn(lsn), endLsn, micros));
        position = endLsn;
    }

    private void streamCommit(int xid, long lsn, long end, long micros)
            throws InterruptedException {
        Running running = streamed.remove(xid);
        if (running == null) {
            throw new PgOutputException("the end of a transaction never begun, " + xid, 0);
        }
        if (running.own != null) {
            book.learnAll(running.own);
        }
        if (running.changedTables) {
            follower.catchUp(xid);
        }
        commit(running, lsn, end, micros);
    }

    private void streamAbort(int xid, int subXid) {
        Running running = xid == subXid ? streamed.remove(xid) : streamed.get(xid);
        if (running == null) {
            return; // nothing of it had been sent
        }
        if (xid == subXid) {
            running.spool.close();
        } else {
            running.spool.abort(subXid);
        }
    }

    private void describe(PgOutputMessage.RelationShape shape) throws InterruptedException {
        Running running = running();
        if (running.own != null) {
            running.own.learn(shape);
            return;
        }
        if (!running.caughtUp && !book.explains(shape)) {
            running.caughtUp = true;
            follower.catchUp(running.xid);
        }
        book.learn(shape);
    }

    private void truncate(PgOutputMessage.Truncate truncate) {
        Running running = running();
        if (running.known) {
            return;
        }
        List<Relation> relations = new ArrayList<>();
        for (int oid : truncate.relations()) {
            Shape shape = book.find(oid, running.own);
            if (shape != null) {
                relations.add(shape.relation());
            }
        }
        add(
                running,
                truncate.xid(),
                new Change.Truncate(relations, truncate.cascade(), truncate.restartIdentity()));
    }

    private void logical(PgOutputMessage.Logical logical) throws InterruptedException {
        if (!logical.transactional()) {
            return; // belongs to no transaction, so it has no place in the feed
        }
        Running running = running();
        if (running.known) {
            return;
        }
        if (logical.prefix().equals(Touched.DDL_PREFIX)) {
            changedTables(running);
        }
        add(running, logical.xid(), new Change.Message(logical.prefix(), logical.content()));
    }

    /// What was sent whole has committed: one look shows all that it did. What is streamed is not
    /// to be seen before its commit.
    private void changedTables(Running running) throws InterruptedException {
        if (running.own != null) {
            running.changedTables = true;
        } else if (!running.caughtUp) {
            running.caughtUp = true;
            follower.catchUp(running.xid);
        }
    }

    private static void add(Running running, int subXid, Change change) {
        running.spool.append(subXid == 0 ? running.xid : subXid, change);
    }

    private Running running() {
        Running running = current;
        if (running == null) {
            throw new PgOutputException("a change outside of a transaction", 0);
        }
        return running;
    }

    private ChangeSpool spool() {
        return new ChangeSpool(folder, maxHeap);
    }

    /// Drops what was never committed; PostgreSQL sends it again.
    @Override
    public void close() {
        Running running = current;
        if (running != null) {
            running.spool.close();
        }
        streamed.values().forEach(each -> each.spool.close());
        streamed.clear();
        current = null;
    }
}
