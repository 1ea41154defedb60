package dev.lockstep.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.config.Secret;
import dev.lockstep.core.Row;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.match.FilterSql;
import dev.lockstep.match.Predicate;
import dev.lockstep.match.Truth;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// PostgreSQL is the oracle: a compiled filter takes the rows that `SELECT … WHERE` takes, for
/// every type, and is refused when the statement fails. The SQL is [FilterSql]'s, which is so
/// tested too.
class MatchAgreesWithPostgresTest {
    private static final int ROWS = 250;
    private static final int TREES = 1_500;

    private static final TestDatabase database = TestDatabase.create();
    private static EveryType everyType;
    private static Connection connection;
    private static Database pool;
    private static FilterCompiler compiler;

    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<String> disagreements = new ArrayList<>();
    private int cases;

    @BeforeAll
    static void create() throws SQLException {
        connection = database.connection();
        everyType = EveryType.create(connection);
        pool =
                new Database(
                        new DatabaseConfig(
                                database.jdbcUrl(),
                                database.user(),
                                new Secret(database.password())));
        compiler = new FilterCompiler(new PostgresOracle(pool));
    }

    @AfterAll
    static void drop() throws SQLException {
        connection.close();
        pool.close();
        database.close();
    }

    @Test
    void every_operator_on_every_column_takes_the_rows_that_a_select_takes() throws SQLException {
        List<Row> rows = everyType.fill(connection, random, ROWS);
        List<Filter> accepted = new ArrayList<>();
        for (EveryType.Kind kind : everyType.kinds()) {
            for (Filter term : kind.terms(random)) {
                if (agrees(term, rows)) {
                    accepted.add(term);
                }
            }
        }
        for (int i = 0; i < TREES; i++) {
            agrees(tree(accepted, 3), rows);
        }
        assertThat(disagreements).as("seed %d", seed).isEmpty();
        assertThat(cases).as("seed %d", seed).isGreaterThan(10_000);
    }

    private Filter tree(List<Filter> terms, int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(5)) {
            case 1 -> new Filter.Not(tree(terms, depth - 1));
            case 2 -> new Filter.Or(branches(terms, depth - 1));
            case 3, 4 -> new Filter.And(branches(terms, depth - 1));
            default -> terms.get(random.nextInt(terms.size()));
        };
    }

    private List<Filter> branches(List<Filter> terms, int depth) {
        List<Filter> branches = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            branches.add(tree(terms, depth));
        }
        return branches;
    }

    /// @return whether both accept the filter
    private boolean agrees(Filter filter, List<Row> rows) {
        Optional<Predicate> predicate = Optional.empty();
        String refusal = "";
        try {
            predicate =
                    Optional.of(
                            compiler.compile(
                                    filter, everyType.relation(), everyType.columnNames()));
        } catch (FailureException e) {
            refusal = e.getMessage();
        }
        TreeSet<Integer> expected;
        try {
            expected = select(filter);
        } catch (SQLException e) {
            if (predicate.isPresent()) {
                disagreements.add("PostgreSQL refuses " + filter + ": " + e.getMessage());
            }
            return false;
        }
        if (predicate.isEmpty()) {
            disagreements.add("PostgreSQL takes what we refuse (" + refusal + "): " + filter);
            return false;
        }
        TreeSet<Integer> found = new TreeSet<>();
        for (int id = 0; id < rows.size(); id++) {
            if (predicate.orElseThrow().test(rows.get(id)) == Truth.TRUE) {
                found.add(id);
            }
            cases++;
        }
        if (!found.equals(expected)) {
            disagreements.add(filter + "\n" + difference(filter, rows, found, expected));
        }
        return true;
    }

    private static String difference(
            Filter filter, List<Row> rows, TreeSet<Integer> found, TreeSet<Integer> expected) {
        TreeSet<Integer> both = new TreeSet<>(found);
        both.addAll(expected);
        StringBuilder difference = new StringBuilder();
        for (int id : both) {
            if (found.contains(id) != expected.contains(id)) {
                difference
                        .append(found.contains(id) ? "only we take " : "only PostgreSQL takes ")
                        .append(everyType.mentioned(filter, rows.get(id)))
                        .append('\n');
            }
        }
        return difference.toString();
    }

    private static TreeSet<Integer> select(Filter filter) throws SQLException {
        FilterSql.Fragment where = FilterSql.of(filter, everyType.relation());
        String sql = "SELECT row_id FROM " + everyType.relation().name().quoted() + " WHERE ";
        TreeSet<Integer> ids = new TreeSet<>();
        try (PreparedStatement query = connection.prepareStatement(sql + where.sql())) {
            for (int i = 0; i < where.parameters().size(); i++) {
                query.setObject(i + 1, where.parameters().get(i), Types.OTHER);
            }
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    ids.add(found.getInt(1));
                }
            }
        }
        return ids;
    }
}
