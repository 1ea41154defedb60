package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Reads everything within one snapshot, in a handful of queries whatever the schemas' size.
final class SchemaReader {
    private final Connection connection;
    private final List<String> schemas;
    private final String pool;

    private SchemaReader(Connection connection, List<String> schemas, String pool) {
        this.connection = connection;
        this.schemas = schemas;
        this.pool = pool;
    }

    static SchemaCache read(
            Connection connection, List<String> schemas, String pool, long generation)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set local search_path = ''");
        }
        return new SchemaReader(connection, schemas, pool).read(generation);
    }

    static String fingerprint(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SchemaQueries.FINGERPRINT)) {
            row.next();
            return row.getString(1);
        }
    }

    private interface Reading {
        void row(ResultSet row) throws SQLException;
    }

    private record Key(List<Integer> columns, boolean primary) {}

    private record Reference(
            String name, long from, List<Integer> columns, long to, List<Integer> targets) {}

    /// Before it is known which relation an oid is.
    private record Callable(ExposedFunction function, long gives, long takes, boolean one) {}

    private SchemaCache read(long generation) throws SQLException {
        Map<Long, TableName> names = new LinkedHashMap<>();
        Map<Long, Set<String>> roles = new HashMap<>();
        Set<Long> strict = new HashSet<>();
        each(
                SchemaQueries.RELATIONS,
                row -> {
                    names.put(row.getLong(1), new TableName(row.getString(2), row.getString(3)));
                    roles.put(row.getLong(1), Set.copyOf(texts(row.getArray(4))));
                    if (row.getBoolean(5)) {
                        strict.add(row.getLong(1));
                    }
                });
        Map<Long, Map<String, RelationColumn>> columns = new HashMap<>();
        Map<Long, Map<Integer, String>> numbers = new HashMap<>();
        readColumns(columns, numbers);
        Map<Long, List<ViewLineage.Origin>> views = new HashMap<>();
        each(
                SchemaQueries.VIEWS,
                row -> views.put(row.getLong(1), ViewLineage.of(row.getString(2))));
        Faces faces = new Faces(names, numbers, views);
        Map<Long, List<Key>> keys = keys();
        Map<TableName, List<String>> primary = primary(keys, faces);
        Map<TableName, ExposedRelation> relations = new HashMap<>();
        names.forEach((oid, name) ->
                relations.put(
                        name,
                        new ExposedRelation(
                                oid,
                                name,
                                columns.getOrDefault(oid, Map.of()),
                                primary.getOrDefault(name, List.of()),
                                views.containsKey(oid),
                                strict.contains(oid),
                                roles.getOrDefault(oid, Set.of()))));
        List<Callable> callables = functions();
        Relationships relationships = new Relationships(primary);
        for (Reference reference : references()) {
            boolean unique =
                    keys.getOrDefault(reference.from(), List.of()).stream()
                            .anyMatch(key ->
                                    Set.copyOf(key.columns())
                                            .equals(Set.copyOf(reference.columns())));
            for (Faces.Face from : faces.of(reference.from())) {
                for (Faces.Face to : faces.of(reference.to())) {
                    from.names(reference.columns())
                            .ifPresent(own ->
                                    to.names(reference.targets())
                                            .ifPresent(other ->
                                                    relationships.add(
                                                            new ForeignKey(
                                                                    reference.name(),
                                                                    from.relation(),
                                                                    own,
                                                                    to.relation(),
                                                                    other,
                                                                    unique))));
                }
            }
        }
        for (Callable callable : callables) {
            TableName from = names.get(callable.takes());
            TableName to = names.get(callable.gives());
            if (from != null && to != null && callable.function().parameters().size() == 1) {
                boolean single = callable.one() || !callable.function().set();
                relationships.add(
                        new Relationship.Computed(callable.function().name(), from, to, single));
            }
        }
        return new SchemaCache(
                generation,
                schemas,
                relations,
                relationships.all(),
                callables.stream()
                        .map(callable -> named(callable, names))
                        .collect(Collectors.groupingBy(ExposedFunction::name)),
                roleSettings());
    }

    private static ExposedFunction named(Callable callable, Map<Long, TableName> names) {
        ExposedFunction f = callable.function();
        return new ExposedFunction(
                f.oid(),
                f.name(),
                f.parameters(),
                f.set(),
                f.result(),
                Optional.ofNullable(names.get(callable.gives())),
                f.changesData(),
                f.settings(),
                f.roles());
    }

    private void readColumns(
            Map<Long, Map<String, RelationColumn>> columns, Map<Long, Map<Integer, String>> numbers)
            throws SQLException {
        each(
                SchemaQueries.COLUMNS,
                row -> {
                    String name = row.getString(2);
                    columns.computeIfAbsent(row.getLong(1), _ -> new LinkedHashMap<>())
                            .put(
                                    name,
                                    new RelationColumn(
                                            name,
                                            row.getString(4),
                                            row.getBoolean(5),
                                            row.getBoolean(6),
                                            row.getBoolean(7),
                                            Optional.ofNullable(row.getString(8))));
                    numbers.computeIfAbsent(row.getLong(1), _ -> new HashMap<>())
                            .put(row.getInt(3), name);
                });
    }

    private Map<Long, List<Key>> keys() throws SQLException {
        Map<Long, List<Key>> keys = new HashMap<>();
        each(
                SchemaQueries.KEYS,
                row ->
                        keys.computeIfAbsent(row.getLong(1), _ -> new ArrayList<>())
                                .add(new Key(numbers(row.getArray(2)), row.getBoolean(3))));
        return keys;
    }

    /// A view has the primary key of the one table whose key it shows.
    private static Map<TableName, List<String>> primary(Map<Long, List<Key>> keys, Faces faces) {
        Map<TableName, List<String>> primary = new HashMap<>();
        keys.forEach((table, all) -> {
            for (Key key : all) {
                if (key.primary()) {
                    faces.of(table)
                            .forEach(face ->
                                    face.names(key.columns())
                                            .ifPresent(shown ->
                                                    primary.merge(
                                                            face.relation(),
                                                            shown,
                                                            (_, _) -> List.of())));
                }
            }
        });
        return primary;
    }

    private List<Reference> references() throws SQLException {
        List<Reference> references = new ArrayList<>();
        each(
                SchemaQueries.FOREIGN_KEYS,
                row ->
                        references.add(
                                new Reference(
                                        row.getString(1),
                                        row.getLong(2),
                                        numbers(row.getArray(3)),
                                        row.getLong(4),
                                        numbers(row.getArray(5)))));
        return references;
    }

    private List<Callable> functions() throws SQLException {
        List<Callable> functions = new ArrayList<>();
        each(SchemaQueries.FUNCTIONS, row -> functions.add(function(row)));
        return functions;
    }

    private static Callable function(ResultSet row) throws SQLException {
        List<String> names = texts(row.getArray(4));
        List<String> types = texts(row.getArray(5));
        int required = row.getInt(6);
        boolean variadic = row.getBoolean(7);
        List<ExposedFunction.Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            boolean last = variadic && i == types.size() - 1;
            parameters.add(
                    new ExposedFunction.Parameter(
                            names.get(i), types.get(i), i < required && !last, last));
        }
        Map<String, String> settings = new HashMap<>();
        for (String setting : texts(row.getArray(14))) {
            int equals = setting.indexOf('=');
            settings.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return new Callable(
                new ExposedFunction(
                        row.getLong(1),
                        new TableName(row.getString(2), row.getString(3)),
                        parameters,
                        row.getBoolean(8),
                        ExposedFunction.Result.valueOf(row.getString(9)),
                        Optional.empty(),
                        row.getBoolean(13),
                        settings,
                        Set.copyOf(texts(row.getArray(15)))),
                row.getLong(10),
                row.getLong(11),
                row.getBoolean(12));
    }

    private Map<String, Map<String, String>> roleSettings() throws SQLException {
        Map<String, Map<String, String>> settings = new HashMap<>();
        each(
                SchemaQueries.ROLE_SETTINGS,
                row ->
                        settings.computeIfAbsent(row.getString(1), _ -> new LinkedHashMap<>())
                                .put(row.getString(2), row.getString(3)));
        return settings;
    }

    private void each(String query, Reading reading) throws SQLException {
        String exposed =
                schemas.stream()
                        .map(SchemaReader::literal)
                        .collect(Collectors.joining(", ", "array[", "]::text[]"));
        String sql = query.replace("$schemas", exposed).replace("$pool", literal(pool));
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reading.row(rows);
            }
        }
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }

    private static List<Integer> numbers(Array array) throws SQLException {
        return Arrays.asList((Integer[]) array.getArray());
    }
}
