package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.feed.FeedReader;
import dev.lockstep.feed.ResumeTokens;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Members that are not at the head: those who come back, who read slowly, who take over from a
/// snapshot, and for good those whose filter has to ask PostgreSQL. Each is a position in the
/// window and a virtual thread; nothing is queued for it. At the head it is handed to the fan-out.
final class Cursors {
    private static final Logger log = LoggerFactory.getLogger(Cursors.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final ChangeFeed feed;
    private final FilterCompiler compiler;
    private final ResumeTokens tokens;
    private final long outboxBytes;
    private final Semaphore atWork;
    private @Nullable FanOut fanOut;
    private FanOut.SpecCheck check = _ -> true;
    private final Deletes deletes;
    private Supplier<Object> rights = () -> this;

    Cursors(ChangeFeed feed, FilterCompiler compiler, ResumeTokens tokens, ChannelConfig config) {
        this.feed = feed;
        this.compiler = compiler;
        this.tokens = tokens;
        this.deletes = config.deletes();
        this.outboxBytes = config.outboxBytes();
        this.atWork = new Semaphore(config.cursorsAtWork());
    }

    /// Before the first [#start].
    ///
    /// @param rights something that is another object whenever rights may have changed
    void bind(FanOut fanOut, FanOut.SpecCheck check, Supplier<Object> rights) {
        this.fanOut = fanOut;
        this.check = check;
        this.rights = rights;
    }

    Evaluator evaluator(Spec spec) {
        return new Evaluator(
                spec,
                compiler,
                deletes,
                lsn -> spec instanceof Spec.Feed f ? token(f.question(), lsn) : "");
    }

    String token(Spec.Question question, Lsn position) {
        return tokens.issue(feed.epoch(), position, 0, question.fingerprint());
    }

    /// From a position in the window up to which the member's rights were looked after; `first` is
    /// said before. A transaction behind it that concerns these rights dismisses the member.
    void start(Seat seat, Position from, List<Frame> first) {
        begin(seat, Optional.empty(), run -> run.from(from, first));
    }

    /// From a position in the window under rights that were read somewhere else in the log.
    ///
    /// @param knowing whether what these rights know already may still concern the member
    void start(Seat seat, Position from, AsOf asOf, Knowing knowing) {
        Optional<Handover> known =
                knowing == Knowing.SEEN ? Optional.of(asOf.snapshot()) : Optional.empty();
        begin(
                seat,
                known.map(snapshot -> new Crossing(snapshot, false)),
                run -> {
                    run.knows = knowing;
                    run.lookFor(asOf, from.after());
                    run.from(from, List.of());
                });
    }

    /// What of the changes to its rights a member that goes on has taken in.
    enum Knowing {
        /// All that its rights were read after.
        SEEN,
        /// None: what it holds was sent under older rights.
        NONE
    }

    /// From a snapshot that was just sent: what it did not see yet follows.
    void startAfter(Seat seat, Handover handover, FeedReader before) {
        Run run = new Run(seat, new Crossing(handover, true), Lsn.NONE);
        guard(run, () -> run.follow(before));
    }

    private void begin(Seat seat, Optional<Crossing> crossing, Way way) {
        Thread.ofVirtual()
                .name("cursor")
                .start(() -> {
                    Run run = new Run(seat, crossing.orElse(null), Lsn.NONE);
                    guard(run, () -> way.go(run));
                });
    }

    private interface Way {
        void go(Run run) throws InterruptedException, Evaluator.DismissedException;
    }

    /// From a snapshot to the log.
    ///
    /// @param rows whether it holds rows that were sent, so that of what it saw nothing is sent
    ///   again; else only the rights were read in it
    private record Crossing(Handover snapshot, boolean rows) {}

    private interface Work {
        void run() throws InterruptedException, Evaluator.DismissedException;
    }

    private void guard(Run run, Work work) {
        try {
            work.run();
        } catch (Evaluator.DismissedException e) {
            dismiss(run, e.reason());
        } catch (FailureException e) {
            if (e.failure() instanceof Failure.ResumeExpired) {
                dismiss(run, Dismissal.SLOW);
            } else if (e.failure() instanceof Failure.Unavailable) {
                log.atWarn().setCause(e).log("a cursor waits for the database");
                dismiss(run, Dismissal.RENEWED);
            } else {
                log.atWarn()
                        .addKeyValue("problem", e.failure().message())
                        .log("a filter or a row policy failed; it is made anew");
                dismiss(run, Dismissal.SCHEMA);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a cursor failed; its member loads afresh");
            dismiss(run, Dismissal.SLOW);
        }
    }

    private static void dismiss(Run run, Dismissal reason) {
        Seat seat = run.seat;
        Position heard = new Position(run.heard, run.told);
        Member member = seat.member();
        member.lane().loop().execute(() -> member.dismissed(seat, reason, heard));
    }

    /// One member's way to the head.
    private final class Run {
        private final Seat seat;
        private final Evaluator evaluator;
        private final boolean stays;

        /// Nanoseconds after which these rights are too old; 0 for never.
        private final long readAgain;

        private @Nullable Crossing crossing;
        private @Nullable Object seenRights;
        private final long began = System.nanoTime();
        private boolean working;
        private Knowing knows = Knowing.SEEN;
        private Lsn heard;

        /// How many frames of the transaction behind `heard` were sent.
        private int told;

        /// @param heard everything up to here was sent; NONE when that cannot be said
        Run(Seat seat, @Nullable Crossing crossing, Lsn heard) {
            this.heard = heard;
            this.seat = seat;
            this.evaluator = evaluator(seat.spec());
            this.stays = seat.spec().asks();
            this.readAgain = seat.spec().readAgain().map(Duration::toNanos).orElse(0L);
            this.crossing = crossing;
        }

        /// Rights that were read before a transaction was visible do not hold behind it, wherever
        /// in the log the member goes on.
        void lookFor(AsOf asOf, Lsn from) throws Evaluator.DismissedException {
            heard = from;
            if (!asOf.mark().isBefore(from)) {
                return;
            }
            FeedReader reader = feed.from(asOf.mark());
            Transaction transaction = reader.next();
            while (transaction != null && !transaction.endLsn().isAfter(from)) {
                if (!asOf.snapshot().saw(transaction.xid()) && evaluator.endsRights(transaction)) {
                    throw new Evaluator.DismissedException(Dismissal.RIGHTS);
                }
                transaction = reader.next();
            }
        }

        void from(Position from, List<Frame> first)
                throws InterruptedException, Evaluator.DismissedException {
            heard = from.after();
            told = from.frames();
            for (Frame frame : first) {
                send(frame);
            }
            waitForRoom();
            if (stays) {
                Member member = seat.member();
                member.lane().loop().execute(() -> member.seated(seat));
            }
            follow(feed.from(from.after()));
        }

        void follow(FeedReader reader) throws InterruptedException, Evaluator.DismissedException {
            // At the head it says so, also where nothing led there.
            boolean moved = true;
            while (!seat.isClosed()) {
                Lsn head = feed.head();
                Transaction transaction = reader.next();
                recheck();
                Crossing from = crossing;
                if (transaction != null) {
                    deliver(transaction);
                    heard = sendsRows() ? Lsn.NONE : transaction.endLsn();
                    told = 0;
                    moved = true;
                } else if (from != null && head.isBefore(from.snapshot().takenAt())) {
                    feed.awaitBeyond(head, LOOK_AGAIN);
                } else if (stays) {
                    crossing = null;
                    if (moved) {
                        tellToken(reader.position());
                        moved = false;
                    }
                    feed.awaitBeyond(head, LOOK_AGAIN);
                } else {
                    fanOut().post(attach(reader.position()));
                    return;
                }
            }
        }

        private boolean sendsRows() {
            Crossing from = crossing;
            return from != null && from.rows();
        }

        private FanOut.Command attach(Lsn position) {
            return new FanOut.Command.Attach(seat, Optional.of(position), List.of());
        }

        private void deliver(Transaction transaction)
                throws InterruptedException, Evaluator.DismissedException {
            Crossing from = crossing;
            boolean seen = false;
            if (from != null) {
                if (transaction.commitLsn().isAfter(from.snapshot().takenAt())) {
                    crossing = null;
                } else {
                    seen = from.snapshot().saw(transaction.xid());
                }
            }
            if (!seen && evaluator.endsRights(transaction)) {
                if (knows == Knowing.NONE) {
                    // Though its rights be the same again: it held rows that it had to lose.
                    heard = Lsn.NONE;
                }
                throw new Evaluator.DismissedException(Dismissal.RIGHTS);
            }
            if (seen && sendsRows()) {
                return;
            }
            boolean withToken = !sendsRows();
            int[] skip = {told};
            atWork.acquire();
            working = true;
            try {
                evaluator.frames(
                        transaction,
                        withToken,
                        frame -> {
                            if (skip[0] > 0) {
                                skip[0]--;
                            } else {
                                send(frame);
                                told++;
                            }
                        });
            } finally {
                working = false;
                atWork.release();
            }
        }

        private void tellToken(Lsn position) {
            if (seat.spec() instanceof Spec.Feed spec) {
                send(
                        FeedPayload.token(
                                spec.codec().envelope(spec.topic(), "feed"),
                                spec.id(),
                                token(spec.question(), position)));
            }
        }

        private void recheck() throws Evaluator.DismissedException {
            if (seat.isRecalled()) {
                throw new Evaluator.DismissedException(Dismissal.RENEWED);
            }
            if (readAgain > 0 && System.nanoTime() - began > readAgain) {
                throw new Evaluator.DismissedException(Dismissal.RIGHTS);
            }
            Object now = rights.get();
            if (now != seenRights) {
                seenRights = now;
                if (!check.holds(seat.spec())) {
                    throw new Evaluator.DismissedException(Dismissal.RIGHTS);
                }
            }
        }

        private void send(Frame frame) {
            waitForRoom();
            if (!seat.isClosed()) {
                seat.member().outbox().send(frame);
            }
        }

        /// Waits until the connection takes more; who waits is not at work.
        private void waitForRoom() {
            Member member = seat.member();
            if (seat.isClosed() || member.outbox().pendingBytes() <= outboxBytes / 2) {
                return;
            }
            if (working) {
                atWork.release();
            }
            while (!seat.isClosed() && member.outbox().pendingBytes() > outboxBytes / 2) {
                member.awaitRoom(LOOK_AGAIN);
            }
            if (working) {
                atWork.acquireUninterruptibly();
            }
        }
    }

    private FanOut fanOut() {
        return java.util.Objects.requireNonNull(fanOut);
    }
}
