package dev.lockstep.postgres;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the whole catalogue within one snapshot, in a handful of queries whatever its size.
final class CatalogueReader {
    private final Connection connection;
    private final String pool;

    private CatalogueReader(Connection connection, String pool) {
        this.connection = connection;
        this.pool = pool;
    }

    /// @param before whose relations stay the same instances where their shape stays
    /// @param wanted types that are known though no table may use them
    static Catalogue read(
            Connection connection, String pool, Catalogue before, Collection<Integer> wanted)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(CatalogueQueries.EMPTY_PATH);
        }
        return new CatalogueReader(connection, pool).read(before, wanted);
    }

    static String fingerprint(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(CatalogueQueries.FINGERPRINT)) {
            row.next();
            return row.getString(1);
        }
    }

    private interface Reading {
        void row(ResultSet row) throws SQLException;
    }

    private record Attribute(
            String name, int type, int modifier, Collation collation, boolean key, boolean made) {}

    private Catalogue read(Catalogue before, Collection<Integer> wanted) throws SQLException {
        Map<Integer, PgType> types = TypeReader.read(connection, wanted);
        Map<Integer, List<Attribute>> attributes = attributes();
        Map<Integer, Map<String, Optional<Set<String>>>> readable = readable();
        Set<String> publishes = new HashSet<>();
        each(CatalogueQueries.PUBLISHES, row -> publishes.add(row.getString(1)));
        PolicyReader policies = PolicyReader.read(connection, pool);
        Map<TableName, Table> tables = new HashMap<>();
        each(
                CatalogueQueries.TABLES,
                row -> {
                    int oid = (int) row.getLong(1);
                    TableName name = new TableName(row.getString(2), row.getString(3));
                    Relation relation =
                            new Relation(
                                    oid,
                                    name,
                                    ReplicaIdentity.of(row.getString(4).charAt(0)),
                                    columns(
                                            attributes.getOrDefault(oid, List.of()),
                                            Optional.ofNullable(row.getArray(7)),
                                            types));
                    boolean published = row.getBoolean(6);
                    tables.put(
                            name,
                            new Table(
                                    known(relation, before),
                                    unpublished(relation, attributes.getOrDefault(oid, List.of())),
                                    published,
                                    published ? publishes : Set.of(),
                                    Table.Following.valueOf(row.getString(8)),
                                    policies.of(oid, row.getBoolean(5)),
                                    readable(relation, readable.getOrDefault(oid, Map.of()))));
                });
        Set<String> roles = new HashSet<>();
        Set<String> unrestricted = new HashSet<>();
        each(
                CatalogueQueries.ROLES,
                row -> {
                    roles.add(row.getString(1));
                    if (row.getBoolean(2)) {
                        unrestricted.add(row.getString(1));
                    }
                });
        return new Catalogue(tables, types, roles, unrestricted, policies.definitions());
    }

    private Map<Integer, List<Attribute>> attributes() throws SQLException {
        Map<Integer, List<Attribute>> all = new HashMap<>();
        each(
                CatalogueQueries.COLUMNS,
                row ->
                        all.computeIfAbsent((int) row.getLong(1), _ -> new ArrayList<>())
                                .add(
                                        new Attribute(
                                                row.getString(2),
                                                (int) row.getLong(3),
                                                row.getInt(4),
                                                Collation.valueOf(row.getString(5)),
                                                row.getBoolean(6),
                                                row.getBoolean(7))));
        return all;
    }

    /// Per table and role; an empty set of names stands for all columns.
    private Map<Integer, Map<String, Optional<Set<String>>>> readable() throws SQLException {
        Map<Integer, Map<String, Optional<Set<String>>>> all = new HashMap<>();
        each(
                CatalogueQueries.READABLE,
                row -> {
                    Array names = row.getArray(3);
                    all.computeIfAbsent((int) row.getLong(1), _ -> new HashMap<>())
                            .put(
                                    row.getString(2),
                                    names == null
                                            ? Optional.empty()
                                            : Optional.of(Set.copyOf(TypeReader.texts(names))));
                });
        return all;
    }

    /// What the publication says, or, without one, what it would publish: all but what is made by
    /// `generated always`.
    private static List<Column> columns(
            List<Attribute> attributes, Optional<Array> published, Map<Integer, PgType> types)
            throws SQLException {
        Set<String> names =
                published.isPresent() ? Set.copyOf(TypeReader.texts(published.get())) : Set.of();
        List<Column> columns = new ArrayList<>();
        for (Attribute attribute : attributes) {
            boolean shown =
                    published.isPresent() ? names.contains(attribute.name()) : !attribute.made();
            PgType type = types.get(attribute.type());
            if (shown && type != null) {
                columns.add(
                        new Column(
                                attribute.name(),
                                type,
                                attribute.modifier(),
                                attribute.collation(),
                                attribute.key()));
            }
        }
        return columns;
    }

    private static Set<String> unpublished(Relation relation, List<Attribute> attributes) {
        Set<String> names = new HashSet<>();
        attributes.forEach(attribute -> names.add(attribute.name()));
        relation.columns().forEach(column -> names.remove(column.name()));
        return names;
    }

    private static Relation known(Relation relation, Catalogue before) {
        return before.table(relation.name())
                .map(Table::relation)
                .filter(relation::sameShape)
                .orElse(relation);
    }

    private static Map<String, Set<String>> readable(
            Relation relation, Map<String, Optional<Set<String>>> byRole) {
        Set<String> all = new HashSet<>();
        relation.columns().forEach(column -> all.add(column.name()));
        Set<String> whole = Set.copyOf(all);
        Map<String, Set<String>> readable = new HashMap<>();
        byRole.forEach((role, names) -> readable.put(role, names.orElse(whole)));
        return readable;
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
