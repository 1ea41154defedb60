package dev.lockstep.policy;

/// An SQL expression without columns of the table, whose value a policy compares with.
///
/// @param sql a condition or value; for [Kind#SET] a SELECT of one column
record Wanted(Kind kind, String sql) {
    enum Kind {
        ONE,
        /// An array's elements.
        ARRAY,
        /// The distinct values that a SELECT gives.
        SET
    }
}
