package dev.lockstep.channel;

/// Who is told by `postgres_changes` that a row of a table with row security is gone.
public enum Deletes {
    /// Those of whom it is certain that they could see it.
    SEEN,
    /// Everybody who listens to the table; of a row that a listener may not have seen, the key.
    EVERYONE
}
