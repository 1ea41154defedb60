package dev.lockstep.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/// A bounded pool of connections to one database as one account, for any (virtual) thread.
///
/// In front of the pool stands a fair semaphore: HikariCP alone lets some of many virtual threads
/// starve for seconds. A call that waits longer than the acquire timeout is refused with
/// `Unavailable`; it never hangs. Opening needs no database: calls fail until it is there.
///
/// Sessions speak UTC, ISO dates, `postgres` intervals and hex bytea, and send values as text.
/// Behind a transaction pooler no session is ours, so each transaction says so for itself
/// ([#perTransaction]) and no statement stays prepared.
public final class Database implements AutoCloseable {
    private static final Duration IDLE = Duration.ofMinutes(2);
    private static final int MIN_IDLE = 2;

    private final HikariDataSource pool;
    private final Semaphore turns;
    private final Duration acquireTimeout;
    private final Map<String, String> perTransaction;

    public Database(DatabaseConfig config) {
        this.perTransaction =
                switch (config.pooler()) {
                    case NONE -> Map.of();
                    case TRANSACTION -> speech(config);
                };
        this.pool = new HikariDataSource(hikari(config));
        this.turns = new Semaphore(config.poolSize(), true);
        this.acquireTimeout = config.acquireTimeout();
    }

    /// Runs in autocommit: each statement is a transaction of its own, without [#perTransaction].
    ///
    /// @throws FailureException for whatever the database answers, and when no turn came in time
    public <T> T call(SqlWork<T> work) {
        takeTurn();
        try (Connection connection = pool.getConnection()) {
            return work.run(connection);
        } catch (SQLException e) {
            throw SqlFailures.of(e);
        } finally {
            turns.release();
        }
    }

    /// Runs in one transaction, committed at the end and rolled back when the work throws.
    ///
    /// @throws FailureException as [#call]
    public <T> T transaction(SqlWork<T> work) {
        return call(connection -> inTransaction(connection, work));
    }

    /// Runs in one read-only transaction that sees one state of the database throughout.
    ///
    /// @throws FailureException as [#call]
    public <T> T snapshot(SqlWork<T> work) {
        return call(connection -> {
            return inTransaction(
                    connection,
                    inner -> {
                        try (Statement statement = inner.createStatement()) {
                            // Of this transaction: the driver's own setters change the session.
                            statement.execute(
                                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                        }
                        return work.run(inner);
                    });
        });
    }

    /// Settings that whoever begins a transaction by hand must make there, as `SET LOCAL` does;
    /// none where sessions keep them.
    public Map<String, String> perTransaction() {
        return perTransaction;
    }

    /// Whether something stands in between that hands out sessions: PostgreSQL names another
    /// process than the one that was named when we connected.
    ///
    /// @throws FailureException as [#call]
    public boolean isRelayed() {
        return call(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
                row.next();
                return row.getInt(1) != connection.unwrap(PGConnection.class).getBackendPID();
            }
        });
    }

    /// Calls that wait for their turn.
    public int waiting() {
        return turns.getQueueLength();
    }

    /// Refuses newcomers and closes the connections; may be called twice.
    @Override
    public void close() {
        pool.close();
    }

    private <T> T inTransaction(Connection connection, SqlWork<T> work) throws SQLException {
        connection.setAutoCommit(false);
        boolean done = false;
        try {
            speak(connection);
            T result = work.run(connection);
            connection.commit();
            done = true;
            return result;
        } finally {
            if (!done && !connection.isClosed()) {
                connection.rollback();
            }
            if (!connection.isClosed()) {
                connection.setAutoCommit(true);
            }
        }
    }

    private void speak(Connection connection) throws SQLException {
        if (perTransaction.isEmpty()) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    perTransaction.entrySet().stream()
                            .map(one ->
                                    "set local %s = '%s'".formatted(one.getKey(), one.getValue()))
                            .collect(Collectors.joining("; ")));
        }
    }

    /// What every value's form depends on, and the bound of a statement.
    private static Map<String, String> speech(DatabaseConfig config) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("timezone", "UTC");
        settings.put("datestyle", "ISO");
        settings.put("intervalstyle", "postgres");
        settings.put("bytea_output", "hex");
        settings.put("extra_float_digits", "1");
        settings.put("statement_timeout", Long.toString(config.statementTimeout().toMillis()));
        return Collections.unmodifiableMap(settings);
    }

    private void takeTurn() {
        try {
            if (!turns.tryAcquire(acquireTimeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new FailureException(
                        new Failure.Unavailable(
                                "database",
                                "The database is busy: no connection became free in time.",
                                Duration.ofSeconds(1)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(
                    new Failure.Unavailable(
                            "database", "The server is stopping.", Duration.ofSeconds(1)),
                    e);
        }
    }

    private static HikariConfig hikari(DatabaseConfig config) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName("lockstep-" + config.user());
        hikari.setJdbcUrl(config.url());
        hikari.setUsername(config.user());
        hikari.setPassword(config.password().reveal());
        hikari.setMaximumPoolSize(config.poolSize());
        if (config.poolSize() > MIN_IDLE) {
            hikari.setMinimumIdle(MIN_IDLE);
            hikari.setIdleTimeout(IDLE.toMillis());
        }
        hikari.setConnectionTimeout(Math.max(250, config.acquireTimeout().toMillis()));
        hikari.setInitializationFailTimeout(-1);
        switch (config.pooler()) {
            // The driver sends the JVM's zone at connect, over any start-up option of ours.
            case NONE ->
                    hikari.setConnectionInitSql(
                            speech(config).entrySet().stream()
                                    .map(one ->
                                            "set %s = '%s'".formatted(one.getKey(), one.getValue()))
                                    .collect(Collectors.joining("; ")));
            // A statement that was prepared in one session is unknown to the next.
            case TRANSACTION -> hikari.addDataSourceProperty("prepareThreshold", "0");
        }
        // "Feature not supported" is about a statement; the pool would throw the connection away.
        hikari.setExceptionOverride(new KeptConnections());
        hikari.addDataSourceProperty("ApplicationName", "lockstep");
        hikari.addDataSourceProperty("stringtype", "unspecified");
        hikari.addDataSourceProperty("binaryTransfer", "false");
        hikari.addDataSourceProperty("assumeMinServerVersion", "15");
        hikari.addDataSourceProperty(
                "connectTimeout", Math.max(1, config.acquireTimeout().toSeconds()));
        hikari.addDataSourceProperty("tcpKeepAlive", "true");
        // A dead way to the database must not hold a turn much longer than a statement may take.
        hikari.addDataSourceProperty(
                "socketTimeout", config.statementTimeout().plusSeconds(10).toSeconds());
        return hikari;
    }

    private static final class KeptConnections implements SQLExceptionOverride {
        @java.lang.Override // the interface has an Override of its own
        public Override adjudicate(SQLException problem) {
            return "0A000".equals(problem.getSQLState())
                    ? Override.DO_NOT_EVICT
                    : Override.CONTINUE_EVICT;
        }
    }
}
