package dev.lockstep.app.doctor;

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

    static Expectations defaults() {
        return new Expectations(
                "lockstep",
                "supabase_realtime",
                "lockstep_internal",
                "lockstep",
                "authenticator",
                "lockstep_replicator",
                1L << 30);
    }
}
