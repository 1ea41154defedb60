package dev.lockstep.policy;

import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterSql;
import dev.lockstep.match.Oracle;
import dev.lockstep.match.Truth;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.SqlWork;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// PostgreSQL as the matcher's oracle. Any thread; calls wait for the database, at most for
/// [#PATIENCE_SECONDS] each, and answers are kept under a bound.
///
/// A value is cast to the column's base type without its modifier, by its qualified name (`"bit"`,
/// which as a keyword would mean `bit(1)`), and stands under the column's own collation. The
/// operand is of unspecified type, so PostgreSQL reads it as it reads a literal beside such a
/// column. Nothing is spliced but names from the catalogue, quoted by PostgreSQL.
public final class PostgresOracle implements Oracle {
    private static final int PATIENCE_SECONDS = 5;
    private static final int MOST_ANSWERS = 20_000;
    private static final int MOST_CASTS = 5_000;
    private static final int MOST_TYPES = 5_000;
    private static final int LONGEST_KEPT = 1_024;
    private static final String NO_PRIVILEGE = "42501";

    private final Database database;
    private final RowQuestions rows;
    private final Answers<Question, Truth> truths = new Answers<>(MOST_ANSWERS);
    private final Answers<Question, Optional<String>> complaints = new Answers<>(MOST_CASTS);
    private final Answers<Cast, Operand> operands = new Answers<>(MOST_CASTS);
    private final Answers<Place, Names> names = new Answers<>(MOST_TYPES);

    /// @param database for what depends on nobody
    /// @param callers the pool whose account may become those for whom a policy is asked
    public PostgresOracle(Database database, Database callers) {
        this.database = database;
        this.rows = new RowQuestions(callers, PATIENCE_SECONDS);
    }

    /// With one pool for both.
    public PostgresOracle(Database database) {
        this(database, database);
    }

    private record Question(TableName table, Column column, Filter term, String value) {
        boolean isShort() {
            int length =
                    switch (term) {
                        case Filter.Compare compare -> compare.value().length();
                        case Filter.In in -> in.values().stream().mapToInt(String::length).sum();
                        case Filter.And _,
                                Filter.Or _,
                                Filter.Not _,
                                Filter.Is _,
                                Filter.Unknown _,
                                Filter.Expression _ ->
                                0;
                    };
            return value.length() + length <= LONGEST_KEPT;
        }
    }

    private record Cast(Column column, String value) {}

    private record Place(TableName table, String column, int type) {}

    /// @param collation empty where the type has none
    /// @param text whether values are strings, so that '' is one
    private record Names(String type, Optional<String> collation, boolean text) {
        String cast() {
            return "(?::" + type + collation.map(name -> " COLLATE " + name).orElse("") + ")";
        }
    }

    @Override
    public Truth ask(TableName table, Column column, Filter term, String value) {
        Question question = new Question(table, column, term, value);
        boolean kept = question.isShort();
        Optional<Truth> known = kept ? truths.find(question) : Optional.empty();
        if (known.isPresent()) {
            return known.get();
        }
        Truth truth;
        try {
            truth = asked(connection -> evaluate(connection, table, column, term, value));
        } catch (RefusedException refused) {
            // It was accepted when the filter was compiled: not an answer, and not to be kept.
            throw new FailureException(new Failure.Invalid(column.name(), refused.words), refused);
        }
        if (kept) {
            truths.keep(question, truth);
        }
        return truth;
    }

    @Override
    public Truth ask(Filter.Expression expression, Relation relation, Row row) {
        return rows.ask(expression, relation, row);
    }

    @Override
    public Optional<String> complaint(TableName table, Column column, Filter term) {
        Question question = new Question(table, column, term, "");
        return complaints
                .find(question)
                .orElseGet(() -> {
                    Optional<String> complaint = tried(table, column, term);
                    if (question.isShort()) {
                        complaints.keep(question, complaint);
                    }
                    return complaint;
                });
    }

    /// A regular expression and a collation are looked at only with a value; a string has one that
    /// is always valid.
    private Optional<String> tried(TableName table, Column column, Filter term) {
        try {
            asked(connection -> {
                boolean text = names(connection, table, column).text();
                return evaluate(connection, table, column, term, text ? "" : null);
            });
            return Optional.empty();
        } catch (RefusedException refused) {
            return Optional.of(refused.words);
        }
    }

    @Override
    public Operand operand(Column column, String value) {
        Cast cast = new Cast(column, value);
        return operands.find(cast)
                .orElseGet(() -> {
                    Operand operand = read(column, value);
                    if (value.length() <= LONGEST_KEPT && !movesWithTime(column, value)) {
                        operands.keep(cast, operand);
                    }
                    return operand;
                });
    }

    private Operand read(Column column, String value) {
        try {
            return new Operand.Text(
                    asked(connection -> {
                        String type = typeName(connection, column.type().bare()).type();
                        // format calls the type's output function, as replication does; a
                        // cast to text may differ from it (boolean, bpchar).
                        String sql = "SELECT pg_catalog.format('%s', ?::" + type + ")";
                        try (PreparedStatement query = prepare(connection, sql)) {
                            query.setObject(1, value, Types.OTHER);
                            return only(query);
                        }
                    }));
        } catch (RefusedException refused) {
            return new Operand.Refused(refused.words);
        }
    }

    /// `now`, `today`, `tomorrow 10:00`: not the same the next time.
    private static boolean movesWithTime(Column column, String value) {
        return switch (column.type().bare().name()) {
            case "date", "timestamp", "timestamptz", "time", "timetz" ->
                    value.chars().anyMatch(Character::isLetter);
            default -> false;
        };
    }

    /// On the driver's own connection: the pool would throw one away that answers 0A000 (a feature
    /// not supported, like ILIKE under some collations), and clients can ask for that.
    private <T> T asked(SqlWork<T> work) {
        return database.call(connection -> work.run(connection.unwrap(PgConnection.class)));
    }

    private Truth evaluate(
            Connection connection,
            TableName table,
            Column column,
            Filter term,
            @Nullable String value)
            throws SQLException {
        String left = names(connection, table, column).cast();
        return switch (term) {
            case Filter.Compare(_, var operator, var operand) ->
                    evaluate(connection, left + " " + operator.sql() + " ?", value, operand);
            case Filter.In in ->
                    evaluate(connection, left + " = ANY (?)", value, FilterSql.arrayLiteral(in));
            case Filter.And _,
                    Filter.Or _,
                    Filter.Not _,
                    Filter.Is _,
                    Filter.Unknown _,
                    Filter.Expression _ ->
                    throw new IllegalArgumentException("only comparisons are asked, not " + term);
        };
    }

    private static Truth evaluate(
            Connection connection, String condition, @Nullable String value, String operand)
            throws SQLException {
        try (PreparedStatement query = prepare(connection, "SELECT " + condition)) {
            query.setObject(1, value, Types.OTHER);
            query.setObject(2, operand, Types.OTHER);
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                boolean truth = rows.getBoolean(1);
                return rows.wasNull() ? Truth.UNKNOWN : Truth.of(truth);
            }
        } catch (SQLException problem) {
            throw refusal(problem);
        }
    }

    private Names names(Connection connection, TableName table, Column column) throws SQLException {
        int type = column.type().bare().oid();
        Place place = new Place(table, column.name(), type);
        Optional<Names> known = names.find(place);
        if (known.isPresent()) {
            return known.get();
        }
        Names bare = typeName(connection, column.type().bare());
        Names found =
                new Names(bare.type(), collation(connection, table, column.name()), bare.text());
        names.keep(place, found);
        return found;
    }

    /// With the type's oid: the driver keeps a parameter's type by the statement's text, and a type
    /// that was made anew under the name is another one.
    private static Names typeName(Connection connection, PgType type) throws SQLException {
        String sql =
                """
                SELECT pg_catalog.quote_ident(n.nspname) || '.' || '"' || replace(t.typname, '"', '""') || '" /* '
                       || t.oid || ' */',
                       t.typcategory = 'S'
                FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                WHERE t.oid = ?::pg_catalog.oid
                """;
        try (PreparedStatement query = prepare(connection, sql)) {
            query.setObject(1, Integer.toUnsignedString(type.oid()), Types.OTHER);
            try (ResultSet rows = query.executeQuery()) {
                if (!rows.next()) {
                    throw new FailureException(new Failure.NotFound("type " + type.name()));
                }
                return new Names(rows.getString(1), Optional.empty(), rows.getBoolean(2));
            }
        }
    }

    private static Optional<String> collation(Connection connection, TableName table, String column)
            throws SQLException {
        String sql =
                """
                SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(l.collname)
                FROM pg_catalog.pg_attribute a
                JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
                LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = l.collnamespace
                WHERE n.nspname = ? AND c.relname = ? AND a.attname = ? AND NOT a.attisdropped
                """;
        try (PreparedStatement query = prepare(connection, sql)) {
            query.setString(1, table.schema());
            query.setString(2, table.name());
            query.setString(3, column);
            try (ResultSet rows = query.executeQuery()) {
                if (!rows.next()) {
                    throw new FailureException(
                            new Failure.NotFound("column " + table + "." + column));
                }
                return Optional.ofNullable(rows.getString(1));
            }
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setQueryTimeout(PATIENCE_SECONDS);
        return statement;
    }

    private static String only(PreparedStatement query) throws SQLException {
        try (ResultSet rows = query.executeQuery()) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException problem) {
            throw refusal(problem);
        }
    }

    /// What PostgreSQL has against the values or the operator; other trouble stays what it is.
    private static SQLException refusal(SQLException problem) {
        String state = String.valueOf(problem.getSQLState());
        boolean aboutTheTerm =
                state.startsWith("22")
                        || (state.startsWith("42") && !state.equals(NO_PRIVILEGE))
                        || state.startsWith("0A")
                        || state.startsWith("54");
        ServerErrorMessage message =
                problem instanceof PSQLException told ? told.getServerErrorMessage() : null;
        if (aboutTheTerm && message != null && message.getMessage() != null) {
            throw new RefusedException(message.getMessage(), problem);
        }
        return problem;
    }

    /// Ends the transaction that the refusal broke, and carries its words out.
    private static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String words;

        RefusedException(String words, Throwable cause) {
            super(words, cause);
            this.words = words;
        }
    }
}
