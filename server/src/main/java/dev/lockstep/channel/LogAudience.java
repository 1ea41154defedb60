package dev.lockstep.channel;

/// An audience of the log, as opposed to a room's: its members asked the same. The fan-out
/// thread's.
abstract sealed class LogAudience extends Audience permits ChangesAudience, FeedAudience {
    LogAudience(Overflow overflow) {
        super(overflow);
    }

    /// What its members asked, one copy for all.
    abstract Spec spec();
}
