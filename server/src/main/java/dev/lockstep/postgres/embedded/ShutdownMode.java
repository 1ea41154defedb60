package dev.lockstep.postgres.embedded;

/// How PostgreSQL is asked to stop.
public enum ShutdownMode {
    /// Ends sessions, writes a checkpoint, stops cleanly.
    FAST("fast"),
    /// Stops as in a crash; the next start replays the log.
    IMMEDIATE("immediate");

    private final String word;

    ShutdownMode(String word) {
        this.word = word;
    }

    /// The word that `pg_ctl stop -m` takes.
    String word() {
        return word;
    }
}
