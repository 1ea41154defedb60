package dev.lockstep.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// Ends a process that serves until somebody stops it: on SIGTERM and Ctrl-C the stop runs, bounded
/// in time, and the exit status is 0, since that is how such a process is meant to end.
public final class Signals {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final CountDownLatch never = new CountDownLatch(1);
    private final Thread hook;

    private Signals(Thread hook) {
        this.hook = hook;
    }

    /// From now on a signal runs this, on a thread of its own.
    public static Signals stopWith(Runnable stop) {
        Thread hook = Thread.ofPlatform().name("stop").unstarted(() -> end(stop));
        Runtime.getRuntime().addShutdownHook(hook);
        return new Signals(hook);
    }

    /// Waits for the signal, in the course of which the process ends.
    public void await() throws InterruptedException {
        never.await();
    }

    /// Leaves the end of the process to others, such as after a start that failed.
    public void disarm() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // It is too late: the signal came first, and the hook ends the process.
            return;
        }
    }

    private static void end(Runnable stop) {
        Thread.ofPlatform().name("stop-deadline").daemon().start(Signals::giveUp);
        stop.run();
        Runtime.getRuntime().halt(0);
    }

    private static void giveUp() {
        try {
            Thread.sleep(PATIENCE);
            Runtime.getRuntime().halt(1);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
