package dev.lockstep.postgres;

import dev.lockstep.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// The servers that this JVM's tests use, in temporary folders that go with the JVM. What a killed
/// JVM left is removed by the next one.
public final class TestServer {
    private static final AtomicInteger count = new AtomicInteger();

    private TestServer() {}

    /// One for all tests, started by whoever asks first.
    static EmbeddedPostgres shared() {
        return Shared.SERVER;
    }

    static EmbeddedPostgres start(Map<String, String> settings) {
        try {
            Path mine = Files.createDirectories(runs().resolve(Long.toString(processId())));
            Path home = mine.resolve("server-" + count.incrementAndGet());
            EmbeddedPostgres.Options options =
                    EmbeddedPostgres.Options.in(home)
                            .withBinaries(binaries())
                            .disposable()
                            .withSettings(
                                    Map.of(
                                            "max_wal_senders", "60",
                                            "max_replication_slots", "60",
                                            "max_slot_wal_keep_size", "-1"))
                            .withSettings(settings);
            EmbeddedPostgres server = EmbeddedPostgres.start(options);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(server, home, mine)));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Unpacked once per machine and user, since that takes longer than the start.
    public static Path binaries() {
        return root().resolve("bin-" + EmbeddedPostgres.VERSION);
    }

    /// A folder that PostgreSQL can reach also when root runs the tests.
    public static Path folder() {
        try {
            Path mine = Files.createDirectories(runs().resolve(Long.toString(processId())));
            return mine.resolve("folder-" + count.incrementAndGet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(EmbeddedPostgres server, Path home, Path mine) {
        server.stop(dev.lockstep.postgres.embedded.ShutdownMode.IMMEDIATE);
        EmbeddedPostgres.erase(home);
        java.io.File[] left = mine.toFile().listFiles();
        if (left != null && left.length == 0) {
            EmbeddedPostgres.erase(mine);
        }
    }

    private static long processId() {
        return ProcessHandle.current().pid();
    }

    private static Path root() {
        Path root =
                Path.of(
                        System.getProperty("java.io.tmpdir"),
                        "lockstep-tests-" + System.getProperty("user.name"));
        try {
            Files.createDirectories(root);
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return root;
    }

    private static Path runs() {
        return root().resolve("runs");
    }

    private static void removeWhatKilledRunsLeft() {
        try {
            Files.createDirectories(runs());
            try (DirectoryStream<Path> all = Files.newDirectoryStream(runs())) {
                for (Path run : all) {
                    long pid = Long.parseLong(run.getFileName().toString());
                    if (ProcessHandle.of(pid).isEmpty()) {
                        removeRun(run);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeRun(Path run) throws IOException {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(run)) {
            for (Path home : homes) {
                EmbeddedPostgres.erase(home);
            }
        }
        EmbeddedPostgres.erase(run);
    }

    private static final class Shared {
        static final EmbeddedPostgres SERVER;

        static {
            removeWhatKilledRunsLeft();
            SERVER = start(Map.of());
        }
    }
}
