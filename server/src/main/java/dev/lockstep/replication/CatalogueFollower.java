package dev.lockstep.replication;

import dev.lockstep.core.Snapshot;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.CatalogueKeeper;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Brings the catalogue to where the log stands. Belongs to the reader's thread, which waits here:
/// later rows must not be decoded with what was true before.
final class CatalogueFollower implements AutoCloseable {
    /// A commit becomes visible microseconds after it is sent, unless it waits for a synchronous
    /// standby. Then the keeper's own rounds find the change later.
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ReplicationConfig config;
    private final CatalogueKeeper keeper;
    private final Consumer<ReplicationEvent> events;
    private @Nullable Connection connection;

    CatalogueFollower(
            ReplicationConfig config, CatalogueKeeper keeper, Consumer<ReplicationEvent> events) {
        this.config = config;
        this.keeper = keeper;
        this.events = events;
    }

    /// Reads the catalogue again, as soon as it shows what this transaction has done.
    ///
    /// @param xid a committed transaction
    void catchUp(int xid) throws InterruptedException {
        try {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            long pause = 1;
            while (!snapshot().sees(xid) && System.nanoTime() < deadline) {
                Thread.sleep(pause);
                pause = Math.min(2 * pause, 50);
            }
            keeper.refresh();
        } catch (SQLException e) {
            close();
            events.accept(new ReplicationEvent.CatalogueBehind(String.valueOf(e.getMessage())));
        } catch (FailureException e) {
            events.accept(new ReplicationEvent.CatalogueBehind(e.failure().message()));
        }
    }

    private Snapshot snapshot() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = WalConnection.plain(config, "lockstep catalogue");
            connection = open;
        }
        try (Statement statement = open.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT pg_catalog.pg_current_snapshot()::pg_catalog.text")) {
            row.next();
            return Snapshot.parse(row.getString(1));
        }
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                events.accept(new ReplicationEvent.CatalogueBehind(String.valueOf(e.getMessage())));
            }
        }
    }
}
