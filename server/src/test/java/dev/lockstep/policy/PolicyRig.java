package dev.lockstep.policy;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.match.Predicate;
import dev.lockstep.match.Truth;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.Roles;
import dev.lockstep.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/// A real database with our installation, and the policies of its tables as the server sees them.
/// Every table under test has a first column `id`.
final class PolicyRig implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    final TestDatabase database = TestDatabase.installed();
    final Database control = new Database(database.as(Roles.REPLICATOR).withPoolSize(2));
    final Database callers = new Database(database.as(Roles.POOL).withPoolSize(4));
    final CatalogueKeeper keeper = new CatalogueKeeper(control);
    final RowPolicies policies = new RowPolicies(keeper::current, callers, control);
    final Access access = Access.underPolicies(keeper::current);
    final PostgresOracle oracle = new PostgresOracle(control, callers);
    final FilterCompiler compiler = new FilterCompiler(oracle);

    /// What a caller is told, and what PostgreSQL shows it.
    record Sight(RowRights rights, boolean reads, Set<String> told, Set<String> shown) {}

    static Caller caller(String role, Map<String, ?> claims) {
        Map<String, Object> all = new java.util.TreeMap<>(claims);
        all.put("role", role);
        String sub = claims.get("sub") instanceof String text ? text : "";
        return new Caller(role, sub, JSON.writeValueAsString(all), "{}");
    }

    void execute(String... statements) {
        database.execute(statements);
        keeper.refresh();
    }

    TableAccess table(Caller caller, String table) {
        return access.table(caller.role(), new TableName("public", table));
    }

    RowPlan plan(Caller caller, String table) {
        return policies.plan(caller, table(caller, table));
    }

    RowRights rights(Caller caller, String table) {
        RowPlan plan = plan(caller, table);
        return callers.transaction(connection -> {
            caller.enter(connection);
            return plan.read(connection);
        });
    }

    Sight sight(Caller caller, String table) throws SQLException {
        TableAccess access = table(caller, table);
        RowPlan plan = policies.plan(caller, access);
        Relation relation = access.relation();
        return callers.snapshot(connection -> {
            caller.enter(connection);
            Set<String> shown = new TreeSet<>(values(connection, "select id from " + table));
            RowRights rights = plan.read(connection);
            return new Sight(
                    rights, plan.reads(), told(rights.visible(), relation, rows(relation)), shown);
        });
    }

    /// The ids of those rows that the filter takes.
    Set<String> told(Filter visible, Relation relation, List<Row> rows) {
        Set<String> all =
                relation.columns().stream().map(c -> c.name()).collect(Collectors.toSet());
        Predicate predicate = compiler.compile(visible, relation, all);
        Set<String> told = new TreeSet<>();
        for (Row row : rows) {
            if (predicate.test(row) == Truth.TRUE) {
                told.add(row.text(0));
            }
        }
        return told;
    }

    /// All rows of a table as the log would have them.
    List<Row> rows(Relation relation) {
        String columns =
                relation.columns().stream()
                        .map(c -> TableName.quote(c.name()))
                        .collect(Collectors.joining(", "));
        return control.call(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet found =
                            statement.executeQuery(
                                    "select "
                                            + columns
                                            + " from "
                                            + relation.name().quoted()
                                            + " order by 1")) {
                List<Row> rows = new ArrayList<>();
                while (found.next()) {
                    String[] values = new String[relation.columns().size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = found.getString(i + 1);
                    }
                    rows.add(Row.of(values));
                }
                return rows;
            }
        });
    }

    private static List<String> values(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    @Override
    public void close() {
        keeper.close();
        callers.close();
        control.close();
        database.close();
    }
}
