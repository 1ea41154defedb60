package dev.lockstep.feed;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Wakes those who wait for the feed to move. Ringing costs one volatile read while nobody waits.
final class Bell {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition rung = lock.newCondition();
    private volatile int waiting;
    private volatile Runnable listener = () -> {};

    /// Call after that for which others wait has become visible.
    void ring() {
        listener.run();
        if (waiting == 0) {
            return;
        }
        lock.lock();
        try {
            rung.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Runs at every ring, on the ringing thread: for the one who must not take a lock to be woken.
    void onRing(Runnable task) {
        listener = task;
    }

    /// @return whether the condition held before the time was over
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // Written under the lock.
    boolean await(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        if (condition.getAsBoolean()) {
            return true;
        }
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            // Before the condition is looked at again, or a ring in between would be missed.
            waiting++;
            while (!condition.getAsBoolean()) {
                if (left <= 0) {
                    return false;
                }
                left = rung.awaitNanos(left);
            }
            return true;
        } finally {
            waiting--;
            lock.unlock();
        }
    }
}
