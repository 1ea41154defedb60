package dev.lockstep.postgres;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.UUID;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an SQLSTATE means for a caller.
public final class SqlFailures {
    private static final Logger log = LoggerFactory.getLogger(SqlFailures.class);
    private static final Duration SOON = Duration.ofMillis(200);
    private static final Duration LATER = Duration.ofSeconds(1);

    private SqlFailures() {}

    /// Classified; what only a bug of ours explains is logged and becomes `Internal`.
    public static FailureException of(SQLException problem) {
        return new FailureException(failure(problem), problem);
    }

    /// Whether the database or the way to it is away, rather than the statement wrong.
    public static boolean isConnectionLost(SQLException problem) {
        String state = state(problem);
        return problem instanceof SQLTransientConnectionException
                || state.startsWith("08")
                || state.startsWith("57P");
    }

    private static Failure failure(SQLException problem) {
        if (isConnectionLost(problem)) {
            return new Failure.Unavailable(
                    "database", "The database cannot be reached at the moment.", LATER);
        }
        if (isOutdated(problem)) {
            return new Failure.Unavailable("database", "The table has just changed.", SOON);
        }
        String state = state(problem);
        return switch (state) {
            case "57014" ->
                    new Failure.Unavailable("database", "The database took too long.", LATER);
            case "40001", "40P01", "55P03" ->
                    new Failure.Unavailable(
                            "database", "Somebody else was writing there. Try again.", SOON);
            case "42501" -> new Failure.Forbidden("use", forbidden(message(problem)));
            default -> byClass(state, problem);
        };
    }

    /// A statement that was prepared for an older shape; the pool throws its connection away.
    private static boolean isOutdated(SQLException problem) {
        return state(problem).equals("0A000") && message(problem).startsWith("cached plan");
    }

    private static Failure byClass(String state, SQLException problem) {
        return switch (state.length() == 5 ? state.substring(0, 2) : "") {
            case "53", "28", "3D" ->
                    new Failure.Unavailable(
                            "database", "The database takes no more work at the moment.", LATER);
            case "22", "23", "P0" -> new Failure.Invalid("", message(problem));
            default -> internal(state, problem);
        };
    }

    private static Failure internal(String state, SQLException problem) {
        String reference = "q-" + UUID.randomUUID().toString().substring(0, 8);
        log.atError()
                .addKeyValue("reference", reference)
                .addKeyValue("sqlstate", state)
                .setCause(problem)
                .log("statement failed");
        return new Failure.Internal(reference);
    }

    /// From `permission denied for table orders`, in PostgreSQL's words.
    private static String forbidden(String message) {
        String head = "permission denied for ";
        return message.startsWith(head) ? message.substring(head.length()) : "this";
    }

    private static String state(SQLException problem) {
        String state = problem.getSQLState();
        return state == null ? "" : state;
    }

    /// PostgreSQL's message alone, without `ERROR:` and position.
    private static String message(SQLException problem) {
        if (problem instanceof PSQLException postgres) {
            ServerErrorMessage server = postgres.getServerErrorMessage();
            if (server != null && server.getMessage() != null) {
                return server.getMessage();
            }
        }
        String message = problem.getMessage();
        return message == null ? "The database refused." : message;
    }
}
