package dev.lockstep.cache;

import dev.lockstep.core.TableName;
import dev.lockstep.policy.Grounds;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Table;
import java.util.Optional;
import java.util.Set;

/// Whether a question's answers may be kept, and on what they stand.
public sealed interface Footing {
    /// @param generation of the catalogue that says so
    record Firm(Grounds grounds, long generation) implements Footing {}

    record None(Bypass reason) implements Footing {}

    /// @param except tables that are never kept
    static Footing of(
            Grounds grounds, Catalogue catalogue, long generation, Set<TableName> except) {
        if (!grounds.unseen().isEmpty()) {
            return new None(Bypass.FUNCTION);
        }
        if (grounds.headers()) {
            return new None(Bypass.HEADERS);
        }
        if (grounds.tables().stream().anyMatch(except::contains)) {
            return new None(Bypass.EXCEPTED);
        }
        boolean followed =
                grounds.tables().stream()
                        .map(catalogue::table)
                        .allMatch(table ->
                                following(table).equals(Optional.of(Table.Following.WHOLE)));
        return followed ? new Firm(grounds, generation) : new None(Bypass.UNPUBLISHED);
    }

    private static Optional<Table.Following> following(Optional<Table> table) {
        return table.map(Table::following);
    }
}
