package dev.lockstep.postgres.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A PostgreSQL server in a folder of our own, on 127.0.0.1, for the superuser `postgres`.
///
/// It outlives a killed JVM; the next [#start] finds it by its pid file and adopts it when its
/// settings are those asked for, else restarts it. A server that dies is started again on the same
/// port by a watcher. [#close] stops it: fast, then, after a deadline, immediately.
///
/// Any thread may call; calls wait for one another.
public final class EmbeddedPostgres implements AutoCloseable {
    /// Of the binaries that the build brings.
    public static final String VERSION = "18.6";

    public static final String SUPERUSER = "postgres";

    private final Options options;
    private final Cluster cluster;
    private final String password;
    private final Postmasters postmasters;
    private final Watcher watcher;

    private EmbeddedPostgres(Options options, Cluster cluster) throws IOException {
        this.options = options;
        this.cluster = cluster;
        this.password = cluster.password();
        this.postmasters = new Postmasters(cluster, options);
        this.watcher = new Watcher(postmasters, cluster.log());
    }

    /// How far data must outlive a crash of the machine.
    public enum Durability {
        DURABLE,
        /// For tests: without fsync.
        DISPOSABLE
    }

    /// @param folder the server's home: `data`, `bin-…`, `password`, `port`, `postgres.log`
    /// @param binaries where the programs are or shall be unpacked; in the home when empty
    /// @param settings of postgresql.conf, over our own
    /// @param patience how long a start, with its crash recovery, may take
    public record Options(
            Path folder,
            Optional<Path> binaries,
            Durability durability,
            Map<String, String> settings,
            Duration patience) {
        public Options {
            settings = Map.copyOf(settings);
        }

        public static Options in(Path folder) {
            return new Options(
                    folder, Optional.empty(), Durability.DURABLE, Map.of(), Duration.ofMinutes(2));
        }

        public Options withBinaries(Path place) {
            return new Options(folder, Optional.of(place), durability, settings, patience);
        }

        public Options disposable() {
            return new Options(folder, binaries, Durability.DISPOSABLE, settings, patience);
        }

        public Options withSettings(Map<String, String> more) {
            Map<String, String> all = new TreeMap<>(settings);
            all.putAll(more);
            return new Options(folder, binaries, durability, all, patience);
        }
    }

    /// Unpacks and initialises what is missing, and starts or adopts the server.
    ///
    /// @throws EmbeddedPostgresException when the server cannot be had; the message is for people
    public static EmbeddedPostgres start(Options options) {
        try {
            Home home = Home.of(options.folder());
            Path programs = options.binaries().orElse(home.folder().resolve("bin-" + VERSION));
            Cluster cluster = new Cluster(home.folder(), home.account(), Binaries.in(programs));
            cluster.initialise(options.durability());
            EmbeddedPostgres postgres = new EmbeddedPostgres(options, cluster);
            postgres.start();
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException("The start was interrupted.", e);
        }
    }

    /// Stops what runs there and removes everything.
    public static void erase(Path folder) {
        try {
            Home.erase(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where it listens; the same over restarts of one instance.
    public int port() {
        return postmasters.port();
    }

    /// The superuser's.
    public String password() {
        return password;
    }

    /// Without user and password.
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database;
    }

    /// PostgreSQL's log file.
    public Path log() {
        return cluster.log().file();
    }

    public boolean isAlive() {
        return postmasters.alive().isPresent();
    }

    /// The postmaster's process id, while there is one.
    public Optional<Long> pid() {
        return postmasters.alive().map(Postmaster::pid);
    }

    /// Starts after [#stop]; does nothing when it runs.
    public void start() {
        postmasters.start();
        watcher.begin();
    }

    /// Stops and stays stopped until [#start].
    public void stop(ShutdownMode mode) {
        watcher.end();
        postmasters.stop(mode);
    }

    public void restart(ShutdownMode mode) {
        stop(mode);
        start();
    }

    @Override
    public void close() {
        stop(ShutdownMode.FAST);
    }

    @Override
    public String toString() {
        return "EmbeddedPostgres[" + cluster.home() + ", port " + port() + "]";
    }

    /// The port of last time when it is free, else any free one.
    static int freePort(int preferred) throws IOException {
        if (preferred > 0 && isFree(preferred)) {
            return preferred;
        }
        try (ServerSocket socket = new ServerSocket(0, 1, loopback())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(loopback(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static InetAddress loopback() throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }
}
