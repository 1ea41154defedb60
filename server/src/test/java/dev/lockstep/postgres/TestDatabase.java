package dev.lockstep.postgres;

import dev.lockstep.config.Secret;
import dev.lockstep.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A fresh database for a test class, gone when closed, on a real PostgreSQL that all tests of the
/// JVM share (`fsync=off`; `wal_level=logical`; 60 slots), or on one of its own.
///
/// ```java
/// static final TestDatabase database = TestDatabase.create();
/// @AfterAll static void drop() { database.close(); }
/// ```
public final class TestDatabase implements AutoCloseable {
    /// Of the accounts that the installation makes, on every test server.
    public static final Installation.Passwords PASSWORDS =
            new Installation.Passwords(new Secret("pool"), new Secret("replicator"));

    private static final AtomicInteger count = new AtomicInteger();

    private final EmbeddedPostgres server;
    private final String name;
    private final boolean ownServer; // stopped with the database

    private TestDatabase(EmbeddedPostgres server, String name, boolean ownServer) {
        this.server = server;
        this.name = name;
        this.ownServer = ownServer;
    }

    /// An empty database on the shared server.
    public static TestDatabase create() {
        return on(TestServer.shared(), "", false);
    }

    /// A database with our installation, without the demo, on the shared server.
    public static TestDatabase installed() {
        return on(TestServer.shared(), " template " + Template.NAME, false);
    }

    /// An empty database on a server of its own, for tests that restart, kill or configure it.
    public static TestDatabase ownServer(Map<String, String> settings) {
        return on(TestServer.start(settings), "", true);
    }

    private static TestDatabase on(EmbeddedPostgres server, String clause, boolean ownServer) {
        String name = "test_" + ProcessHandle.current().pid() + "_" + count.incrementAndGet();
        TestDatabase database = new TestDatabase(server, name, ownServer);
        database.onServer("create database " + name + clause);
        return database;
    }

    /// Puts our installation into an empty one.
    public TestDatabase install() {
        Installation.install(admin(), PASSWORDS);
        return this;
    }

    /// Stop, kill and restart it only when it is this database's own.
    public EmbeddedPostgres server() {
        return server;
    }

    public String name() {
        return name;
    }

    public int port() {
        return server.port();
    }

    public String jdbcUrl() {
        return server.jdbcUrl(name);
    }

    /// The superuser, who may also replicate.
    public String user() {
        return EmbeddedPostgres.SUPERUSER;
    }

    public String password() {
        return server.password();
    }

    /// The superuser's account here, with the default bounds.
    public DatabaseConfig admin() {
        return new DatabaseConfig(jdbcUrl(), user(), new Secret(password()));
    }

    /// The account of the pool ([Roles#POOL]) or of the replicator; only where we are installed.
    public DatabaseConfig as(String role) {
        return admin().as(role, passwordOf(role));
    }

    /// A new connection as superuser, with values as the application sees them; the caller closes.
    public Connection connection() {
        return connection(Map.of());
    }

    /// The same with more properties of pgjdbc's.
    public Connection connection(Map<String, String> properties) {
        return connect(name, properties);
    }

    /// As the pool's or the replicator's account.
    public Connection connection(String role) {
        return connect(name, Map.of("user", role, "password", passwordOf(role).reveal()));
    }

    private static Secret passwordOf(String role) {
        return role.equals(Roles.POOL) ? PASSWORDS.pool() : PASSWORDS.replicator();
    }

    /// Runs each statement (or several in one text) in a transaction of its own.
    public void execute(String... statements) {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The first column of the first row as text; null for NULL and for no row.
    public @Nullable String value(String sql) {
        List<@Nullable String> values = values(sql);
        return values.isEmpty() ? null : values.getFirst();
    }

    /// The first column of all rows as text.
    public List<@Nullable String> values(String sql) {
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<@Nullable String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Ends all sessions, removes slots and database; stops the server when it is its own.
    @Override
    public void close() {
        if (ownServer) {
            server.close();
            return;
        }
        onServer(
                "select pg_terminate_backend(active_pid, 5000) from pg_replication_slots"
                        + " where database = '"
                        + name
                        + "' and active_pid is not null",
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
                        + " where database = '"
                        + name
                        + "'",
                "drop database if exists " + name + " with (force)");
    }

    private void onServer(String... statements) {
        try (Connection connection = connect("postgres", Map.of());
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Connection connect(String database, Map<String, String> more) {
        Properties properties = new Properties();
        properties.setProperty("user", user());
        properties.setProperty("password", password());
        properties.setProperty("stringtype", "unspecified");
        properties.setProperty("binaryTransfer", "false");
        more.forEach(properties::setProperty);
        try {
            return DriverManager.getConnection(server.jdbcUrl(database), properties);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Installed once; a copy of it takes a fraction of an installation.
    private static final class Template {
        static final String NAME = on(TestServer.shared(), "", false).install().name();
    }
}
