package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import java.util.ArrayList;
import java.util.List;

/// One caller's filter in the making: the constants are known, and what cannot be compiled is
/// noted.
final class Making {
    private final TableName table;
    private final CallerClaims claims;
    private final List<Constants.Value> constants;
    final List<Reads> asked = new ArrayList<>();

    Making(TableName table, CallerClaims claims, List<Constants.Value> constants) {
        this.table = table;
        this.claims = claims;
        this.constants = constants;
    }

    /// A part of a policy, waiting for the caller's constants.
    interface Part {
        Filter of(Making making);
    }

    Constants.Value constant(int number) {
        return constants.get(number);
    }

    /// What PostgreSQL is asked for each row.
    Filter ask(String sql, Reads reads) {
        asked.add(reads);
        return new Filter.Expression(table, sql, claims.role(), claims.of(reads));
    }
}
