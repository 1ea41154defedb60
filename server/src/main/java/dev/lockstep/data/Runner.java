package dev.lockstep.data;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Snapshot;
import dev.lockstep.data.Sql.Statement;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Carries out a plan in one transaction as the caller, in as few journeys to the database as can
/// be: what begins the transaction and says who asks goes together, and so do the statement, COMMIT
/// and the position after it, unless something must be looked at in between.
///
/// Everything that is set ends with the transaction. A connection whose transaction cannot be ended
/// is thrown away, so that nobody after this caller gets it.
///
/// A read that somebody may want to keep runs in one snapshot altogether, and says which.
final class Runner {
    private final Database database;
    private final Optional<String> before;
    private final int maxRows;

    /// @param preRequest a function that runs first
    /// @param maxRows up to which an estimate counts exactly
    Runner(Database database, Optional<String> preRequest, int maxRows) {
        this.database = database;
        this.maxRows = maxRows;
        this.before = preRequest.map(name -> "; SELECT " + quoted(name) + "()");
    }

    /// Whether a read says in which snapshot it was made.
    enum Sight {
        EACH_STATEMENT,
        ONE_SNAPSHOT
    }

    /// What a transaction saw, and how far the log was flushed then.
    record Taken(Snapshot snapshot, Lsn flushed) {}

    /// @param position after the commit; empty where nothing was written
    /// @param taken where that was asked for
    record Result(
            OptionalLong total,
            long rows,
            byte[] body,
            ResponseSettings settings,
            Optional<String> extra,
            Optional<String> position,
            Optional<Taken> taken) {
        Result with(Optional<String> otherPosition, Optional<Taken> otherTaken) {
            return new Result(total, rows, body, settings, extra, otherPosition, otherTaken);
        }
    }

    /// Looks at what a statement did, before it counts.
    interface Check {
        /// @throws RestException to undo it
        void look(Result result);
    }

    /// What must be looked at between statement and commit.
    ///
    /// @param undo even if all is well
    record Ending(Optional<Check> check, boolean undo) {}

    private sealed interface Outcome {
        record Done(Result result) implements Outcome {}

        record Refused(RestError error) implements Outcome {}
    }

    /// @param generation of the schemas that the plan was made for
    /// @throws RestException for whatever the database answers
    Result run(
            RestPlan plan,
            RequestContext context,
            long generation,
            Ending ending,
            Sight sight,
            boolean anonymous) {
        Outcome outcome;
        try {
            outcome =
                    database.call(connection ->
                            attempt(
                                    connection,
                                    plan,
                                    context,
                                    generation,
                                    ending,
                                    sight,
                                    anonymous));
        } catch (FailureException e) {
            throw unavailable(e).thrown();
        }
        return switch (outcome) {
            case Outcome.Done(var result) -> result;
            case Outcome.Refused(var error) -> throw error.thrown();
        };
    }

    private Outcome attempt(
            Connection connection,
            RestPlan plan,
            RequestContext context,
            long generation,
            Ending ending,
            Sight sight,
            boolean anonymous)
            throws SQLException {
        boolean done = false;
        try {
            Result result = carryOut(connection, plan, context, generation, ending, sight);
            done = true;
            return new Outcome.Done(result);
        } catch (SQLException e) {
            return new Outcome.Refused(SqlErrors.of(e, anonymous));
        } catch (RestException e) {
            return new Outcome.Refused(e.error());
        } finally {
            if (!done) {
                undo(connection);
            }
        }
    }

    private static void undo(Connection connection) throws SQLException {
        try (java.sql.Statement statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        } catch (SQLException _) {
            connection.abort(Runnable::run);
        }
    }

    private Result carryOut(
            Connection connection,
            RestPlan plan,
            RequestContext context,
            long generation,
            Ending ending,
            Sight sight)
            throws SQLException {
        StringBuilder sql = new StringBuilder(1024);
        List<@Nullable String> parameters = new ArrayList<>();
        begin(sql, parameters, plan, context, sight);
        plan.estimate().ifPresent(estimate -> append(sql, parameters, estimate));
        append(sql, parameters, plan.main());
        // Another generation is another statement, whose parameters get their types anew.
        sql.append(" /* ").append(generation).append(" */");
        boolean atOnce = ending.check().isEmpty() && !ending.undo();
        if (atOnce) {
            sql.append("; ").append(end(plan));
        }
        Result result;
        try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setString(i + 1, parameters.get(i));
            }
            result = results(statement, plan, sight);
        }
        if (atOnce) {
            return result;
        }
        ending.check().ifPresent(check -> check.look(result));
        return finish(connection, plan, ending, result);
    }

    private void begin(
            StringBuilder sql,
            List<@Nullable String> parameters,
            RestPlan plan,
            RequestContext context,
            Sight sight) {
        boolean one = sight == Sight.ONE_SNAPSHOT;
        sql.append(
                one
                        ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT "
                                + "pg_catalog.pg_current_snapshot()::text,"
                                + " pg_catalog.pg_current_wal_flush_lsn()::text, "
                        : plan.readOnly() ? "BEGIN READ ONLY; SELECT " : "BEGIN; SELECT ");
        String comma = "";
        for (Map.Entry<String, String> setting : database.perTransaction().entrySet()) {
            comma = set(sql, parameters, comma, setting.getKey(), setting.getValue());
        }
        for (RequestContext.Setting setting : context.settings()) {
            comma = set(sql, parameters, comma, setting.name(), setting.value());
        }
        before.ifPresent(sql::append);
    }

    /// Of a known length, so that the driver does not wait for it before it sends the rest.
    private static String set(
            StringBuilder sql,
            List<@Nullable String> parameters,
            String comma,
            String name,
            String value) {
        sql.append(comma).append("set_config(?, ?, true) IS NULL");
        parameters.add(name);
        parameters.add(value);
        return ", ";
    }

    private static void append(
            StringBuilder sql, List<@Nullable String> parameters, Statement statement) {
        sql.append("; ").append(statement.sql());
        parameters.addAll(statement.parameters());
    }

    private static String end(RestPlan plan) {
        return plan.readOnly() ? "COMMIT" : "COMMIT; SELECT pg_current_wal_flush_lsn()";
    }

    private static Result finish(Connection connection, RestPlan plan, Ending ending, Result result)
            throws SQLException {
        try (java.sql.Statement statement = connection.createStatement()) {
            if (ending.undo()) {
                statement.execute("ROLLBACK");
                return result;
            }
            statement.execute(end(plan));
            Optional<String> position = Optional.empty();
            for (boolean rows = false; ; rows = statement.getMoreResults()) {
                if (rows) {
                    try (ResultSet lsn = statement.getResultSet()) {
                        lsn.next();
                        position = Optional.ofNullable(lsn.getString(1));
                    }
                } else if (statement.getUpdateCount() < 0) {
                    break;
                }
            }
            return result.with(position, result.taken());
        }
    }

    /// Of all that comes back: the plan where it was asked for, the one row, the position.
    private Result results(PreparedStatement statement, RestPlan plan, Sight sight)
            throws SQLException {
        int skip = before.isPresent() ? 2 : 1;
        OptionalLong estimate = OptionalLong.empty();
        Optional<Result> result = Optional.empty();
        Optional<Taken> taken = Optional.empty();
        int seen = 0;
        for (boolean rows = statement.execute(); ; rows = statement.getMoreResults()) {
            if (rows) {
                try (ResultSet set = statement.getResultSet()) {
                    set.next();
                    if (seen < skip) {
                        if (seen == 0 && sight == Sight.ONE_SNAPSHOT) {
                            taken = Optional.of(taken(set));
                        }
                        seen++;
                    } else if (plan.estimate().isPresent() && estimate.isEmpty()) {
                        estimate = Estimate.of(set.getString(1));
                    } else if (result.isEmpty()) {
                        result = Optional.of(row(set, estimate));
                    } else {
                        result =
                                Optional.of(
                                        result.get()
                                                .with(
                                                        Optional.ofNullable(set.getString(1)),
                                                        taken));
                    }
                }
            } else if (statement.getUpdateCount() < 0) {
                break;
            }
        }
        Result whole =
                result.orElseThrow(() -> new SQLException("the statement gave no row", "XX000"));
        return whole.with(whole.position(), taken);
    }

    private static Taken taken(ResultSet row) throws SQLException {
        return new Taken(Snapshot.parse(row.getString(1)), Lsn.parse(row.getString(2)));
    }

    private Result row(ResultSet row, OptionalLong estimate) throws SQLException {
        long total = row.getLong(RestPlan.TOTAL);
        OptionalLong counted = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(total);
        byte[] body = row.getBytes(RestPlan.BODY);
        return new Result(
                Estimate.together(counted, estimate, maxRows),
                row.getLong(RestPlan.ROWS),
                body == null ? RestAnswer.NOTHING : body,
                ResponseSettings.of(
                        row.getString(RestPlan.HEADERS), row.getString(RestPlan.STATUS)),
                Optional.ofNullable(row.getString(RestPlan.EXTRA)),
                Optional.empty(),
                Optional.empty());
    }

    private static RestError unavailable(FailureException e) {
        if (e.getCause() instanceof SQLException) {
            return RestError.of(
                            503, "PGRST000", "Database connection error. Retrying the connection.")
                    .with("retry-after", "1");
        }
        if (e.failure() instanceof Failure.Unavailable && e.getCause() == null) {
            return RestError.of(
                            504, "PGRST003", "Timed out acquiring connection from connection pool.")
                    .with("retry-after", "1");
        }
        return SqlErrors.away();
    }

    private static String quoted(String name) {
        int dot = name.indexOf('.');
        return dot < 0
                ? dev.lockstep.core.TableName.quote(name)
                : dev.lockstep.core.TableName.quote(name.substring(0, dot))
                        + "."
                        + dev.lockstep.core.TableName.quote(name.substring(dot + 1));
    }
}
