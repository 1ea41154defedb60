package dev.lockstep.postgres;

import dev.lockstep.core.PgType;
import dev.lockstep.core.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the database looked like when it was last read. Immutable.
///
/// @param types by oid, those that any table uses
/// @param roles those a token may name (members of which the pool's user may become)
/// @param unrestricted of them, those with BYPASSRLS
public record Catalogue(
        Map<TableName, Table> tables,
        Map<Integer, PgType> types,
        Set<String> roles,
        Set<String> unrestricted,
        Definitions definitions) {
    public static final Catalogue EMPTY =
            new Catalogue(Map.of(), Map.of(), Set.of(), Set.of(), Definitions.NONE);

    public Catalogue {
        tables = Map.copyOf(tables);
        types = Map.copyOf(types);
        roles = Set.copyOf(roles);
        unrestricted = Set.copyOf(unrestricted);
    }

    public Optional<Table> table(TableName name) {
        return Optional.ofNullable(tables.get(name));
    }

    /// The published tables of a schema, or of all for `*`.
    public List<Table> published(String schema) {
        return tables.values().stream()
                .filter(Table::published)
                .filter(t -> schema.equals("*") || t.relation().name().schema().equals(schema))
                .toList();
    }
}
