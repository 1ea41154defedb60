package dev.lockstep.replication;

import java.util.Arrays;

/// What `pg_current_snapshot()` says, printed `xmin:xmax:xid,xid…`: which transactions a query
/// sees.
///
/// The walsender sends a transaction before it becomes visible to others, so that what a commit did
/// to the catalogue may be read only a moment later.
record Visibility(long xmin, long xmax, long[] running) {

    static Visibility parse(String snapshot) {
        String[] parts = snapshot.split(":", -1);
        long[] running =
                parts[2].isEmpty()
                        ? new long[0]
                        : Arrays.stream(parts[2].split(","))
                                .mapToLong(Long::parseUnsignedLong)
                                .toArray();
        return new Visibility(
                Long.parseUnsignedLong(parts[0]), Long.parseUnsignedLong(parts[1]), running);
    }

    /// Whether a transaction that has committed is visible.
    ///
    /// @param xid the low 32 bits, as pgoutput sends them; within 2³¹ of the snapshot
    boolean sees(int xid) {
        long full = xmax + (xid - (int) xmax);
        return full < xmin
                || (full < xmax && Arrays.stream(running).noneMatch(each -> each == full));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Visibility(long otherMin, long otherMax, long[] otherRunning)
                && xmin == otherMin
                && xmax == otherMax
                && Arrays.equals(running, otherRunning);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(xmin) * 31 + Long.hashCode(xmax);
    }
}
