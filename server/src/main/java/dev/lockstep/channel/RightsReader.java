package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.policy.RowPlan;
import dev.lockstep.policy.RowRights;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads rights that stand in rows, in a snapshot of which the log knows where it is. Waits for the
/// database.
final class RightsReader {
    private final Database database;
    private final Visibility visibility;

    RightsReader(Database database, Visibility visibility) {
        this.database = database;
        this.visibility = visibility;
    }

    /// @param rights of the plans, in their order
    /// @param asOf empty where none stands in rows
    record Taken(List<RowRights> rights, Optional<AsOf> asOf) {}

    /// @throws dev.lockstep.error.FailureException in PostgreSQL's words where a policy fails
    Taken read(Caller caller, List<RowPlan> plans) {
        if (plans.stream().noneMatch(RowPlan::reads)) {
            return new Taken(plans.stream().map(RightsReader::atHand).toList(), Optional.empty());
        }
        Lsn mark = visibility.mark();
        Taken taken =
                database.snapshot(connection -> {
                    Handover snapshot = Visibility.take(connection);
                    caller.enter(connection);
                    List<RowRights> rights = new ArrayList<>();
                    for (RowPlan plan : plans) {
                        rights.add(plan.read(connection));
                    }
                    return new Taken(rights, Optional.of(new AsOf(snapshot, mark)));
                });
        taken.asOf().ifPresent(asOf -> visibility.saw(asOf.snapshot()));
        return taken;
    }

    /// The rights of a plan that needs no connection.
    static RowRights atHand(RowPlan plan) {
        try {
            return plan.read(none());
        } catch (SQLException e) {
            throw new IllegalStateException("a plan that reads nothing has asked PostgreSQL", e);
        }
    }

    @SuppressWarnings("NullAway") // such a plan does not look at it
    private static Connection none() {
        return null;
    }
}
