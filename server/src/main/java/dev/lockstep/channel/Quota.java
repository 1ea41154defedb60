package dev.lockstep.channel;

import dev.lockstep.error.Failure;
import java.time.Duration;

/// So many in such a time, and how that is said when it is met.
///
/// @param setting its name below `limits.`; also the failure's code
/// @param words the reference's, because clients match on them
/// @param value as configured; 0 is no limit
/// @param interval nanoseconds that one takes up
/// @param window nanoseconds' worth that may come at once
record Quota(String setting, String words, long value, long interval, long window) {

    /// @param per the time that the value is meant for
    /// @param burst how long a time's worth may come at once
    static Quota of(String setting, String words, long value, Duration per, Duration burst) {
        long interval = value == 0 ? 0 : Math.max(1, per.toNanos() / value);
        return new Quota(setting, words, value, interval, Math.max(interval, burst.toNanos()));
    }

    boolean isOff() {
        return value == 0;
    }

    /// How many may come at once.
    long burst() {
        return isOff() ? Long.MAX_VALUE : window / interval;
    }

    /// The same for a caller behind whom there are so many.
    Quota times(int people) {
        return isOff()
                ? this
                : new Quota(setting, words, value * people, Math.max(1, interval / people), window);
    }

    /// More was asked for at once than ever will be allowed.
    Failure.TooMany exceeded(String otherWords) {
        return new Failure.TooMany(setting, value, otherWords, Duration.ofNanos(window));
    }

    /// @param waitNanos until the next is allowed
    Failure.TooMany exceeded(long waitNanos) {
        return new Failure.TooMany(setting, value, words, Duration.ofNanos(waitNanos));
    }
}
