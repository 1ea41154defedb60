package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.FeedRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One live feed of a member, through all its seats. All state is the loop's.
final class LiveFeed {
    private static final Logger log = LoggerFactory.getLogger(LiveFeed.class);

    /// Within which those load afresh who were dismissed together.
    private static final Duration HERD = Duration.ofSeconds(2);

    /// The same where rights changed: what may not be seen any more stands on a screen.
    private static final Duration SOON = Duration.ofMillis(200);

    /// Changes of rights that PostgreSQL alone can judge are gathered into one load.
    private static final Duration DEBOUNCE = Duration.ofMillis(100);

    /// Between attempts that find the log where it was: a change of rights is in the log, and not
    /// yet visible.
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Member member;
    private final FeedRequest request;
    private final int id;
    private @Nullable Seat seat;
    private @Nullable Position lastDismissed;

    LiveFeed(Member member, FeedRequest request, int id) {
        this.member = member;
        this.request = request;
        this.id = id;
    }

    boolean has(Seat asked) {
        return seat == asked;
    }

    void open(FeedResolver.Resolved resolved, Optional<String> since) {
        if (since.isEmpty()) {
            load(resolved, Dismissal.FIRST, Duration.ZERO);
            return;
        }
        Seat taken = new Seat(member, null);
        seat = taken;
        Hub hub = member.hub();
        hub.work(() ->
                attempt(
                        taken,
                        Dismissal.FIRST,
                        () -> {
                            Resolver.Completed now = hub.resolver().completed(resolved);
                            Hub.Return place = hub.returning(since.get(), now.spec().question());
                            member.onLoop(() -> {
                                if (seat == taken && !taken.isRecalled()) {
                                    comeBack(resolved, now, place);
                                } else if (seat == taken) {
                                    seat = null;
                                    resolveAgain(
                                            Optional.empty(), Dismissal.RENEWED, Optional.empty());
                                }
                            });
                        }));
    }

    private void comeBack(
            FeedResolver.Resolved resolved, Resolver.Completed now, Hub.Return place) {
        switch (place) {
            case Hub.Return.From(var position) ->
                    follow(now, Position.after(position), Cursors.Knowing.NONE);
            case Hub.Return.Afresh(var reason) -> load(resolved, reason, Duration.ZERO);
        }
    }

    private void follow(Resolver.Completed now, Position from, Cursors.Knowing knowing) {
        Seat taken = new Seat(member, now.spec());
        seat = taken;
        Cursors cursors = member.hub().cursors();
        now.asOf()
                .ifPresentOrElse(
                        asOf -> cursors.start(taken, from, asOf, knowing),
                        () -> cursors.start(taken, from, List.of()));
    }

    private void load(FeedResolver.Resolved resolved, Dismissal reason, Duration spread) {
        Seat taken = new Seat(member, resolved.draft());
        seat = taken;
        Hub hub = member.hub();
        hub.workWithin(
                spread,
                () ->
                        attempt(
                                taken,
                                reason,
                                () ->
                                        hub.snapshots()
                                                .load(
                                                        taken,
                                                        resolved,
                                                        reason,
                                                        (handover, reader) ->
                                                                hub.cursors()
                                                                        .startAfter(
                                                                                taken, handover,
                                                                                reader))));
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private void attempt(Seat taken, Dismissal reason, Work work) {
        try {
            work.run();
        } catch (FailureException e) {
            if (isPassing(e.failure())) {
                log.atWarn().setCause(e).log("snapshot failed; it is tried again");
                member.onLoop(() -> {
                    if (seat == taken) {
                        seat = null;
                        resolveAgain(Optional.empty(), reason, Optional.empty());
                    }
                });
            } else {
                member.onLoop(() -> member.lost(e.failure().message()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether another attempt may fare better; who is refused for good is told.
    private static boolean isPassing(Failure failure) {
        return switch (failure) {
            case Failure.Unavailable _, Failure.TooMany _, Failure.ResumeExpired _ -> true;
            // The table may have changed since the feed was resolved: then that is refused.
            case Failure.Internal _, Failure.NotFound _ -> true;
            case Failure.Invalid _, Failure.Forbidden _, Failure.Unauthenticated _ -> false;
        };
    }

    void stalled(Seat left, Position position) {
        if (left.isRecalled()) {
            dismissed(left, Dismissal.RENEWED, Optional.of(position));
            return;
        }
        Seat next = new Seat(member, left.spec());
        seat = next;
        member.hub().cursors().start(next, position, List.of());
    }

    void dismissed(Seat left, Dismissal reason, Optional<Position> heard) {
        seat = null;
        Position at = heard.orElse(null);
        boolean again = at != null && at.equals(lastDismissed);
        lastDismissed = at;
        Optional<Spec> former = Optional.of(left.spec());
        if (again) {
            member.hub()
                    .after(PAUSE, () -> member.onLoop(() -> resolveAgain(former, reason, heard)));
        } else {
            resolveAgain(former, reason, heard);
        }
    }

    private void resolveAgain(Optional<Spec> former, Dismissal reason, Optional<Position> heard) {
        Identity identity = member.identity();
        Hub hub = member.hub();
        boolean gathers = reason == Dismissal.RIGHTS && former.map(Spec::asks).orElse(false);
        hub.workAfter(
                gathers ? DEBOUNCE : Duration.ZERO,
                () -> {
                    try {
                        FeedResolver.Resolved resolved =
                                hub.resolver()
                                        .feed(
                                                member.codec(),
                                                member.topic(),
                                                member.callerOf(identity),
                                                request,
                                                id);
                        Optional<Resolver.Completed> same =
                                goesOn(reason, former, heard)
                                        ? Optional.of(hub.resolver().completed(resolved))
                                                .filter(now ->
                                                        shows(former.orElseThrow(), now.spec()))
                                        : Optional.empty();
                        member.onLoop(() -> {
                            if (member.identity() != identity) {
                                resolveAgain(former, Dismissal.RENEWED, heard);
                            } else if (same.isPresent()) {
                                follow(same.get(), heard.orElseThrow(), Cursors.Knowing.SEEN);
                            } else {
                                load(resolved, reason, spread(reason));
                            }
                        });
                    } catch (FailureException e) {
                        member.onLoop(() -> refused(former, reason, heard, identity, e));
                    }
                });
    }

    /// Whether the feed may go on where it stood, if its spec is found to be what it was.
    private static boolean goesOn(
            Dismissal reason, Optional<Spec> former, Optional<Position> heard) {
        if (former.isEmpty() || heard.isEmpty()) {
            return false;
        }
        return switch (reason) {
            case RENEWED -> true;
            // What PostgreSQL is asked may have another answer now, though the question is the
            // same.
            case RIGHTS -> !former.get().asks();
            case FIRST, EXPIRED, CHANGED, SLOW, TRUNCATED, SCHEMA, LARGE, SLOT -> false;
        };
    }

    private static boolean shows(Spec former, Spec.Feed now) {
        return former instanceof Spec.Feed(_, _, var question, _) && question.shows(now.question());
    }

    private static Duration spread(Dismissal reason) {
        return switch (reason) {
            case RIGHTS, RENEWED -> SOON;
            case FIRST, EXPIRED, CHANGED, SLOW, TRUNCATED, SCHEMA, LARGE, SLOT -> HERD;
        };
    }

    private void refused(
            Optional<Spec> former,
            Dismissal reason,
            Optional<Position> heard,
            Identity identity,
            FailureException problem) {
        if (member.identity() != identity) {
            resolveAgain(former, Dismissal.RENEWED, heard);
        } else if (problem.failure() instanceof Failure.Unavailable) {
            log.atWarn().setCause(problem).log("a feed could not be resolved; tried again");
            member.hub()
                    .after(HERD, () -> member.onLoop(() -> resolveAgain(former, reason, heard)));
        } else {
            // A feed that may not be seen any more ends with its channel.
            member.lost(problem.failure().message());
        }
    }

    /// The member has a new token.
    void renewed() {
        if (seat != null) {
            member.hub().recall(seat);
        }
    }

    void end() {
        if (seat != null) {
            member.hub().detach(seat);
        }
    }
}
