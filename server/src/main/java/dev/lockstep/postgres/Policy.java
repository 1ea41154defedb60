package dev.lockstep.postgres;

import java.util.Set;

/// A row policy that decides which rows a SELECT sees.
///
/// @param permissive one of these must be true; of the others (restrictive) all
/// @param roles those of ours that it binds, themselves or through a role whose privileges they
///   have
/// @param text PostgreSQL's text of the condition, as read under an empty `search_path`: whatever
///   is not in `pg_catalog` is qualified
public record Policy(String name, boolean permissive, Set<String> roles, String text) {
    public Policy {
        roles = Set.copyOf(roles);
    }
}
