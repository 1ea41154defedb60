package dev.lockstep.data.schema;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Database;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds the newest [SchemaCache].
///
/// A virtual thread compares the catalogue's fingerprint every second, or as soon as somebody
/// [#wake]s it, and reads again when it changed. Nobody waits for that but those who would be
/// refused otherwise ([#since]). While the database is away the last good one stands.
public final class SchemaKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SchemaKeeper.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Database database;
    private final List<String> schemas;
    private final String pool;

    /// Held while reading, so that an older one cannot replace a newer one.
    private final ReentrantLock reading = new ReentrantLock();

    /// When the last look began ([System#nanoTime]); under [#reading], like the fingerprint.
    private long lookedAt;

    private String fingerprint = "";
    private final Semaphore bell = new Semaphore(0);
    private final Thread poller;
    private volatile SchemaCache current;
    private volatile boolean closed;

    /// Reads once, so it needs the database.
    ///
    /// @param schemas the exposed ones, the default first
    /// @param pool the account that serves requests
    /// @throws FailureException when the database cannot be read
    public SchemaKeeper(Database database, List<String> schemas, String pool) {
        this.database = database;
        this.schemas = List.copyOf(schemas);
        this.pool = pool;
        this.current =
                new SchemaCache(
                        0,
                        schemas,
                        java.util.Map.of(),
                        java.util.Map.of(),
                        java.util.Map.of(),
                        java.util.Map.of());
        look(System.nanoTime());
        this.poller = Thread.ofVirtual().name("schema-poller").start(this::poll);
    }

    public SchemaCache current() {
        return current;
    }

    /// Something may have changed: look now. Does not wait.
    public void wake() {
        if (bell.availablePermits() == 0) {
            bell.release();
        }
    }

    /// One that knows all that was committed before `asked` ([System#nanoTime]). However many ask
    /// at once, the database is asked twice at most.
    ///
    /// @throws FailureException when the database cannot be read; the last one stands
    public SchemaCache since(long asked) {
        look(asked);
        return current;
    }

    private void look(long asked) {
        reading.lock();
        try {
            if (lookedAt != 0 && lookedAt - asked > 0) {
                return;
            }
            long began = System.nanoTime();
            String now = database.call(SchemaReader::fingerprint);
            if (!now.equals(fingerprint)) {
                // The fingerprint comes first: what changes in between is found by the next look.
                current =
                        database.snapshot(connection ->
                                SchemaReader.read(
                                        connection, schemas, pool, current.generation() + 1));
                fingerprint = now;
            }
            lookedAt = began;
        } finally {
            reading.unlock();
        }
    }

    private void poll() {
        boolean reachable = true;
        try {
            while (!closed) {
                if (bell.tryAcquire(LOOK.toMillis(), MILLISECONDS)) {
                    bell.drainPermits();
                }
                if (!closed) {
                    reachable = looked(reachable);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether the database answered; says so once when it begins not to.
    private boolean looked(boolean reachable) {
        try {
            look(System.nanoTime());
            return true;
        } catch (FailureException e) {
            if (reachable && !closed) {
                log.atWarn()
                        .addKeyValue("code", e.failure().code())
                        .log("schemas cannot be read; the last ones stand");
            }
            return false;
        }
    }

    /// Ends the looking; the last cache stays readable.
    @Override
    public void close() {
        closed = true;
        bell.release();
        try {
            poller.join(LOOK.multipliedBy(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
