package dev.lockstep.match;

import java.util.List;

/// The values for which a test can give the answer that is wanted: never too few, often too many.
/// What the index finds is tested all the same.
sealed interface Reach {
    /// Nothing is known of them.
    enum Anything implements Reach {
        ANYTHING
    }

    /// Equal to one of these by the column's own equality.
    record Values(List<byte[]> values) implements Reach {
        static final Values NONE = new Values(List.of());
    }

    /// From here, or to there, in the column's own order.
    ///
    /// @param without whether the end itself is left out
    record Span(byte[] end, Side side, boolean without) implements Reach {}

    enum Side {
        FROM,
        TO
    }
}
