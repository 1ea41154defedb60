package dev.lockstep.cache;

import dev.lockstep.core.Lsn;
import dev.lockstep.error.FailureException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks PostgreSQL how far its log is flushed, while somebody reads from the cache and no query of
/// theirs has told. One virtual thread; a database that is away is asked again and again, and the
/// cache is off meanwhile.
final class Probe implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Probe.class);

    private final Freshness freshness;
    private final Supplier<Lsn> flushed;
    private final Duration every;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean wanted = true;

    Probe(Freshness freshness, Supplier<Lsn> flushed, Duration every) {
        this.freshness = freshness;
        this.flushed = flushed;
        this.every = every;
        Thread.ofVirtual().name("cache-probe").start(this::run);
    }

    /// Somebody reads. Hot: writes only where it must.
    void wanted() {
        if (!wanted) {
            wanted = true;
        }
    }

    private void run() {
        try {
            do {
                long now = System.nanoTime();
                if (wanted && now - freshness.sampledAt() > every.toNanos()) {
                    wanted = false;
                    ask(now);
                }
            } while (!closed.await(every.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(long now) {
        try {
            freshness.sampled(flushed.get(), now);
        } catch (FailureException e) {
            log.atDebug().setCause(e).log("the log's end was not read; the cache waits for it");
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
