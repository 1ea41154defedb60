package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.FailureException;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.feed.FeedReader;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The head of the log, for all members who keep up: reads each transaction once, asks the index
/// whom it concerns, encodes once per audience and wakes each lane once for all that is ready. Hot.
///
/// One platform thread owns the index, the audiences and the position; everyone else [#post]s. It
/// never waits for a client, a query or a lock. Before the first [Command.Begin] it has no place in
/// the log, and whoever wants a seat waits.
final class FanOut implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FanOut.class);

    /// Bytes collected for one audience, after which they are handed to the lanes.
    private static final int SLICE = 256 * 1024;

    /// Transactions between a member's position and ours that are made up for right here; a wider
    /// gap goes back to a cursor.
    private static final int SMALL_GAP = 64;

    /// What others ask of the fan-out.
    sealed interface Command {
        /// Seats a member that has heard everything up to `from`; empty: that begins to listen now.
        /// `first` is said to it before.
        record Attach(Seat seat, Optional<Lsn> from, List<Frame> first) implements Command {}

        /// The member left, or stopped keeping up.
        record Detach(Seat seat) implements Command {}

        /// What the member may hear has to be found out anew: it gives its seat back, and is told
        /// where in the log it stands.
        record Release(Seat seat) implements Command {}

        /// What may be seen has changed: every spec is looked at again.
        record Recheck() implements Command {}

        /// The log began a new life.
        record Begin(Lsn present) implements Command {}
    }

    /// Whether a spec still is what its members would be given today.
    interface SpecCheck {
        boolean holds(Spec spec);
    }

    private final ChangeFeed feed;
    private final Audiences audiences;
    private final Cursors cursors;
    private final DatabaseMessages messages;
    private final RightsWatch rightsWatch;
    private final SpecCheck check;
    private final Duration tokenEvery;
    private final Queue<Command> commands = new ConcurrentLinkedQueue<>();
    private final List<Command.Attach> early = new ArrayList<>();
    private final LaneBatches batches = new LaneBatches();
    private final Thread thread;
    private @Nullable FeedReader reader;
    private volatile Lsn position = Lsn.NONE;
    private volatile boolean running = true;
    private volatile Lsn news = Lsn.NONE;
    private long nextTokens;

    /// @param cursors who takes over members that are not at the head
    /// @param messages who takes broadcasts that the database sends
    /// @param rightsWatch who is told of DDL
    /// @param check of specs, by the catalogue of the moment
    FanOut(
            ChangeFeed feed,
            Audiences audiences,
            Cursors cursors,
            DatabaseMessages messages,
            RightsWatch rightsWatch,
            SpecCheck check,
            Duration tokenEvery) {
        this.feed = feed;
        this.audiences = audiences;
        this.cursors = cursors;
        this.messages = messages;
        this.rightsWatch = rightsWatch;
        this.check = check;
        this.tokenEvery = tokenEvery;
        this.thread = Thread.ofPlatform().name("fan-out").unstarted(this::run);
    }

    void start() {
        nextTokens = System.nanoTime() + tokenEvery.toNanos();
        feed.onMoved(() -> LockSupport.unpark(thread));
        thread.start();
    }

    /// Any thread.
    void post(Command command) {
        commands.add(command);
        LockSupport.unpark(thread);
    }

    /// Everything up to here was handed to the lanes; any thread.
    Lsn position() {
        return position;
    }

    /// Where those stand who begin to listen now; any thread.
    Lsn present() {
        Lsn head = position;
        Lsn told = news;
        return told.isAfter(head) ? told : head;
    }

    private void run() {
        while (running) {
            try {
                step();
            } catch (RuntimeException | Error e) {
                // Nobody may hear a transaction twice or in part: all load afresh from a known
                // place.
                log.atError().setCause(e).log("fan-out failed; all members load afresh");
                restart(Dismissal.SLOT);
            }
        }
    }

    private void step() {
        obey();
        audiences.endAged(position, batches);
        long wait = audiences.steps().sayDue();
        Transaction transaction = next();
        if (transaction == null) {
            flush();
            quietTokens();
            if (commands.isEmpty() && !feed.head().isAfter(position) && running) {
                LockSupport.parkNanos(this, wait);
            }
            return;
        }
        deliver(transaction);
        position = transaction.endLsn();
        attachEarly();
    }

    /// The next transaction, or null at the head.
    private @Nullable Transaction next() {
        FeedReader reader = this.reader;
        if (reader == null) {
            return null;
        }
        try {
            Transaction transaction = reader.next();
            if (transaction == null && reader.position().isAfter(position)) {
                position = reader.position();
                attachEarly();
            }
            return transaction;
        } catch (FailureException e) {
            if (reader.epoch().equals(feed.epoch())) {
                log.atError().addKeyValue("lsn", position).log("fan-out fell out of the window");
                restart(Dismissal.SLOW);
            } else {
                restart(Dismissal.SLOT);
            }
            return null;
        }
    }

    private void restart(Dismissal reason) {
        audiences.dismissAll(reason, position, batches);
        flush();
        FeedReader head = feed.lead(feed.head());
        reader = head;
        position = head.position();
    }

    private void obey() {
        for (Command command = commands.poll(); command != null; command = commands.poll()) {
            switch (command) {
                case Command.Attach attach -> attachAlone(attach);
                case Command.Detach(var seat) -> audiences.remove(seat, batches);
                case Command.Release(var seat) ->
                        audiences.release(seat, Dismissal.RENEWED, position, batches);
                case Command.Recheck() -> audiences.recheck(check, position, batches);
                case Command.Begin(var present) -> {
                    restart(Dismissal.SLOT);
                    news = present;
                    attachEarly();
                }
            }
        }
    }

    /// What is wrong with one member's wish is no reason to trouble the others.
    private void attachAlone(Command.Attach attach) {
        try {
            attach(attach);
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a member could not be seated; it asks again");
            dismiss(attach.seat(), Dismissal.SCHEMA, Lsn.NONE);
        }
    }

    private static void dismiss(Seat seat, Dismissal reason, Lsn heard) {
        Member member = seat.member();
        member.lane().loop().execute(() -> member.dismissed(seat, reason, Position.after(heard)));
    }

    private void attach(Command.Attach attach) {
        Seat seat = attach.seat();
        if (seat.isClosed()) {
            return;
        }
        if (seat.isRecalled()) {
            dismiss(seat, Dismissal.RENEWED, attach.from().orElse(Lsn.NONE));
            return;
        }
        if (reader == null) {
            early.add(attach);
            return;
        }
        Lsn from = attach.from().orElseGet(this::present);
        if (from.equals(position)) {
            seat(seat, attach.first());
        } else if (from.isAfter(position)) {
            early.add(new Command.Attach(seat, Optional.of(from), attach.first()));
        } else {
            seatBehind(seat, from, attach.first());
        }
    }

    private void attachEarly() {
        if (!early.isEmpty()) {
            List<Command.Attach> waiting = List.copyOf(early);
            early.clear();
            waiting.forEach(this::attachAlone);
        }
    }

    /// Makes up for the transactions between the member's position and ours, if they are few.
    private void seatBehind(Seat seat, Lsn from, List<Frame> first) {
        List<Frame> frames = new ArrayList<>(first);
        try {
            FeedReader gap = feed.from(from);
            Evaluator evaluator = cursors.evaluator(seat.spec());
            for (int i = 0; i < SMALL_GAP; i++) {
                Transaction transaction = gap.next();
                if (transaction == null || transaction.endLsn().isAfter(position)) {
                    seat(seat, frames);
                    return;
                }
                if (transaction.bytes() > SLICE || evaluator.endsRights(transaction)) {
                    break;
                }
                evaluator.frames(transaction, true, frames::add);
            }
        } catch (FailureException | Evaluator.DismissedException e) {
            // The cursor meets the same and answers it.
            log.atDebug().setCause(e).log("gap left to a cursor");
        }
        cursors.start(seat, Position.after(from), first);
    }

    private void seat(Seat seat, List<Frame> first) {
        // Rights may have changed since they were read, and before anybody here could be told.
        if (!audiences.has(seat.spec()) && !check.holds(seat.spec())) {
            dismiss(seat, Dismissal.RIGHTS, position);
            return;
        }
        List<Frame> frames = first;
        if (seat.spec() instanceof Spec.Feed spec) {
            frames = new ArrayList<>(first);
            frames.add(tokenFrame(spec));
        }
        try {
            audiences.add(seat, frames, batches);
        } catch (FailureException e) {
            // The table changed since the spec was resolved: the member resolves it anew.
            dismiss(seat, Dismissal.SCHEMA, position);
        }
    }

    private void deliver(Transaction transaction) {
        audiences.dismissConcerned(transaction, position, batches);
        Pass pass = audiences.begin(transaction, position);
        // What was committed before this server started is told again by the log, but was told.
        boolean isNews = transaction.endLsn().isAfter(news);
        Iterator<Change> changes = transaction.changes();
        while (changes.hasNext()) {
            Change change = changes.next();
            switch (change) {
                case Change.Insert _, Change.Update _, Change.Delete _ -> {
                    pass.row(change, batches);
                    if (isNews && change instanceof Change.Insert insert) {
                        messages.inserted(insert, transaction);
                    }
                    if (pass.largest() > SLICE) {
                        flush();
                        pass.flushed();
                    }
                }
                case Change.Truncate(var relations, _, _) -> {
                    for (Relation relation : relations) {
                        pass.truncated(relation, batches);
                    }
                }
                case Change.Message message -> rightsWatch.heard(message);
            }
        }
        pass.end(batches);
        if (pass.largest() > SLICE) {
            flush();
        }
    }

    private void flush() {
        audiences.flush(batches);
        batches.send();
    }

    /// Tells quiet feeds where the log stands, so that their tokens do not age with the window.
    private void quietTokens() {
        if (System.nanoTime() - nextTokens < 0) {
            return;
        }
        nextTokens = System.nanoTime() + tokenEvery.toNanos();
        audiences.tellQuietFeeds(position);
        flush();
    }

    private Frame tokenFrame(Spec.Feed spec) {
        return FeedPayload.token(
                spec.codec().envelope(spec.topic(), "feed"),
                spec.id(),
                cursors.token(spec.question(), position));
    }

    @Override
    public void close() {
        running = false;
        LockSupport.unpark(thread);
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
