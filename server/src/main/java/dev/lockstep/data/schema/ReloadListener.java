package dev.lockstep.data.schema;

import dev.lockstep.postgres.DatabaseConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears `NOTIFY pgrst` on a connection of its own, and counts a connection that was lost as heard:
/// nobody knows what was said meanwhile. One virtual thread.
public final class ReloadListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReloadListener.class);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final int LISTEN_MILLIS = 500;

    private final DatabaseConfig config;
    private final Runnable heard;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    /// @param heard must not wait
    public ReloadListener(DatabaseConfig config, Runnable heard) {
        this.config = config;
        this.heard = heard;
        this.thread = Thread.ofVirtual().name("schema-listener").start(this::run);
    }

    private void run() {
        boolean reachable = true;
        try {
            do {
                try (Connection connection = connect()) {
                    reachable = true;
                    listen(connection);
                } catch (SQLException e) {
                    if (reachable && closed.getCount() > 0) {
                        log.atWarn()
                                .addKeyValue("sqlstate", e.getSQLState())
                                .log("not listening for reloads; schemas are polled");
                    }
                    reachable = false;
                }
            } while (!closed.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("listen pgrst");
        }
        heard.run();
        PGConnection postgres = connection.unwrap(PGConnection.class);
        while (closed.getCount() > 0) {
            PGNotification[] told = postgres.getNotifications(LISTEN_MILLIS);
            if (told != null && told.length > 0) {
                heard.run();
            }
        }
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", config.user());
        properties.setProperty("password", config.password().reveal());
        properties.setProperty("ApplicationName", "lockstep-listen");
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("tcpKeepAlive", "true");
        return DriverManager.getConnection(config.url(), properties);
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(AGAIN.multipliedBy(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
