package dev.lockstep.postgres;

import java.util.List;

/// The roles that the installation makes.
public final class Roles {
    /// May become the API's roles, and nothing by itself.
    public static final String POOL = "authenticator";

    /// Reads the log, the catalogue and our settings; never serves a user's statement.
    public static final String REPLICATOR = "lockstep_replicator";

    /// What tokens name.
    public static final List<String> API = List.of("anon", "authenticated", "service_role");

    private Roles() {}
}
