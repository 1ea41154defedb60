package dev.lockstep.postgres;

import dev.lockstep.core.Relation;
import java.util.Map;
import java.util.Set;

/// A table as the catalogue describes it.
///
/// @param relation its published columns (all, where it is not published)
/// @param unpublished columns that no image in the log holds
/// @param published in the publication that clients can name
/// @param publishes which of INSERT, UPDATE, DELETE, TRUNCATE that publication carries
/// @param following whether all changes of its rows are in the log
/// @param security which rows a role sees
/// @param readable for each of our roles, the columns that it may SELECT
public record Table(
        Relation relation,
        Set<String> unpublished,
        boolean published,
        Set<String> publishes,
        Following following,
        RowSecurity security,
        Map<String, Set<String>> readable) {
    public Table {
        unpublished = Set.copyOf(unpublished);
        publishes = Set.copyOf(publishes);
        readable = Map.copyOf(readable);
    }

    /// Whether the log tells of every change of a table's rows.
    public enum Following {
        /// It does.
        WHOLE,
        /// It would if the table were published.
        POSSIBLE,
        /// It cannot: a change of a row would not name it, other tables hold rows of it, or a
        /// publication leaves some out.
        IMPOSSIBLE
    }
}
