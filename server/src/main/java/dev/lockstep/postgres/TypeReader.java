package dev.lockstep.postgres;

import dev.lockstep.core.PgType;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `pg_type` and builds each type with all that it is made of.
final class TypeReader {
    /// `int2vector` and `oidvector` pass for arrays but print without braces.
    private static final List<Integer> VECTORS = List.of(22, 30);

    private record Raw(
            int oid,
            String name,
            String kind,
            int element,
            char delimiter,
            int base,
            List<String> labels,
            List<String> attributes,
            List<Integer> attributeTypes) {}

    private final Map<Integer, Raw> raw = new HashMap<>();
    private final Map<Integer, PgType> types = new HashMap<>();

    private TypeReader() {}

    /// @param wanted beside those that tables use
    static Map<Integer, PgType> read(Connection connection, Collection<Integer> wanted)
            throws SQLException {
        TypeReader reader = new TypeReader();
        try (PreparedStatement statement = connection.prepareStatement(CatalogueQueries.TYPES)) {
            Long[] oids = wanted.stream().map(Integer::toUnsignedLong).toArray(Long[]::new);
            statement.setArray(1, connection.createArrayOf("int8", oids));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Raw one = raw(rows);
                    reader.raw.put(one.oid(), one);
                }
            }
        }
        reader.raw.keySet().forEach(reader::type);
        return reader.types;
    }

    private static Raw raw(ResultSet row) throws SQLException {
        String delimiter = row.getString(5);
        return new Raw(
                (int) row.getLong(1),
                row.getString(2),
                row.getString(3),
                (int) row.getLong(4),
                delimiter == null ? ',' : delimiter.charAt(0),
                (int) row.getLong(6),
                texts(row.getArray(7)),
                texts(row.getArray(8)),
                oids(row.getArray(9)));
    }

    private PgType type(int oid) {
        PgType known = types.get(oid);
        if (known != null) {
            return known;
        }
        Raw one = raw.get(oid);
        // A type dropped between two reads cannot be, in one snapshot; 0 stands for none.
        PgType made = one == null ? new PgType.Base(oid, "unknown") : build(one);
        types.put(oid, made);
        return made;
    }

    private PgType build(Raw one) {
        if (one.element() != 0 && !VECTORS.contains(one.oid())) {
            return new PgType.Array(one.oid(), one.name(), type(one.element()), one.delimiter());
        }
        return switch (one.kind()) {
            case "e" -> new PgType.Enumerated(one.oid(), one.name(), one.labels());
            case "d" -> new PgType.Domain(one.oid(), one.name(), type(one.base()));
            case "r", "m" -> new PgType.Range(one.oid(), one.name());
            case "c" -> composite(one);
            default -> new PgType.Base(one.oid(), one.name());
        };
    }

    private PgType composite(Raw one) {
        List<PgType.Attribute> attributes = new ArrayList<>();
        for (int i = 0; i < one.attributes().size(); i++) {
            attributes.add(
                    new PgType.Attribute(
                            one.attributes().get(i), type(one.attributeTypes().get(i))));
        }
        return new PgType.Composite(one.oid(), one.name(), attributes);
    }

    static List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    private static List<Integer> oids(@Nullable Array array) throws SQLException {
        if (array == null) {
            return List.of();
        }
        List<Integer> oids = new ArrayList<>();
        for (Long oid : (Long[]) array.getArray()) {
            oids.add(oid.intValue());
        }
        return oids;
    }
}
