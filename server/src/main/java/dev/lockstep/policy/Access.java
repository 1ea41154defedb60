package dev.lockstep.policy;

import dev.lockstep.core.Identity;
import dev.lockstep.core.TableName;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Table;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Which tables a role may follow, by the catalogue's grants. Any thread. Which of their rows it
/// sees is said by [RowPolicies].
public final class Access {
    private final Supplier<Catalogue> catalogue;
    private final boolean secured;

    /// For who does not apply [RowPolicies]: tables whose policies bind the role are refused to it.
    ///
    /// @param catalogue the newest there is, like `keeper::current`
    public Access(Supplier<Catalogue> catalogue) {
        this(catalogue, false);
    }

    private Access(Supplier<Catalogue> catalogue, boolean secured) {
        this.catalogue = catalogue;
        this.secured = secured;
    }

    /// For who shows only those rows that [RowPolicies] says.
    public static Access underPolicies(Supplier<Catalogue> catalogue) {
        return new Access(catalogue, true);
    }

    public TableAccess table(Identity identity, TableName name) {
        return table(identity.role(), name);
    }

    /// One table by name.
    ///
    /// @throws FailureException [Failure.Invalid] for an unknown role; [Failure.NotFound] where the
    ///   table is not there, not published or not readable, which are not told apart
    public TableAccess table(String role, TableName name) {
        Catalogue now = known(role);
        TableAccess access =
                now.table(name)
                        .flatMap(table -> readable(table, role))
                        .orElseThrow(() -> refused(new Failure.NotFound("table " + name)));
        if (!secured && access.table().security().binds(role)) {
            throw rowSecurity(List.of(access.table()), role);
        }
        return access;
    }

    public List<TableAccess> tables(Identity identity, String schema) {
        return tables(identity.role(), schema);
    }

    /// All published tables of a schema, or of every schema for `*`, that the role may follow, by
    /// name. Tables that it may not are left out.
    ///
    /// @throws FailureException [Failure.NotFound] when nothing is left
    public List<TableAccess> tables(String role, String schema) {
        Catalogue now = known(role);
        List<TableAccess> readable =
                now.published(schema).stream()
                        .flatMap(table -> readable(table, role).stream())
                        .sorted(Comparator.comparing(access -> access.relation().name().toString()))
                        .toList();
        if (readable.isEmpty()) {
            String where = schema.equals("*") ? "any schema" : "schema " + schema;
            throw refused(new Failure.NotFound("table to follow in " + where));
        }
        List<TableAccess> free =
                readable.stream()
                        .filter(access -> secured || !access.table().security().binds(role))
                        .toList();
        if (free.isEmpty()) {
            throw rowSecurity(readable.stream().map(TableAccess::table).toList(), role);
        }
        return free;
    }

    private Catalogue known(String role) {
        Catalogue now = catalogue.get();
        if (!now.roles().contains(role)) {
            throw refused(new Failure.Invalid("", "role \"" + role + "\" does not exist"));
        }
        return now;
    }

    private static Optional<TableAccess> readable(Table table, String role) {
        if (!table.published()) {
            return Optional.empty();
        }
        Set<String> granted = table.readable().getOrDefault(role, Set.of());
        Set<String> columns =
                table.relation().columns().stream()
                        .map(column -> column.name())
                        .filter(granted::contains)
                        .collect(Collectors.toSet());
        return columns.isEmpty() ? Optional.empty() : Optional.of(new TableAccess(table, columns));
    }

    private static FailureException rowSecurity(List<Table> tables, String role) {
        String names =
                tables.stream()
                        .map(table -> table.relation().name().toString())
                        .collect(Collectors.joining(", "));
        return refused(
                new Failure.Forbidden(
                        "follow",
                        names
                                + " as role "
                                + role
                                + ": row level security is enabled there, and row policies are not"
                                + " yet followed. A role with BYPASSRLS may"));
    }

    private static FailureException refused(Failure failure) {
        return new FailureException(failure);
    }
}
