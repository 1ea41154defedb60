package dev.lockstep.app;

import dev.lockstep.app.demo.ConnectionFile;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.config.SettingsSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which tables of which database `track` and `untrack` are about, as options of both.
final class TrackedTables {
    /// Behind a long transaction the change would make every other access to the table wait with
    /// it.
    private static final String PATIENCE = "set lock_timeout = '5s'";

    @Parameters(
            paramLabel = "TABLE",
            arity = "1..*",
            description = "Tables, with their schema unless it is public.")
    private List<String> tables = List.of();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "postgresql://user:password@host:5432/name, of the tables' owner.")
    private @Nullable String url;

    @Option(names = "--config", paramLabel = "FILE", description = "The server's configuration.")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = ".lockstep",
            description = "The demo's data folder.")
    private Path data = Path.of(".lockstep");

    /// What is done to a table, and what is said when it was.
    interface Done {
        void to(String table);
    }

    /// All of the tables or none.
    ///
    /// @param call one statement with two parameters: the table, and the option
    /// @throws CommandFailure in PostgreSQL's words
    void each(String call, boolean option, Done done) {
        DatabaseUrl database = database();
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute(PATIENCE);
            }
            for (String table : tables) {
                try (PreparedStatement statement = connection.prepareStatement(call)) {
                    statement.setString(1, table);
                    statement.setBoolean(2, option);
                    statement.execute();
                }
            }
            connection.commit();
        } catch (SQLException e) {
            throw new CommandFailure(words(e, database), e);
        }
        tables.forEach(done::to);
    }

    private static String words(SQLException problem, DatabaseUrl database) {
        ServerErrorMessage said =
                problem instanceof PSQLException told ? told.getServerErrorMessage() : null;
        if (said == null) {
            return "The database at "
                    + database.place()
                    + " cannot be asked: "
                    + problem.getMessage();
        }
        return switch (String.valueOf(said.getSQLState())) {
            case "55P03" ->
                    "Somebody has been using the table for more than 5 seconds. Nothing was"
                            + " changed: try again when that transaction has ended.";
            case "42883", "3F000" ->
                    "Lockstep is not installed in the database at "
                            + database.place()
                            + ", or an older one is: `lockstep doctor --fix` installs it.";
            default ->
                    said.getMessage()
                            + "."
                            + Optional.ofNullable(said.getHint()).map(" "::concat).orElse("");
        };
    }

    private DatabaseUrl database() {
        return Optional.ofNullable(url)
                .or(this::configured)
                .or(() -> ConnectionFile.read(data).map(ConnectionFile::adminDatabaseUrl))
                .map(DatabaseUrl::parse)
                .orElseThrow(() ->
                        new CommandFailure(
                                "Which database? Give --url"
                                        + " postgresql://user:password@host:5432/name, or a"
                                        + " --config with database.admin-url. (No demo runs"
                                        + " in "
                                        + data
                                        + ".)"));
    }

    private Optional<String> configured() {
        SettingsSource environment = SettingsSource.environment(System.getenv());
        Settings settings =
                new Settings(
                        config == null
                                ? List.of(environment)
                                : List.of(environment, SettingsSource.file(config)));
        return settings.secret("database.admin-url").map(Secret::reveal);
    }
}
