package dev.lockstep.postgres;

import dev.lockstep.config.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts into a database what Lockstep needs: roles, schemas, publications, the DDL log; and, where
/// asked, the demo's tables. Needs a superuser (a plain owner with CREATEROLE lacks only the event
/// triggers). Whatever exists is left as it is, so it may run on any database and any number of
/// times; when nothing is to do it costs one connection.
public final class Installation {
    private static final Logger log = LoggerFactory.getLogger(Installation.class);

    /// The newest migration's number; a test compares it with the files.
    static final String VERSION = "6";

    private static final int ATTEMPTS = 10;
    private static final List<String> DEMO =
            List.of(
                    "/db/demo/1-people.sql",
                    "/db/demo/2-orders.sql",
                    "/db/demo/3-restaurant.sql",
                    "/db/demo/4-policies.sql",
                    "/db/demo/5-files.sql");

    /// Which data a demo holds. Its files can run over those of an older one.
    private static final String DEMO_VERSION = "4";

    private Installation() {}

    /// What the two accounts of the server sign in with.
    public record Passwords(Secret pool, Secret replicator) {}

    /// Brings the database to this build's version and sets the passwords.
    ///
    /// @param admin a superuser's account
    /// @throws dev.lockstep.error.FailureException when the database refuses
    public static void install(DatabaseConfig admin, Passwords passwords) {
        try (Connection connection = connect(admin)) {
            if (!installed(connection).equals(VERSION)) {
                migrate(admin);
                execute(connection, remember("schema.version", VERSION));
            }
            setPassword(connection, Roles.POOL, passwords.pool());
            setPassword(connection, Roles.REPLICATOR, passwords.replicator());
        } catch (SQLException e) {
            throw SqlFailures.of(e);
        }
    }

    /// Makes the demo's tables, rows and rules unless that was done before.
    public static void loadDemo(DatabaseConfig admin) {
        try (Connection connection = connect(admin)) {
            if (setting(connection, "demo.loaded").equals(DEMO_VERSION)) {
                return;
            }
            connection.setAutoCommit(false);
            for (String file : DEMO) {
                execute(connection, read(file));
            }
            execute(connection, remember("demo.loaded", DEMO_VERSION));
            connection.commit();
        } catch (SQLException e) {
            throw SqlFailures.of(e);
        }
    }

    /// The version of Lockstep's schema in that database; empty when there is none.
    public static String installed(Connection connection) throws SQLException {
        return setting(connection, "schema.version");
    }

    private static void migrate(DatabaseConfig admin) {
        Flyway flyway =
                Flyway.configure(Installation.class.getClassLoader())
                        .dataSource(admin.url(), admin.user(), admin.password().reveal())
                        .locations("classpath:db/migration")
                        .schemas("lockstep")
                        .table("migrations")
                        .placeholderReplacement(false)
                        // "Already there" is what a migration asks for, and no warning.
                        .initSql("set client_min_messages = warning")
                        .load();
        for (int attempt = 1; ; attempt++) {
            try {
                flyway.migrate();
                return;
            } catch (FlywayException e) {
                if (attempt == ATTEMPTS || !lostRace(e)) {
                    throw e;
                }
                log.atDebug().addKeyValue("attempt", attempt).log("installation raced; again");
            }
        }
    }

    /// Roles are the cluster's: another database's installation made or changed the same role at
    /// the same moment. A migration is one transaction, so it can simply run again.
    private static boolean lostRace(Throwable problem) {
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && isRace(sql)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isRace(SQLException problem) {
        return List.of("23505", "42710").contains(String.valueOf(problem.getSQLState()))
                || String.valueOf(problem.getMessage()).contains("concurrently updated");
    }

    private static void setPassword(Connection connection, String role, Secret password)
            throws SQLException {
        String statement =
                "alter role " + role + " password '" + password.reveal().replace("'", "''") + "'";
        for (int attempt = 1; ; attempt++) {
            try {
                execute(connection, statement);
                return;
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || !isRace(e)) {
                    throw e;
                }
            }
        }
    }

    private static String setting(Connection connection, String key) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet there =
                    statement.executeQuery("select to_regclass('lockstep.settings') is not null")) {
                if (!there.next() || !there.getBoolean(1)) {
                    return "";
                }
            }
            try (ResultSet rows =
                    statement.executeQuery(
                            "select value from lockstep.settings where key = '" + key + "'")) {
                return rows.next() ? rows.getString(1) : "";
            }
        }
    }

    private static String remember(String key, String value) {
        return "insert into lockstep.settings (key, value) values ('%s', '%s')"
                        .formatted(key, value)
                + " on conflict (key) do update set value = excluded.value, updated_at = now()";
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection connect(DatabaseConfig admin) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", admin.user());
        properties.setProperty("password", admin.password().reveal());
        properties.setProperty("ApplicationName", "lockstep-install");
        properties.setProperty("connectTimeout", "10");
        // Scripts of several statements, as one message each.
        properties.setProperty("preferQueryMode", "simple");
        return DriverManager.getConnection(admin.url(), properties);
    }

    private static String read(String resource) {
        try (InputStream in = Installation.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
