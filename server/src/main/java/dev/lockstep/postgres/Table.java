package dev.lockstep.postgres;

import dev.lockstep.core.Relation;
import java.util.Map;
import java.util.Set;

/// A table as the catalogue describes it.
///
/// @param relation its published columns (all, where it is not published)
/// @param published in the publication that clients can name
/// @param publishes which of INSERT, UPDATE, DELETE, TRUNCATE that publication carries
/// @param rowSecurity policies apply to everyone but owners without FORCE and roles with BYPASSRLS
/// @param readable for each of our roles, the columns that it may SELECT
public record Table(
        Relation relation,
        boolean published,
        Set<String> publishes,
        boolean rowSecurity,
        Map<String, Set<String>> readable) {
    public Table {
        publishes = Set.copyOf(publishes);
        readable = Map.copyOf(readable);
    }
}
