package dev.lockstep.postgres;

import java.util.List;
import java.util.Set;

/// What says which rows of a table a role sees.
///
/// @param enabled whether there are policies to obey at all
/// @param exempt of our roles, those that they do not bind: with BYPASSRLS, and the owner's where
///   it is not forced
/// @param policies by name; they wait where it is not enabled
public record RowSecurity(boolean enabled, Set<String> exempt, List<Policy> policies) {
    public static final RowSecurity NONE = new RowSecurity(false, Set.of(), List.of());

    public RowSecurity {
        exempt = Set.copyOf(exempt);
        policies = List.copyOf(policies);
    }

    public boolean binds(String role) {
        return enabled && !exempt.contains(role);
    }
}
