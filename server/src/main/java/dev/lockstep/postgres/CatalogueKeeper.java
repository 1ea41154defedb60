package dev.lockstep.postgres;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.lockstep.core.PgType;
import dev.lockstep.error.FailureException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds the newest snapshot of the catalogue.
///
/// It is read again when somebody asks (the reader does, where the log tells of DDL), and when the
/// fingerprint, compared every second by a virtual thread, has changed: roles and memberships are
/// not in the log, and without the event trigger nothing is. While the database is away the last
/// good snapshot stands. A read that finds nothing new keeps the instance, and a table that stayed
/// as it was keeps its relation's.
public final class CatalogueKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CatalogueKeeper.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Database database;
    private final String pool;
    private final List<Consumer<Catalogue>> listeners = new CopyOnWriteArrayList<>();

    /// Types that rows named and that no table used then. PostgreSQL is asked for each once, and
    /// again with every later read.
    private final Set<Integer> wanted = ConcurrentHashMap.newKeySet();

    /// Held while reading, so that an older snapshot cannot replace a newer one.
    private final ReentrantLock reading = new ReentrantLock();

    /// When the reading of [#current] began; under [#reading].
    private long readAt = System.nanoTime();

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread poller;
    private volatile Catalogue current = Catalogue.EMPTY;
    private volatile String fingerprint = "";

    /// Reads once, so it needs the database.
    ///
    /// @throws FailureException when the database cannot be read
    public CatalogueKeeper(Database database) {
        this(database, Roles.POOL);
    }

    /// @param pool the account whose memberships decide which roles a token may name
    public CatalogueKeeper(Database database, String pool) {
        this.database = database;
        this.pool = pool;
        refresh();
        this.poller = Thread.ofVirtual().name("catalogue-poller").start(this::poll);
    }

    /// Reads once, for who does not stay.
    ///
    /// @param connection in a transaction
    public static Catalogue read(Connection connection, String pool) throws SQLException {
        return CatalogueReader.read(connection, pool, Catalogue.EMPTY, Set.of());
    }

    public Catalogue current() {
        return current;
    }

    /// Reads now; listeners have been called when it returns.
    ///
    /// @throws FailureException when the database cannot be read; the last snapshot stands
    public Catalogue refresh() {
        return refreshedSince(System.nanoTime());
    }

    /// A snapshot whose reading began after `asked` ([System#nanoTime]); however many ask at once,
    /// the database is read twice at most.
    ///
    /// @throws FailureException when the database cannot be read; the last snapshot stands
    public Catalogue refreshedSince(long asked) {
        reading.lock();
        try {
            if (readAt - asked > 0) {
                return current;
            }
            long began = System.nanoTime();
            Snapshot snapshot =
                    database.snapshot(connection ->
                            new Snapshot(
                                    CatalogueReader.fingerprint(connection),
                                    CatalogueReader.read(connection, pool, current, wanted)));
            readAt = began;
            fingerprint = snapshot.fingerprint();
            if (!snapshot.catalogue().equals(current)) {
                current = snapshot.catalogue();
                listeners.forEach(listener -> listener.accept(current));
            }
            return current;
        } finally {
            reading.unlock();
        }
    }

    /// Called after each change, on the thread that found it, before [#refresh] returns there; must
    /// not wait. Not called for what is known already.
    public void onChange(Consumer<Catalogue> listener) {
        listeners.add(listener);
    }

    /// The type, read once where it is not known yet; empty when PostgreSQL does not know it either
    /// or cannot be asked.
    public Optional<PgType> typeOf(int oid) {
        PgType known = current.types().get(oid);
        if (known == null && wanted.add(oid)) {
            try {
                known = refresh().types().get(oid);
            } catch (FailureException e) {
                wanted.remove(oid); // ask again next time
                log.atDebug().setCause(e).addKeyValue("oid", oid).log("type not read");
            }
        }
        return Optional.ofNullable(known);
    }

    /// Ends the polling; the last snapshot stays readable.
    @Override
    public void close() {
        closed.countDown();
        try {
            poller.join(LOOK.multipliedBy(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Snapshot(String fingerprint, Catalogue catalogue) {}

    private void poll() {
        boolean reachable = true;
        try {
            while (!closed.await(LOOK.toMillis(), MILLISECONDS)) {
                boolean before = reachable;
                reachable = look(before);
                if (reachable && !before) {
                    log.atInfo().log("catalogue can be read again");
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether the database answered; says so once when it begins not to.
    private boolean look(boolean reachable) {
        try {
            if (!database.call(CatalogueReader::fingerprint).equals(fingerprint)) {
                refresh();
            }
            return true;
        } catch (FailureException e) {
            if (reachable && closed.getCount() > 0) {
                log.atWarn()
                        .addKeyValue("code", e.failure().code())
                        .log("catalogue cannot be read; the last one stands");
            }
            return false;
        }
    }
}
