package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// Has PostgreSQL evaluate what policies compare with, for the caller that a transaction has
/// become: all of one table in one query.
final class Constants {
    /// More values than these are not kept: the policy is asked instead.
    static final int MOST_VALUES = 10_000;

    private Constants() {}

    /// What an expression came to. Texts are those of the type's output function, as in the log.
    ///
    /// @param type its oid, an array's element's; 0 for a set without values
    /// @param isNull whether the whole is NULL: the value, or the array
    /// @param texts the value, or all values in one order, without NULL
    /// @param hasNull whether NULL is among them
    /// @param tooMany more than [#MOST_VALUES]
    record Value(int type, boolean isNull, List<String> texts, boolean hasNull, boolean tooMany) {
        Value {
            texts = List.copyOf(texts);
        }

        String text() {
            return texts.getFirst();
        }
    }

    /// @throws FailureException in PostgreSQL's words where one of them fails
    static List<Value> read(Connection connection, List<Wanted> wanted, TableName table)
            throws SQLException {
        List<Collected> collected = new ArrayList<>();
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < wanted.size(); i++) {
            collected.add(new Collected());
            sql.append(i == 0 ? "" : " UNION ALL ").append(query(i, wanted.get(i)));
        }
        // On the driver's own connection: the pool would throw one away that answers 0A000.
        try (Statement statement = connection.unwrap(PgConnection.class).createStatement();
                ResultSet rows = statement.executeQuery(sql.toString())) {
            while (rows.next()) {
                collected.get(rows.getInt(1)).add(rows);
            }
        } catch (SQLException problem) {
            throw refusal(problem, table);
        }
        return collected.stream().map(Collected::value).toList();
    }

    /// Rows of: number, type, whether the whole is NULL, a value's text, whether there is a value.
    private static String query(int number, Wanted wanted) {
        String head = "SELECT " + number + ", pg_catalog.";
        return switch (wanted.kind()) {
            case ONE ->
                    head
                            + "pg_typeof(v)::pg_catalog.oid::pg_catalog.int8, v IS NULL,"
                            + " pg_catalog.format('%s', v), NOT (v IS NULL) FROM (SELECT ("
                            + wanted.sql()
                            + ") AS v OFFSET 0) s";
            case ARRAY ->
                    head
                            + "pg_typeof(x)::pg_catalog.oid::pg_catalog.int8, v IS NULL,"
                            + " CASE WHEN x IS NOT NULL THEN pg_catalog.format('%s', x) END,"
                            + " n IS NOT NULL FROM (SELECT ("
                            + wanted.sql()
                            + ") AS v OFFSET 0) s LEFT JOIN LATERAL pg_catalog.unnest(v)"
                            + " WITH ORDINALITY u (x, n) ON true";
            case SET ->
                    head
                            + "pg_typeof(v)::pg_catalog.oid::pg_catalog.int8, false,"
                            + " CASE WHEN v IS NOT NULL THEN pg_catalog.format('%s', v) END, true"
                            + " FROM (SELECT DISTINCT v FROM ("
                            + wanted.sql()
                            + ") s (v) LIMIT "
                            + (MOST_VALUES + 1)
                            + ") d";
        };
    }

    private static final class Collected {
        private final TreeSet<String> texts = new TreeSet<>();
        private int type;
        private boolean isNull;
        private boolean hasNull;
        private int count;

        void add(ResultSet row) throws SQLException {
            type = (int) row.getLong(2);
            isNull = row.getBoolean(3);
            String text = row.getString(4);
            if (row.getBoolean(5)) {
                count++;
                if (text == null) {
                    hasNull = true;
                } else {
                    texts.add(text);
                }
            }
        }

        Value value() {
            boolean tooMany = count > MOST_VALUES;
            return new Value(
                    type, isNull, tooMany ? List.of() : List.copyOf(texts), hasNull, tooMany);
        }
    }

    /// What PostgreSQL has against the policy for this caller; other trouble stays what it is.
    static SQLException refusal(SQLException problem, TableName table) {
        String state = String.valueOf(problem.getSQLState());
        boolean aboutThePolicy =
                !state.equals("42501")
                        && List.of("22", "42", "P0", "0A", "2F", "38", "39", "54", "21")
                                .contains(state.length() == 5 ? state.substring(0, 2) : "");
        ServerErrorMessage message =
                problem instanceof PSQLException told ? told.getServerErrorMessage() : null;
        if (aboutThePolicy && message != null && message.getMessage() != null) {
            throw new FailureException(
                    new Failure.Invalid(
                            "", "a row policy of " + table + " fails: " + message.getMessage()),
                    problem);
        }
        return problem;
    }
}
