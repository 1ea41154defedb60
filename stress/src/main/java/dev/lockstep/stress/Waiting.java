package dev.lockstep.stress;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Waiting for a condition, never for a time.
final class Waiting {
    private Waiting() {}

    /// Whether it came true in time.
    static boolean until(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MICROSECONDS.sleep(500);
        }
        return true;
    }
}
