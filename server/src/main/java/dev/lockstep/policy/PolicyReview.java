package dev.lockstep.policy;

import dev.lockstep.core.Column;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.TableName;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What the row policies of a published table cost, and what they keep from being live: for who
/// looks after the database.
///
/// @param asked the parts that PostgreSQL is asked about at every change, in its own text
/// @param unseen what rights depend on that cannot be watched: functions, settings, the time
/// @param unfollowed tables that they read and whose changes are not in the log
/// @param refused why the table cannot be followed at all, for some role; empty where it can
/// @param deletesWithheld whether the old image of a deleted row lacks columns that they read
public record PolicyReview(
        TableName table,
        Set<String> asked,
        Set<String> unseen,
        Set<TableName> unfollowed,
        Set<String> refused,
        boolean deletesWithheld) {

    /// All published tables whose policies bind some role, by name.
    public static List<PolicyReview> of(Catalogue catalogue) {
        List<PolicyReview> reviews = new ArrayList<>();
        catalogue.published("*").stream()
                .sorted(Comparator.comparing(t -> t.relation().name(), TableNames.ORDER))
                .forEach(table -> {
                    List<String> bound =
                            catalogue.roles().stream()
                                    .filter(table.security()::binds)
                                    .sorted()
                                    .toList();
                    if (!bound.isEmpty()) {
                        reviews.add(of(catalogue, table, bound));
                    }
                });
        return reviews;
    }

    private static PolicyReview of(Catalogue catalogue, Table table, List<String> roles) {
        Set<String> asked = new TreeSet<>();
        Set<String> unseen = new TreeSet<>();
        Set<TableName> unfollowed = new TreeSet<>(TableNames.ORDER);
        Set<String> refused = new TreeSet<>();
        Set<String> columns = new TreeSet<>();
        for (String role : roles) {
            List<String> unpublished = Program.unpublished(table, role);
            if (!unpublished.isEmpty()) {
                refused.addAll(unpublished);
                continue;
            }
            try {
                Program program = Program.of(catalogue, table, role);
                for (Program.Asked part : program.asked()) {
                    asked.add(part.sql().replaceAll("\\s+", " "));
                    unseen.addAll(part.reads().unseen);
                }
                for (TableName name : program.reads().tables) {
                    catalogue
                            .table(name)
                            .filter(t -> t.following() == Table.Following.IMPOSSIBLE)
                            .ifPresent(_ -> unfollowed.add(name));
                }
                columns.addAll(program.columns());
            } catch (FailureException e) {
                refused.add(e.failure().message());
            }
        }
        if (table.relation().identity() != ReplicaIdentity.FULL) {
            table.relation().columns().stream()
                    .filter(Column::key)
                    .forEach(key -> columns.remove(key.name()));
        } else {
            columns.clear();
        }
        return new PolicyReview(
                table.relation().name(), asked, unseen, unfollowed, refused, !columns.isEmpty());
    }
}
