package dev.lockstep.storage;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.SqlWork;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// Transactions on behalf of a caller, and what the database's refusals mean in this protocol.
final class Rows {
    /// A policy may ask what is being done; and where a trigger guards rows against being deleted
    /// without their bytes, we are the ones who may.
    private static final String SITUATION =
            "select set_config('storage.operation', ?, true),"
                    + " set_config('storage.allow_delete_query', 'true', true)";

    private static final String POLICY = "new row violates row-level security policy";

    private final Database database;

    Rows(Database database) {
        this.database = database;
    }

    /// Ends a transaction that was never meant to last.
    private static final class Undone extends RuntimeException {
        private static final long serialVersionUID = 1;

        Undone() {
            super("undone", null, false, false);
        }
    }

    /// @param operation what is done, such as `storage.object.upload`
    /// @throws StorageException when the caller may not, or what is there stands against it
    /// @throws FailureException when it is not about the request
    <T> T as(Caller caller, String operation, SqlWork<T> work) {
        try {
            return database.transaction(connection -> {
                enter(connection, caller, operation);
                return work.run(connection);
            });
        } catch (FailureException e) {
            throw refusal(e);
        }
    }

    /// Whether it could be done: does it and takes it back.
    void rehearse(Caller caller, String operation, SqlWork<?> work) {
        try {
            this.<Boolean>as(
                    caller,
                    operation,
                    connection -> {
                        work.run(connection);
                        throw new Undone();
                    });
        } catch (Undone _) {
            // It could be done.
            return;
        }
    }

    /// From here on the transaction acts for somebody else.
    static void enter(Connection connection, Caller caller, String operation) throws SQLException {
        caller.enter(connection);
        try (PreparedStatement statement = connection.prepareStatement(SITUATION)) {
            statement.setString(1, operation);
            try (ResultSet _ = statement.executeQuery()) {
                return;
            }
        }
    }

    private static RuntimeException refusal(FailureException problem) {
        if (!(problem.getCause() instanceof SQLException sql)) {
            return problem;
        }
        String state = sql.getSQLState() == null ? "" : sql.getSQLState();
        return switch (state) {
            case "42501" -> forbidden(message(sql));
            case "23505" -> StorageError.exists();
            case "23503" -> StorageError.noBucket();
            default ->
                    problem.failure() instanceof Failure.Invalid
                            ? StorageError.invalid("InvalidRequest", message(sql))
                            : problem;
        };
    }

    private static StorageException forbidden(String message) {
        return StorageError.forbidden(message.startsWith(POLICY) ? POLICY : message);
    }

    private static String message(SQLException problem) {
        ServerErrorMessage said =
                problem instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
        String words = said == null ? null : said.getMessage();
        return words == null ? "The database refused" : words;
    }
}
