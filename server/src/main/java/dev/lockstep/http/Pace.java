package dev.lockstep.http;

/// Whether a body moves. Within each window at least the floor has to pass, or whoever moves it is
/// too slow: a trickle would hold a place for days. On its loop.
final class Pace {
    private final long window;
    private final long floor;
    private long since;
    private long before;

    /// @param window in nanoseconds
    /// @param floor bytes for each window
    Pace(long window, long floor, long now) {
        this.window = window;
        this.floor = floor;
        this.since = now;
    }

    /// A new window begins: until now it was not the client that was waited for.
    void restart(long now, long total) {
        since = now;
        before = total;
    }

    /// @param total bytes that have passed since the beginning
    boolean isTooSlow(long now, long total) {
        if (now - since <= window) {
            return false;
        }
        boolean slow = total - before < floor;
        restart(now, total);
        return slow;
    }
}
