package dev.lockstep.match;

import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import java.util.Optional;

/// PostgreSQL, asked what the matcher cannot decide exactly: order under a collation, regular
/// expressions, types without a comparison of ours. Calls wait for the database.
public interface Oracle {
    /// `value::type operator operand`, under the column's collation, as PostgreSQL decides it.
    Truth ask(TableName table, Column column, Filter term, String value);

    /// What the expression says of this row image, as its caller would be told. Absent columns make
    /// it unknown where it reads them.
    Truth ask(Filter.Expression expression, Relation relation, Row row);

    /// PostgreSQL's own words against this term on this column, at subscribe time; empty if it
    /// accepts.
    Optional<String> complaint(TableName table, Column column, Filter term);

    /// The text of an operand after the cast to the column's type, without its modifier: `1.50`
    /// from `' 15e-1'` for a `numeric`. Dates, times and intervals in ISO style and the zone UTC.
    Operand operand(Column column, String value);

    /// What became of a cast.
    sealed interface Operand {
        record Text(String value) implements Operand {}

        /// @param words PostgreSQL's own, like `invalid input syntax for type integer: "abc"`
        record Refused(String words) implements Operand {}
    }
}
