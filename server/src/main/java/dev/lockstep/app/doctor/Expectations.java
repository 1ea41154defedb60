package dev.lockstep.app.doctor;

import dev.lockstep.postgres.Roles;
import dev.lockstep.replication.ReplicationConfig;

/// The names that a server of ours will use in this database.
///
/// @param publication the one that clients can name
/// @param internal the one of our own tables
/// @param applicationName of the connection that reads the log
/// @param login the role that serves requests
/// @param replicator the role that reads the log
/// @param retention how much WAL the feed's window may hold back, in bytes
record Expectations(
        String slot,
        String publication,
        String internal,
        String applicationName,
        String login,
        String replicator,
        long retention) {

    private static final String OURS = "lockstep_internal";

    static Expectations of(ReplicationConfig config, long retention) {
        String named =
                config.publications().stream()
                        .filter(publication -> !publication.equals(OURS))
                        .findFirst()
                        .orElse("supabase_realtime");
        return new Expectations(
                config.slot(), named, OURS, "lockstep", Roles.POOL, config.user(), retention);
    }

    static Expectations defaults() {
        return new Expectations(
                "lockstep",
                "supabase_realtime",
                OURS,
                "lockstep",
                Roles.POOL,
                Roles.REPLICATOR,
                1L << 30);
    }
}
