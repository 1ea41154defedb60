package dev.lockstep.postgres;

import dev.lockstep.core.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads row policies, and what these and views are made of, in a handful of queries whatever their
/// number.
final class PolicyReader {
    private final Connection connection;
    private final String pool;
    private final Map<Integer, List<Policy>> policies = new HashMap<>();
    private final Map<Integer, Set<String>> exempt = new HashMap<>();
    private Definitions definitions = Definitions.NONE;

    private PolicyReader(Connection connection, String pool) {
        this.connection = connection;
        this.pool = pool;
    }

    /// With an empty `search_path`, in the catalogue's snapshot.
    static PolicyReader read(Connection connection, String pool) throws SQLException {
        PolicyReader reader = new PolicyReader(connection, pool);
        reader.exemptions();
        reader.policies();
        reader.definitions = reader.made();
        return reader;
    }

    RowSecurity of(int table, boolean enabled) {
        return new RowSecurity(
                enabled,
                exempt.getOrDefault(table, Set.of()),
                policies.getOrDefault(table, List.of()));
    }

    Definitions definitions() {
        return definitions;
    }

    private void exemptions() throws SQLException {
        each(
                PolicyQueries.EXEMPT,
                row ->
                        exempt.computeIfAbsent((int) row.getLong(1), _ -> new HashSet<>())
                                .add(row.getString(2)));
    }

    private void policies() throws SQLException {
        each(
                PolicyQueries.POLICIES,
                row ->
                        policies.computeIfAbsent((int) row.getLong(1), _ -> new ArrayList<>())
                                .add(
                                        new Policy(
                                                row.getString(2),
                                                row.getBoolean(3),
                                                Set.copyOf(TypeReader.texts(row.getArray(4))),
                                                row.getString(5))));
    }

    private Definitions made() throws SQLException {
        Map<String, List<Routine>> routines = new HashMap<>();
        each(
                PolicyQueries.ROUTINES,
                row -> {
                    String name = row.getString(1) + "." + row.getString(2);
                    routines.computeIfAbsent(name, _ -> new ArrayList<>())
                            .add(
                                    new Routine(
                                            name,
                                            row.getBoolean(3),
                                            row.getString(4),
                                            row.getString(5),
                                            row.getString(6)));
                });
        Map<TableName, Definitions.View> views = new HashMap<>();
        each(
                PolicyQueries.VIEWS,
                row ->
                        views.put(
                                new TableName(row.getString(1), row.getString(2)),
                                new Definitions.View(row.getString(3), row.getString(4))));
        Set<String> operators = new HashSet<>();
        each(PolicyQueries.OPERATORS, row -> operators.add(row.getString(1)));
        return new Definitions(routines, views, operators);
    }

    private interface Reading {
        void row(ResultSet row) throws SQLException;
    }

    private void each(String query, Reading reading) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(CatalogueQueries.forPool(query, pool))) {
            while (rows.next()) {
                reading.row(rows);
            }
        }
    }
}
