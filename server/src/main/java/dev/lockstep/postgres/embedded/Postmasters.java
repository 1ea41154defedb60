package dev.lockstep.postgres.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts and stops the postmaster of one cluster, whatever was left there before.
///
/// ```
/// pid file   its process    then
/// none       -              start
/// there      alive, ours    adopt; stop first when its settings are others
/// there      zombie         wait; when it stays, and no server process is left, remove the file
/// there      a stranger     remove the file, start
/// there      gone           wait for its orphans, start (PostgreSQL removes the file)
/// ```
final class Postmasters {
    private static final Logger log = LoggerFactory.getLogger(Postmasters.class);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final Duration ORPHAN_PATIENCE = Duration.ofSeconds(10);

    private final Cluster cluster;
    private final Path data;
    private final EmbeddedPostgres.Options options;

    /// Held while starting and stopping: two starts of one folder must not overlap, and whoever
    /// waits wants just what the other is doing.
    private final ReentrantLock turn = new ReentrantLock();

    private volatile int port;

    Postmasters(Cluster cluster, EmbeddedPostgres.Options options) {
        this.cluster = cluster;
        this.data = cluster.data();
        this.options = options;
    }

    int port() {
        return port;
    }

    Optional<Postmaster> alive() {
        try {
            return alive(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void start() {
        turn.lock();
        try {
            if (!adopt()) {
                clearWhatWasLeft();
                launch();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            turn.unlock();
        }
    }

    void stop(ShutdownMode mode) {
        turn.lock();
        try {
            Optional<Postmaster> running = alive(data);
            if (running.isPresent()) {
                stop(running.get(), mode);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            turn.unlock();
        }
    }

    /// Ends, without any ceremony, the server of a folder that is about to be removed.
    static void kill(Path data, Duration patience) throws IOException {
        if (!Files.isDirectory(data)) {
            return;
        }
        Optional<Postmaster> running = alive(data);
        if (running.isPresent()) {
            ProcessHandle.of(running.get().pid()).ifPresent(ProcessHandle::destroyForcibly);
            await(patience, () -> alive(data).isEmpty());
        }
        endOrphans(data, patience);
    }

    private boolean adopt() throws IOException {
        Optional<Postmaster> running = alive(data);
        if (running.isEmpty()) {
            return false;
        }
        if (!cluster.isConfigured(running.get().port(), options)
                || running.get().status().equals("stopping")) {
            stop(running.get(), ShutdownMode.FAST);
            return false;
        }
        boolean ready =
                await(options.patience(), () -> alive(data).filter(Postmaster::ready).isPresent());
        if (ready) {
            port = running.get().port();
            log.atInfo().addKeyValue("port", port).log("PostgreSQL was still running: adopted");
        }
        return ready;
    }

    private void clearWhatWasLeft() throws IOException {
        Optional<Postmaster> left = Postmaster.read(data);
        if (left.isEmpty()) {
            return;
        }
        await(ORPHAN_PATIENCE, () -> left.get().state(data) != Postmaster.State.ZOMBIE);
        endOrphans(data, ORPHAN_PATIENCE);
        switch (left.get().state(data)) {
            // Nobody of that server lives: the file is all that PostgreSQL would stumble over.
            case ZOMBIE, STRANGER -> Files.deleteIfExists(data.resolve("postmaster.pid"));
            case GONE -> {} // PostgreSQL sees that itself
            case ALIVE ->
                    throw new EmbeddedPostgresException(
                            "Another PostgreSQL starts in " + data + " at this moment.");
        }
    }

    /// Children of a dead postmaster notice its death and leave; one that does not would keep the
    /// shared memory, and so every new server, busy.
    private static void endOrphans(Path data, Duration patience) throws IOException {
        if (await(patience, () -> Postmaster.processesIn(data).isEmpty())) {
            return;
        }
        for (long pid : Postmaster.processesIn(data)) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        if (!await(patience, () -> Postmaster.processesIn(data).isEmpty())) {
            throw new EmbeddedPostgresException(
                    "Processes "
                            + Postmaster.processesIn(data)
                            + " of an earlier PostgreSQL in "
                            + data
                            + " do not end.");
        }
    }

    private void launch() throws IOException {
        int preferred = port == 0 ? cluster.rememberedPort() : port;
        long end = System.nanoTime() + ORPHAN_PATIENCE.toNanos();
        String said;
        do {
            int chosen = EmbeddedPostgres.freePort(preferred);
            cluster.configure(chosen, options);
            long before = cluster.log().length();
            if (comesUp()) {
                port = chosen;
                return;
            }
            said = cluster.log().since(before);
        } while (passes(said) && System.nanoTime() < end);
        throw new EmbeddedPostgresException(
                "PostgreSQL did not start in "
                        + data
                        + ". Its last words:\n"
                        + (said.isEmpty() ? Files.readString(cluster.control()) : said));
    }

    /// Somebody took the port between our look and the start; or orphans that we could not see
    /// still hold the shared memory.
    private static boolean passes(String problem) {
        return problem.contains("could not bind")
                || problem.contains("pre-existing shared memory block");
    }

    /// `pg_ctl` puts the server into a session of its own, so that Ctrl-C reaches us alone. It
    /// looks for success ten times a second; we look ourselves and need it only for failure.
    private boolean comesUp() throws IOException {
        Process control =
                Programs.start(
                        cluster.account(),
                        cluster.home(),
                        List.of(
                                cluster.binaries().program("pg_ctl"),
                                "start",
                                "--wait",
                                "--timeout=" + options.patience().toSeconds(),
                                "--pgdata=" + data,
                                "--log=" + cluster.log().file()),
                        cluster.control());
        await(
                options.patience(),
                () ->
                        alive(data).filter(Postmaster::ready).isPresent()
                                || (!control.isAlive() && control.exitValue() != 0));
        return alive(data).filter(Postmaster::ready).isPresent();
    }

    private void stop(Postmaster running, ShutdownMode mode) throws IOException {
        signal(mode);
        if (gone(running)) {
            return;
        }
        if (mode == ShutdownMode.FAST) {
            log.atWarn().log("PostgreSQL did not stop in time; stopping it immediately");
            signal(ShutdownMode.IMMEDIATE);
            if (gone(running)) {
                return;
            }
        }
        ProcessHandle.of(running.pid()).ifPresent(ProcessHandle::destroyForcibly);
        if (!gone(running)) {
            throw new EmbeddedPostgresException("PostgreSQL in " + data + " does not stop.");
        }
    }

    private void signal(ShutdownMode mode) throws IOException {
        Programs.start(
                cluster.account(),
                cluster.home(),
                List.of(
                        cluster.binaries().program("pg_ctl"),
                        "stop",
                        "--no-wait",
                        "--mode=" + mode.word(),
                        "--pgdata=" + data),
                cluster.control());
    }

    private boolean gone(Postmaster running) throws IOException {
        return await(STOP_PATIENCE, () -> running.state(data) != Postmaster.State.ALIVE);
    }

    private static Optional<Postmaster> alive(Path data) throws IOException {
        Optional<Postmaster> found = Postmaster.read(data);
        return found.isPresent() && found.get().state(data) == Postmaster.State.ALIVE
                ? found
                : Optional.empty();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    /// Looks every few milliseconds; there is nothing to be woken by.
    private static boolean await(Duration patience, Condition condition) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
                return condition.holds();
            }
            LockSupport.parkNanos(5_000_000);
        }
        return true;
    }
}
