package dev.lockstep.app.tail;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What one frame means to somebody who watches a table.
sealed interface TailEvent {

    /// The server took the subscription.
    record Joined() implements TailEvent {}

    /// The server did not.
    ///
    /// @param hint what would mend it; may be empty
    record Refused(String reason, String hint) implements TailEvent {}

    /// One row's change.
    ///
    /// @param at commit time in milliseconds since 1970, where it is known
    /// @param operation `enter`, `update`, `leave`, or in raw mode `INSERT`, `UPDATE`, `DELETE`
    /// @param key an object with the key's columns; empty where the frame has none
    /// @param values an object with the changed columns, or with all of them
    record RowChanged(Optional<Long> at, String operation, JsonNode key, JsonNode values)
            implements TailEvent {}

    /// Rows may have changed in between without being told one by one.
    record Afresh(String reason) implements TailEvent {}

    /// Where to go on after a broken connection.
    record Progress(String token) implements TailEvent {}

    /// The server ended the subscription, but not the connection.
    record Ended(String words) implements TailEvent {}

    record HeartbeatAnswered() implements TailEvent {}
}
