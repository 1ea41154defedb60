package dev.lockstep.stress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real server in a temporary folder, started as a user starts it, so that it can be killed. Not
/// for use by several threads.
public final class DemoServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final Path folder;
    private final List<String> options;
    private Process process;
    private JsonNode connection;

    private DemoServer(Path folder, List<String> options) throws IOException, InterruptedException {
        this.folder = folder;
        this.options = options;
        this.process = launch(0);
        this.connection = awaitConnection(Instant.EPOCH);
    }

    /// Starts `lockstep demo` with these further options on a port of its own choice.
    public static DemoServer start(String... options) throws IOException, InterruptedException {
        // PostgreSQL runs as another user when we are root, and must be able to reach its folder.
        Path folder = Files.createTempDirectory("lockstep-stress-");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new DemoServer(folder, List.of(options));
    }

    public String url() {
        return connection.get("url").asString();
    }

    public int port() {
        return Integer.parseInt(url().replaceAll("^.*:(\\d+)/?$", "$1"));
    }

    public String anonKey() {
        return connection.get("anonKey").asString();
    }

    /// What tokens are signed with.
    String jwtSecret() {
        return connection.get("jwtSecret").asString();
    }

    /// What psql would be given, `postgresql://user:password@host:port/database`.
    public String adminDatabaseUrl() {
        return connection.get("adminDatabaseUrl").asString();
    }

    public long pid() {
        return process.pid();
    }

    /// As a crash: nothing is said to anybody, and PostgreSQL lives on.
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// After [#kill], on the port that the clients know.
    public void startAgain() throws IOException, InterruptedException {
        Instant before = Files.getLastModifiedTime(connectionFile()).toInstant();
        process = launch(port());
        connection = awaitConnection(before);
    }

    /// Stops server and database and removes the folder. May be called twice.
    @Override
    public void close() {
        try {
            process.destroy();
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            endDatabase();
            remove();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// By the launcher, so that the JVM's flags are those that everybody gets; it becomes the
    /// server's process.
    private Process launch(int port) throws IOException {
        Path root = Repository.root();
        Path jar =
                Optional.ofNullable(System.getenv("LOCKSTEP_JAR"))
                        .map(Path::of)
                        .orElse(root.resolve("server/target/lockstep.jar"));
        if (!Files.exists(jar)) {
            throw new IOException(jar + " is missing: ./lockstep build makes it");
        }
        List<String> command = new ArrayList<>();
        command.add(root.resolve("lockstep").toString());
        command.addAll(
                List.of("demo", "--data", data().toString(), "--port", Integer.toString(port)));
        command.addAll(options);
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("server.log").toFile());
        // A jar that is named is not built again.
        builder.environment().put("LOCKSTEP_JAR", jar.toString());
        return builder.start();
    }

    private JsonNode awaitConnection(Instant newerThan) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            if (!process.isAlive()) {
                throw new IOException("the server ended while starting: " + log());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("the server wrote no connection.json in time: " + log());
            }
            Path file = connectionFile();
            if (Files.exists(file)
                    && Files.getLastModifiedTime(file).toInstant().isAfter(newerThan)) {
                try {
                    return JsonMapper.shared().readTree(Files.readString(file));
                } catch (JacksonException halfWritten) {
                    // Read again below.
                }
            }
            process.waitFor(10, TimeUnit.MILLISECONDS);
        }
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path connectionFile() {
        return data().resolve("connection.json");
    }

    /// The last lines that the server printed.
    public String log() throws IOException {
        String all = Files.readString(folder.resolve("server.log"));
        return all.substring(Math.max(0, all.length() - 8_000));
    }

    /// A server that was killed leaves its database running.
    private void endDatabase() throws IOException, InterruptedException {
        if (!Files.exists(data())) {
            return;
        }
        List<Path> pidFiles;
        try (var files = Files.walk(data(), 4)) {
            pidFiles = files.filter(file -> file.endsWith("postmaster.pid")).toList();
        }
        for (Path file : pidFiles) {
            long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
            var database = ProcessHandle.of(pid);
            if (database.isPresent() && database.get().destroy()) {
                long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
                while (database.get().isAlive() && System.nanoTime() < deadline) {
                    TimeUnit.MILLISECONDS.sleep(10);
                }
            }
        }
    }

    private void remove() throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Path[] all;
        try (var files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toArray(Path[]::new);
        }
        for (Path file : Arrays.asList(all)) {
            Files.deleteIfExists(file);
        }
    }
}
