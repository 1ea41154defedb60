package dev.lockstep.match;

import dev.lockstep.core.Row;

/// A filter bound to one relation's columns. An absent column makes its terms unknown.
public interface Predicate {
    /// Hot, without allocation unless [#asks].
    Truth test(Row row);

    /// Whether a test may have to ask PostgreSQL, so that it must not run on a thread that fans
    /// out.
    boolean asks();
}
