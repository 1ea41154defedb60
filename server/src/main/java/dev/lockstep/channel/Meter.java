package dev.lockstep.channel;

import java.util.concurrent.atomic.AtomicLong;

/// How much of a [Quota] was used lately. Hot: one number, no lock. Any thread.
///
/// The generic cell rate algorithm (ITU-T I.371, annex A): the number is the time at which all that
/// was taken will have been paid for; it may run ahead of the clock by the quota's window.
final class Meter {
    private final AtomicLong paidAt = new AtomicLong(Long.MIN_VALUE / 2);

    /// Takes, or says how many nanoseconds to wait for it; 0 when taken.
    ///
    /// @param now nanoseconds of a clock that never goes back
    long take(Quota quota, int count, long now) {
        if (quota.isOff()) {
            return 0;
        }
        while (true) {
            long before = paidAt.get();
            long after = Math.max(before, now) + count * quota.interval();
            long wait = after - now - quota.window();
            if (wait > 0) {
                return wait;
            }
            if (paidAt.compareAndSet(before, after)) {
                return 0;
            }
        }
    }

    /// Gives back what was taken and then not used.
    void giveBack(Quota quota, int count) {
        paidAt.addAndGet(-count * quota.interval());
    }

    /// Like [#take], but leaves everything as it is.
    long peek(Quota quota, int count, long now) {
        long after = Math.max(paidAt.get(), now) + count * quota.interval();
        return quota.isOff() ? 0 : Math.max(0, after - now - quota.window());
    }

    /// How many the quota still has.
    long left(Quota quota, long now) {
        long ahead = Math.max(0, paidAt.get() - now);
        return quota.isOff()
                ? Long.MAX_VALUE
                : Math.max(0, quota.window() - ahead) / quota.interval();
    }

    boolean isIdle(long now) {
        return paidAt.get() <= now;
    }
}
