package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Catalogue;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// PostgreSQL's row policies, as the catalogue has them. Any thread.
public final class RowPolicies {
    private final Supplier<Catalogue> catalogue;

    /// @param catalogue the newest there is, like `keeper::current`
    public RowPolicies(Supplier<Catalogue> catalogue) {
        this.catalogue = catalogue;
    }

    /// A hash of all definitions that decide which rows of the table the role sees: as long as it
    /// stays, so do plans. The same after a restart.
    public long basis(String role, TableName table) {
        return catalogue.get().table(table).map(t -> (long) t.hashCode()).orElse(0L);
    }

    /// @param access what [Access] granted just now
    public RowPlan plan(Caller caller, TableAccess access) {
        RowRights all =
                new RowRights(
                        Filter.ALL,
                        false,
                        List.of(),
                        Optional.empty(),
                        basis(caller.role(), access.relation().name()));
        return new RowPlan() {
            @Override
            public boolean reads() {
                return false;
            }

            @Override
            public RowRights read(Connection connection) {
                return all;
            }
        };
    }
}
