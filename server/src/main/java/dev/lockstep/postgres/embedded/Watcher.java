package dev.lockstep.postgres.embedded;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts the server again when it died, and keeps its log short. A virtual thread between [#begin]
/// and [#end].
final class Watcher {
    private static final Logger log = LoggerFactory.getLogger(Watcher.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Postmasters postmasters;
    private final ServerLog serverLog;
    private @Nullable Thread thread;
    private CountDownLatch ended = new CountDownLatch(1);

    Watcher(Postmasters postmasters, ServerLog serverLog) {
        this.postmasters = postmasters;
        this.serverLog = serverLog;
    }

    synchronized void begin() {
        if (thread == null) {
            CountDownLatch end = new CountDownLatch(1);
            ended = end;
            thread = Thread.ofVirtual().name("postgres-watcher").start(() -> watch(end));
        }
    }

    /// Returns when no start can come any more: one that is going on is waited for, since half a
    /// start could not be stopped.
    void end() {
        Thread running;
        synchronized (this) {
            running = thread;
            thread = null;
            ended.countDown();
        }
        if (running == null) {
            return;
        }
        try {
            running.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch(CountDownLatch end) {
        Duration wait = LOOK;
        try {
            while (!end.await(wait.toMillis(), MILLISECONDS)) {
                wait = look() ? LOOK : longer(wait);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean look() {
        try {
            serverLog.trim();
            if (postmasters.alive().isPresent()) {
                return true;
            }
            log.atWarn()
                    .addKeyValue("port", postmasters.port())
                    .log("PostgreSQL died; starting it");
            postmasters.start();
            return true;
        } catch (EmbeddedPostgresException | IOException | java.io.UncheckedIOException e) {
            log.atError().setCause(e).log("PostgreSQL died and does not start; trying again");
            return false;
        }
    }

    private static Duration longer(Duration wait) {
        Duration doubled = wait.multipliedBy(2);
        return doubled.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : doubled;
    }
}
