package dev.lockstep.channel;

import dev.lockstep.core.Lsn;

/// Where a member stands in the window: everything up to `after` was sent to it, and of the
/// transaction that follows its first `frames` frames.
record Position(Lsn after, int frames) {
    static Position after(Lsn lsn) {
        return new Position(lsn, 0);
    }

    /// Before the transaction of which a part was sent.
    Position whole() {
        return after(after);
    }
}
