package dev.lockstep.core;

import java.util.Arrays;

/// What `pg_current_snapshot()` says, printed `xmin:xmax:xid,xid…`: which transactions a query
/// sees.
///
/// The walsender sends a transaction before it becomes visible to others, by long when a
/// synchronous standby is away; and a snapshot may see one that was not sent yet. So what a query
/// saw is told by this, never by a position in the log.
///
/// @param xmin all transactions before it are over
/// @param xmax no transaction from it on is visible; one that is in progress may equal it
/// @param running those between that were in progress, sorted
public record Snapshot(long xmin, long xmax, long[] running) {
    private static final long[] NONE = new long[0];

    /// @throws IllegalArgumentException for what PostgreSQL does not print
    public static Snapshot parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("\"" + text + "\" is no snapshot");
        }
        long[] running =
                parts[2].isEmpty()
                        ? NONE
                        : Arrays.stream(parts[2].split(","))
                                .mapToLong(Long::parseUnsignedLong)
                                .toArray();
        Arrays.sort(running);
        return new Snapshot(
                Long.parseUnsignedLong(parts[0]), Long.parseUnsignedLong(parts[1]), running);
    }

    /// Whether a transaction that has committed is visible.
    ///
    /// @param xid the low 32 bits, as the log tells them; its transaction is within 2³¹ of the
    ///   snapshot
    public boolean sees(int xid) {
        long full = full(xid);
        return full < xmin || full < xmax && Arrays.binarySearch(running, full) < 0;
    }

    /// Whether this transaction and all before it are over, for this snapshot.
    public boolean isPast(int xid) {
        return full(xid) < xmin;
    }

    private long full(int xid) {
        return xmax + (xid - (int) xmax);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Snapshot(long otherMin, long otherMax, long[] otherRunning)
                && xmin == otherMin
                && xmax == otherMax
                && Arrays.equals(running, otherRunning);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(xmin) * 31 + Long.hashCode(xmax);
    }

    @Override
    public String toString() {
        return xmin
                + ":"
                + xmax
                + ":"
                + String.join(
                        ",", Arrays.stream(running).mapToObj(Long::toUnsignedString).toList());
    }
}
