package dev.lockstep.data;

import java.util.OptionalLong;

/// Which of the rows: `limit` and `offset`, or a `Range` header.
record Slice(OptionalLong limit, long offset) {
    static final Slice ALL = new Slice(OptionalLong.empty(), 0);

    boolean isAll() {
        return limit.isEmpty() && offset == 0;
    }

    /// The rows that both take; numbers count from the first row of all.
    Slice and(Slice other) {
        long from = Math.max(offset, other.offset);
        long end = Math.min(end(), other.end());
        return new Slice(
                end == Long.MAX_VALUE
                        ? OptionalLong.empty()
                        : OptionalLong.of(Math.max(0, end - from)),
                from);
    }

    private long end() {
        if (limit.isEmpty() || offset > Long.MAX_VALUE - limit.getAsLong()) {
            return Long.MAX_VALUE;
        }
        return offset + limit.getAsLong();
    }
}
