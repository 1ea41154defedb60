package dev.lockstep.replication;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.TableName;
import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.replication.pgoutput.PgOutputParser;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the replication slot for as long as it lives: one platform thread that opens the stream,
/// decodes it, hands whole transactions to the sink and reports positions; and that comes back
/// whenever the stream ends.
///
/// ```
///   CONNECTING ──▶ STREAMING ──(stream ends)──▶ WAITING ──(growing, jittered)──▶ CONNECTING
///        └──(slot busy, publication missing, …)────▲          any ──close()──▶ CLOSED
/// ```
public final class SlotReader implements AutoCloseable {
    /// A stream that held this long was a good one: the next wait is short again.
    private static final Duration SETTLED = Duration.ofSeconds(5);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private static final String UNDEFINED_OBJECT = "42704";
    private static final String OBJECT_IN_USE = "55006";

    private final ReplicationConfig config;
    private final TransactionSink sink;
    private final CatalogueKeeper keeper;
    private final Path folder;
    private final Consumer<ReplicationEvent> events;
    private final RandomGenerator random;
    private final RelationBook book;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);

    private volatile @Nullable WalStream stream;
    private volatile SlotStatus status =
            new SlotStatus(SlotStatus.State.CONNECTING, Lsn.NONE, Lsn.NONE, 0, 0, "");

    private Backoff backoff;
    private Lsn held = Lsn.NONE;
    private Lsn reached = Lsn.NONE;
    private @Nullable Epoch lastEpoch;
    private int opened;
    private boolean publicationForgotten;

    /// @param folder where large running transactions are kept
    /// @param events told on the reader's thread, and on the sentinel's
    public SlotReader(
            ReplicationConfig config,
            CatalogueKeeper keeper,
            TransactionSink sink,
            Path folder,
            Consumer<ReplicationEvent> events,
            RandomGenerator random) {
        this.config = config;
        this.sink = sink;
        this.keeper = keeper;
        this.folder = folder;
        this.events = events;
        this.random = random;
        this.book = new RelationBook(keeper);
        this.backoff = new Backoff(config.firstWait(), config.maxWait(), 0);
        this.thread = Thread.ofPlatform().name("lockstep-replication").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /// Any thread.
    public SlotStatus status() {
        SlotStatus known = status;
        WalStream open = stream;
        if (open == null || known.state() != SlotStatus.State.STREAMING) {
            return known;
        }
        return new SlotStatus(
                SlotStatus.State.STREAMING,
                new Lsn(open.received()),
                new Lsn(open.confirmed()),
                Math.max(0, open.serverEnd() - open.received()),
                known.restarts(),
                "");
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                attempt();
            }
            note(SlotStatus.State.CLOSED, "");
        } catch (InterruptedException _) {
            note(SlotStatus.State.CLOSED, "");
        } catch (Throwable e) {
            note(SlotStatus.State.FAILED, e.toString());
            events.accept(new ReplicationEvent.Failed(config.slot(), e));
            throw e;
        }
    }

    /// One life of the stream, and the wait after its end.
    private void attempt() throws InterruptedException {
        long began = System.nanoTime();
        note(SlotStatus.State.CONNECTING, status.trouble());
        try {
            session();
        } catch (Obstacle e) {
            pause(began, e.getMessage(), e::event);
        } catch (SQLException e) {
            String reason = String.valueOf(e.getMessage());
            pause(began, reason, w -> new ReplicationEvent.Interrupted(config.slot(), reason, w));
        } catch (RuntimeException e) {
            pause(began, e.toString(), w -> new ReplicationEvent.Stumbled(config.slot(), e, w));
        }
    }

    private void pause(
            long began, @Nullable String reason, Function<Duration, ReplicationEvent> event)
            throws InterruptedException {
        if (closing.getCount() == 0) {
            return;
        }
        boolean streamed = status.state() == SlotStatus.State.STREAMING;
        if (streamed && System.nanoTime() - began > SETTLED.toNanos()) {
            backoff = backoff.reset();
        }
        Duration wait = backoff.pause(random);
        backoff = backoff.next();
        note(SlotStatus.State.WAITING, String.valueOf(reason));
        events.accept(event.apply(wait));
        boolean _ = closing.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void session() throws SQLException, Obstacle, InterruptedException {
        try (WalConnection connection = WalConnection.open(config)) {
            requirePublications(connection);
            Lsn confirmed = slot(connection);
            Epoch epoch = open(connection, confirmed);
            WalStream open = start(connection);
            stream = open;
            try (Sentinel sentinel = Sentinel.start(config, open, events);
                    CatalogueFollower follower = new CatalogueFollower(config, keeper, events)) {
                if (closing.getCount() == 0) {
                    return;
                }
                opened++;
                note(SlotStatus.State.STREAMING, "");
                events.accept(new ReplicationEvent.Resumed(config.slot(), epoch, held));
                read(open, sentinel, follower);
            } finally {
                note(status.state(), "");
                stream = null;
            }
        }
    }

    private void read(WalStream open, Sentinel sentinel, CatalogueFollower follower)
            throws SQLException, InterruptedException {
        book.forget();
        PgOutputParser parser = new PgOutputParser();
        TransactionAssembler assembler =
                new TransactionAssembler(config, folder, book, follower, sink, held);
        try (assembler) {
            while (true) {
                ByteBuffer message = open.read();
                if (message == null) {
                    assembler.quiet(new Lsn(open.serverEnd()));
                } else {
                    assembler.accept(parser.parse(message));
                }
                open.reached(assembler.position().value(), () -> sink.confirmable().value());
            }
        } catch (SQLException e) {
            publicationForgotten = UNDEFINED_OBJECT.equals(e.getSQLState());
            throw sentinel.word().isEmpty() ? e : new SQLException(sentinel.word(), e);
        } finally {
            reached = assembler.position();
        }
    }

    private void requirePublications(WalConnection connection) throws SQLException, Obstacle {
        List<String> missing = connection.missingPublications();
        if (!missing.isEmpty()) {
            ReplicationEvent.PublicationMissing event = publicationMissing(missing);
            throw new Obstacle("no publication " + String.join(", ", missing), _ -> event);
        }
    }

    static ReplicationEvent.PublicationMissing publicationMissing(List<String> names) {
        String remedy =
                names.stream()
                        .map(name -> "CREATE PUBLICATION " + TableName.quote(name) + ";")
                        .collect(Collectors.joining(" "));
        return new ReplicationEvent.PublicationMissing(names, remedy);
    }

    /// Makes sure that the slot is there, ours and usable; returns how far it may have forgotten.
    private Lsn slot(WalConnection connection) throws SQLException, Obstacle {
        Optional<WalConnection.Slot> found = connection.slot();
        if (found.isEmpty()) {
            return create(connection, "it is gone");
        }
        WalConnection.Slot slot = found.get();
        if (!slot.ours()) {
            throw new Obstacle(
                    slot.problem(),
                    wait -> new ReplicationEvent.SlotForeign(config.slot(), slot.problem(), wait));
        }
        if (slot.reader() != 0) {
            throw busy(slot.reader());
        }
        if (slot.lost() || publicationForgotten) {
            // An older server looks for the publication as it was at each change's time, so one
            // that was made again is never found in the log before.
            String reason = slot.lost() ? "its log was removed" : "a publication was made again";
            connection.dropSlot();
            publicationForgotten = false;
            return create(connection, reason);
        }
        return slot.confirmed();
    }

    private Obstacle busy(int pid) {
        return new Obstacle(
                "process " + pid + " reads the slot",
                wait -> new ReplicationEvent.SlotBusy(config.slot(), pid, wait));
    }

    private Lsn create(WalConnection connection, String reason) throws SQLException {
        // The generation first: a crash in between costs one more load-afresh, the other order
        // would pass off the new slot as the old one.
        long generation = connection.nextGeneration();
        connection.createSlot();
        events.accept(
                generation == 1
                        ? new ReplicationEvent.SlotCreated(config.slot())
                        : new ReplicationEvent.SlotLost(config.slot(), reason));
        return connection.slot().map(WalConnection.Slot::confirmed).orElse(Lsn.NONE);
    }

    /// Agrees with the sink on the epoch and on where to read on.
    private Epoch open(WalConnection connection, Lsn confirmed) throws SQLException {
        WalConnection.System system = connection.identify();
        Epoch epoch = new Epoch(system.identifier(), system.timeline(), connection.generation());
        held = sink.opened(epoch, confirmed);
        boolean gap =
                held.isBefore(confirmed)
                        || (epoch.equals(lastEpoch) && reached.isBefore(confirmed));
        if (gap || held.isAfter(system.flushed())) {
            String reason =
                    gap
                            ? "someone else has read it up to " + confirmed
                            : "the server's log ends before " + held;
            epoch = new Epoch(system.identifier(), system.timeline(), connection.nextGeneration());
            held = sink.opened(epoch, confirmed);
            events.accept(new ReplicationEvent.SlotLost(config.slot(), reason));
        }
        lastEpoch = epoch;
        return epoch;
    }

    private WalStream start(WalConnection connection) throws SQLException, Obstacle {
        try {
            return connection.start(held);
        } catch (SQLException e) {
            if (OBJECT_IN_USE.equals(e.getSQLState())) {
                throw busy(connection.slot().map(WalConnection.Slot::reader).orElse(0));
            }
            throw e;
        }
    }

    private void note(SlotStatus.State state, String trouble) {
        WalStream open = stream;
        SlotStatus before = status;
        status =
                new SlotStatus(
                        state,
                        open == null ? before.received() : new Lsn(open.received()),
                        open == null ? before.confirmed() : new Lsn(open.confirmed()),
                        before.lagBytes(),
                        Math.max(0, opened - 1),
                        trouble);
    }

    /// Ends the stream before anything else, so that PostgreSQL need not wait for it. What was read
    /// and not handed on is sent again after the next start.
    @Override
    public void close() {
        closing.countDown();
        WalStream open = stream;
        if (open != null) {
            open.abort();
        }
        thread.interrupt();
        if (thread == Thread.currentThread() || thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            boolean _ = thread.join(CLOSE_LIMIT);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
