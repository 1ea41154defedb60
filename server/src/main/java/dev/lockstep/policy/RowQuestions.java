package dev.lockstep.policy;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.Truth;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.IntStream;
import org.postgresql.jdbc.PgConnection;

/// Row policies that PostgreSQL is asked, one image of a row at a time.
///
/// The image is no row of the table any more, or not yet: its text becomes a value of the table's
/// row type, and the expression is evaluated on that, in a transaction that has become the caller;
/// so policies and grants of other tables that it reads apply. Nothing of an answer is kept, since
/// other tables may change; who asks the same at the same moment shares one. Any thread.
final class RowQuestions {
    private static final int MOST_FORMS = 1_000;

    private final Database callers;
    private final int patienceSeconds;
    private final ConcurrentMap<Question, CompletableFuture<Truth>> underWay =
            new ConcurrentHashMap<>();
    private final Answers<About, Form> forms = new Answers<>(MOST_FORMS);

    RowQuestions(Database callers, int patienceSeconds) {
        this.callers = callers;
        this.patienceSeconds = patienceSeconds;
    }

    private record Question(Filter.Expression expression, String row) {}

    /// @param relation by identity: a changed table is another instance
    private record About(String sql, Relation relation) {}

    /// How a row is put before PostgreSQL.
    ///
    /// @param read the places in the image of what the expression reads
    /// @param places for each attribute of the table its place in the image, or -1
    private record Form(int[] read, int[] places, String statement) {}

    /// @throws FailureException in PostgreSQL's words where the expression fails
    Truth ask(Filter.Expression expression, Relation relation, Row row) {
        Form form = form(new About(expression.sql(), relation), expression.table());
        for (int column : form.read()) {
            if (!row.isNull(column) && !row.hasValue(column)) {
                return Truth.UNKNOWN;
            }
        }
        Question question = new Question(expression, literal(form, row));
        CompletableFuture<Truth> mine = new CompletableFuture<>();
        CompletableFuture<Truth> other = underWay.putIfAbsent(question, mine);
        if (other != null) {
            return answerOf(other);
        }
        try {
            mine.complete(evaluated(expression, form, question.row()));
        } catch (Throwable problem) {
            mine.completeExceptionally(problem);
            throw problem;
        } finally {
            underWay.remove(question, mine);
        }
        return mine.join();
    }

    private static Truth answerOf(CompletableFuture<Truth> other) {
        try {
            return other.join();
        } catch (CompletionException e) {
            Failure failure =
                    e.getCause() instanceof FailureException told
                            ? told.failure()
                            : new Failure.Unavailable(
                                    "policies",
                                    "A row policy could not be asked.",
                                    Duration.ofSeconds(1));
            throw new FailureException(failure, e);
        }
    }

    private Truth evaluated(Filter.Expression expression, Form form, String literal) {
        Caller caller =
                new Caller(
                        expression.role(),
                        CallerClaims.subject(expression.claimsJson()),
                        expression.claimsJson(),
                        "{}");
        return callers.transaction(connection -> {
            caller.enter(connection);
            return evaluate(connection, form, literal, expression.table());
        });
    }

    private Truth evaluate(Connection connection, Form form, String literal, TableName table)
            throws SQLException {
        // On the driver's own connection: the pool would throw one away that answers 0A000.
        try (PreparedStatement query =
                connection.unwrap(PgConnection.class).prepareStatement(form.statement())) {
            query.setQueryTimeout(patienceSeconds);
            query.setObject(1, literal, Types.OTHER);
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                boolean truth = rows.getBoolean(1);
                return rows.wasNull() ? Truth.UNKNOWN : Truth.of(truth);
            }
        } catch (SQLException problem) {
            throw Constants.refusal(problem, table);
        }
    }

    private Form form(About about, TableName table) {
        Optional<Form> known = forms.find(about);
        if (known.isPresent()) {
            return known.get();
        }
        Relation relation = about.relation();
        PolicyText text = PolicyText.of(about.sql());
        Set<String> mentioned =
                new Scope(text.tokens(), relation, Set.of(), table.name(), true)
                        .mentioned(text.whole());
        boolean whole = mentioned.contains("*");
        int[] read =
                IntStream.range(0, relation.columns().size())
                        .filter(i -> whole || mentioned.contains(relation.columns().get(i).name()))
                        .toArray();
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < relation.columns().size(); i++) {
            places.put(relation.columns().get(i).name(), i);
        }
        int[] attributes =
                attributes(relation).stream()
                        .mapToInt(name -> places.getOrDefault(name, -1))
                        .toArray();
        // The driver keeps the parameter's type by the statement's text: another table of the same
        // name needs another text.
        String statement =
                "SELECT (%s) FROM pg_catalog.unnest(ARRAY[?::%s]) AS %s /* of table %d */"
                        .formatted(
                                about.sql(),
                                table.quoted(),
                                TableName.quote(table.name()),
                                Integer.toUnsignedLong(relation.oid()));
        Form form = new Form(read, attributes, statement);
        forms.keep(about, form);
        return form;
    }

    private List<String> attributes(Relation relation) {
        return callers.call(connection -> {
            String sql =
                    "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid ="
                            + " ?::pg_catalog.oid AND attnum > 0 AND NOT attisdropped"
                            + " ORDER BY attnum";
            List<String> names = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setObject(1, Integer.toUnsignedString(relation.oid()), Types.OTHER);
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        names.add(rows.getString(1));
                    }
                }
            }
            return names;
        });
    }

    /// PostgreSQL's text of a row: all attributes, NULL for what the image does not hold.
    private static String literal(Form form, Row row) {
        StringBuilder literal = new StringBuilder("(");
        for (int i = 0; i < form.places().length; i++) {
            if (i > 0) {
                literal.append(',');
            }
            int place = form.places()[i];
            if (place >= 0 && row.hasValue(place)) {
                quote(row.text(place), literal);
            }
        }
        return literal.append(')').toString();
    }

    private static void quote(String text, StringBuilder literal) {
        literal.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                literal.append(c);
            }
            literal.append(c);
        }
        literal.append('"');
    }
}
