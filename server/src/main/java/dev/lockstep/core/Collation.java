package dev.lockstep.core;

/// How far a column's text comparison can be reproduced outside PostgreSQL.
public enum Collation {
    /// The type has none.
    NONE,
    /// `C`, `POSIX`, `C.UTF-8`: order is that of the UTF-8 bytes.
    BYTES,
    /// Equality is that of the bytes; order belongs to PostgreSQL.
    DETERMINISTIC,
    /// Even equality belongs to PostgreSQL.
    NONDETERMINISTIC
}
