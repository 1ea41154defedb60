package dev.lockstep.replication;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.postgresql.PGConnection;

/// Watches over one stream from a plain connection, on a virtual thread of its own.
///
/// PostgreSQL tells a plain session at once that it shuts down, a walsender only when all was
/// confirmed, which our trailing confirmation never is: so whoever is told closes the stream. It
/// also keeps the connection alive while the reader waits, ends a stream that has gone silent, and
/// notices what newer servers no longer say to the stream: that a publication is gone.
final class Sentinel implements AutoCloseable {
    private static final int TICK_MILLIS = 1_000;
    private static final int CHECK_TICKS = 5;

    private final ReplicationConfig config;
    private final WalStream stream;
    private final Connection connection;
    private final Consumer<ReplicationEvent> events;
    private volatile boolean closed;
    private volatile String word = "";
    private List<String> missing = List.of();

    private Sentinel(
            ReplicationConfig config,
            WalStream stream,
            Connection connection,
            Consumer<ReplicationEvent> events) {
        this.config = config;
        this.stream = stream;
        this.connection = connection;
        this.events = events;
    }

    static Sentinel start(
            ReplicationConfig config, WalStream stream, Consumer<ReplicationEvent> events)
            throws SQLException {
        Connection connection = WalConnection.plain(config, "lockstep sentinel");
        Sentinel sentinel = new Sentinel(config, stream, connection, events);
        Thread.ofVirtual().name("lockstep-sentinel").start(sentinel::run);
        return sentinel;
    }

    /// Why it ended the stream; empty if it did not.
    String word() {
        return word;
    }

    private void run() {
        try {
            PGConnection pg = connection.unwrap(PGConnection.class);
            for (int tick = 1; !closed; tick++) {
                pg.getNotifications(TICK_MILLIS);
                stream.pulse();
                if (stream.silentFor(config.silence())) {
                    end("nothing was heard for " + config.silence());
                }
                if (tick % CHECK_TICKS == 0) {
                    check();
                }
            }
        } catch (SQLException e) {
            end(String.valueOf(e.getMessage()));
        }
    }

    private void check() throws SQLException {
        List<String> now = WalConnection.missingPublications(connection, config);
        if (!now.isEmpty() && !now.equals(missing)) {
            events.accept(SlotReader.publicationMissing(now));
        }
        missing = now;
    }

    private void end(String reason) {
        if (!closed) {
            closed = true;
            word = reason;
            stream.abort();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            throw new IllegalStateException("abort is always allowed", e);
        }
    }
}
