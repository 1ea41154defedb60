package dev.lockstep.match;

import dev.lockstep.core.Column;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import java.util.Optional;

/// PostgreSQL, asked what the matcher cannot decide exactly: order under a collation, regular
/// expressions, types without a comparison of ours. Calls wait for the database.
public interface Oracle {
    /// `value::type operator operand`, under the column's collation, as PostgreSQL decides it.
    Truth ask(TableName table, Column column, Filter term, String value);

    /// PostgreSQL's own words against this term on this column, at subscribe time; empty if it
    /// accepts.
    Optional<String> complaint(TableName table, Column column, Filter term);
}
