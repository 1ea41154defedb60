package dev.lockstep.replication;

import dev.lockstep.core.Lsn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.copy.CopyDual;

/// One connection to the walsender, before and while it streams. Belongs to the reader's thread,
/// but for [#abort].
final class WalConnection implements AutoCloseable {
    private static final String SESSION =
            """
            SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres';
            SET bytea_output = 'hex'; SET extra_float_digits = 1; SET search_path = '';
            SET statement_timeout = 0\
            """;

    private final ReplicationConfig config;
    private final Connection connection;

    private WalConnection(ReplicationConfig config, Connection connection) {
        this.config = config;
        this.connection = connection;
    }

    static WalConnection open(ReplicationConfig config) throws SQLException {
        Properties properties = properties(config, "lockstep");
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        Connection connection = DriverManager.getConnection(config.url(), properties);
        try (Statement statement = connection.createStatement()) {
            statement.execute(SESSION);
            statement.execute(
                    "SET wal_sender_timeout = '%dms'".formatted(config.silence().toMillis()));
            return new WalConnection(config, connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /// A connection for statements, as the same user.
    static Connection plain(ReplicationConfig config, String name) throws SQLException {
        return DriverManager.getConnection(config.url(), properties(config, name));
    }

    private static Properties properties(ReplicationConfig config, String name) {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, config.user());
        PGProperty.PASSWORD.set(properties, config.password().reveal());
        PGProperty.APPLICATION_NAME.set(properties, name);
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "15");
        PGProperty.CONNECT_TIMEOUT.set(properties, 10);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        return properties;
    }

    record System(String identifier, int timeline, Lsn flushed) {}

    System identify() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
            row.next();
            return new System(
                    row.getString("systemid"),
                    row.getInt("timeline"),
                    Lsn.parse(row.getString("xlogpos")));
        }
    }

    /// Those of the configured publications that do not exist.
    List<String> missingPublications() throws SQLException {
        return missingPublications(connection, config);
    }

    static List<String> missingPublications(Connection connection, ReplicationConfig config)
            throws SQLException {
        List<String> missing = new ArrayList<>(config.publications());
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT pubname FROM pg_catalog.pg_publication")) {
            while (rows.next()) {
                missing.remove(rows.getString(1));
            }
        }
        return missing;
    }

    /// @param reader the process that reads the slot; 0 for none
    /// @param lost PostgreSQL has removed what the slot needs
    record Slot(boolean ours, String problem, int reader, boolean lost, Lsn confirmed) {}

    Optional<Slot> slot() throws SQLException {
        String sql =
                """
                SELECT plugin, slot_type, database = pg_catalog.current_database() AS here,
                       active_pid, wal_status, confirmed_flush_lsn::text
                FROM pg_catalog.pg_replication_slots WHERE slot_name = ?\
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, config.slot());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(slot(row)) : Optional.empty();
            }
        }
    }

    private static Slot slot(ResultSet row) throws SQLException {
        String plugin = row.getString("plugin");
        String problem =
                !"logical".equals(row.getString("slot_type"))
                        ? "it is a physical slot"
                        : !row.getBoolean("here")
                                ? "it belongs to another database"
                                : !"pgoutput".equals(plugin) ? "its plugin is " + plugin : "";
        String confirmed = row.getString("confirmed_flush_lsn");
        return new Slot(
                problem.isEmpty(),
                problem,
                row.getInt("active_pid"),
                "lost".equals(row.getString("wal_status")),
                confirmed == null ? Lsn.NONE : Lsn.parse(confirmed));
    }

    /// Makes the slot; waits for transactions that are running now to end.
    void createSlot() throws SQLException {
        execute(
                "CREATE_REPLICATION_SLOT \"%s\" LOGICAL pgoutput (SNAPSHOT 'nothing')"
                        .formatted(config.slot()));
    }

    void dropSlot() throws SQLException {
        execute("DROP_REPLICATION_SLOT \"%s\"".formatted(config.slot()));
    }

    /// Which life of the slot this is; the first is 1.
    long generation() throws SQLException {
        return number(
                "INSERT INTO lockstep.settings (key, value) VALUES (?, '1')"
                        + " ON CONFLICT (key) DO UPDATE SET value = lockstep.settings.value"
                        + " RETURNING value");
    }

    /// Begins the next life.
    long nextGeneration() throws SQLException {
        return number(
                "INSERT INTO lockstep.settings (key, value) VALUES (?, '1') ON CONFLICT (key) DO"
                        + " UPDATE SET value = (lockstep.settings.value::bigint + 1)::text,"
                        + " updated_at = now()"
                        + " RETURNING value");
    }

    private long number(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, "replication.generation." + config.slot());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Long.parseLong(row.getString(1));
            }
        }
    }

    WalStream start(Lsn from) throws SQLException {
        String publications =
                config.publications().stream()
                        .map(name -> '"' + name.replace("\"", "\"\"") + '"')
                        .collect(Collectors.joining(","));
        String command =
                "START_REPLICATION SLOT \"%s\" LOGICAL %s (proto_version '2', publication_names '%s',"
                        + " messages 'true', streaming 'on')";
        CopyDual copy =
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyDual(
                                command.formatted(
                                        config.slot(), from, publications.replace("'", "''")));
        return new WalStream(copy, this::abort, from.value(), config.statusInterval());
    }

    private void execute(String command) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(command);
        }
    }

    /// Closes the socket without a word, also under a blocked read. Any thread.
    void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            throw new IllegalStateException("abort is always allowed", e);
        }
    }

    @Override
    public void close() {
        abort();
    }
}
