package dev.lockstep.replication;

import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.Roles;
import dev.lockstep.postgres.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A reader on a test's database with a slot of its own, and what it told.
final class Replication implements AutoCloseable {
    private static final AtomicInteger count = new AtomicInteger();

    final RecordingSink sink;
    final List<ReplicationEvent> events = new CopyOnWriteArrayList<>();
    final String slot;
    final Path folder;
    final CatalogueKeeper keeper;
    private final Database pool;
    private final TestDatabase database;
    private SlotReader reader;

    Replication(TestDatabase database, RecordingSink sink) {
        this(
                database,
                sink,
                "slot_" + ProcessHandle.current().pid() + "_" + count.incrementAndGet());
    }

    Replication(TestDatabase database, RecordingSink sink, String slot) {
        this.database = database;
        this.sink = sink;
        this.slot = slot;
        this.pool = new Database(database.as(Roles.REPLICATOR).withPoolSize(2));
        this.keeper = new CatalogueKeeper(pool);
        try {
            folder = Files.createTempDirectory("lockstep-replication");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader = make();
    }

    ReplicationConfig config() {
        return new ReplicationConfig(
                database.jdbcUrl(),
                Roles.REPLICATOR,
                database.as(Roles.REPLICATOR).password(),
                slot,
                List.of("supabase_realtime", "lockstep_internal"),
                Duration.ofMillis(100),
                Duration.ofSeconds(3),
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                1 << 20);
    }

    private SlotReader make() {
        return new SlotReader(config(), keeper, sink, folder, events::add, new Random(1));
    }

    Replication start() throws InterruptedException {
        reader.start();
        awaitStreaming();
        return this;
    }

    /// Starts without waiting.
    Replication launch() {
        reader.start();
        return this;
    }

    void restart() throws InterruptedException {
        reader.close();
        reader = make();
        start();
    }

    void stop() {
        reader.close();
    }

    SlotStatus status() {
        return reader.status();
    }

    void awaitStreaming() throws InterruptedException {
        sink.await(
                "the stream to run",
                Duration.ofSeconds(20),
                () -> status().state() == SlotStatus.State.STREAMING,
                () -> status() + " " + events);
    }

    <E extends ReplicationEvent> List<E> told(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    void awaitTold(Class<? extends ReplicationEvent> kind) throws InterruptedException {
        sink.await(
                kind.getSimpleName(),
                Duration.ofSeconds(20),
                () -> !told(kind).isEmpty(),
                events::toString);
    }

    /// Ends the walsender and waits until the reader is back.
    void breakStream() throws InterruptedException {
        int restarts = status().restarts();
        database.execute("select pg_terminate_backend(%s)".formatted(walsender()));
        sink.await(
                "the stream to run again",
                Duration.ofSeconds(20),
                () ->
                        status().state() == SlotStatus.State.STREAMING
                                && status().restarts() > restarts,
                () -> status() + " " + events);
    }

    /// The walsender's process.
    String walsender() {
        String sql = "select active_pid from pg_replication_slots where slot_name = '%s'";
        return String.valueOf(database.value(sql.formatted(slot)));
    }

    @Override
    public void close() {
        reader.close();
        keeper.close();
        pool.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
