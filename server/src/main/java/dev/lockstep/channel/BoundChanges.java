package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A member's `postgres_changes`, through all its seats. All state is the loop's.
final class BoundChanges {
    private static final Logger log = LoggerFactory.getLogger(BoundChanges.class);

    /// Between attempts that find the log where it was, such as while a change of rights is in the
    /// log and not yet visible.
    private static final Duration PAUSE = Duration.ofMillis(250);

    /// As many attempts at one change, on which a filter or a policy fails each time.
    private static final int MOST_FAILURES = 20;

    private final Member member;
    private @Nullable Seat seat;
    private Runnable whenLive = () -> {};

    /// Whether the client is still to be told that it is subscribed.
    private boolean unannounced = true;

    private @Nullable Position lastDismissed;
    private int failures;

    BoundChanges(Member member) {
        this.member = member;
    }

    boolean has(Seat asked) {
        return seat == asked;
    }

    /// @param live runs before anything is said
    void begin(ChangesResolver.Resolved resolved, Runnable live) {
        whenLive = live;
        listen(resolved, Optional.empty());
    }

    /// @param from everything up to here was sent; empty: from now on
    private void listen(ChangesResolver.Resolved resolved, Optional<Position> from) {
        Seat taken = new Seat(member, resolved.spec());
        seat = taken;
        Hub hub = member.hub();
        if (resolved.asOf().isPresent()) {
            hub.cursors().start(taken, position(from), resolved.asOf().get(), Cursors.Knowing.SEEN);
        } else if (resolved.spec().asks() || from.map(Position::frames).orElse(0) > 0) {
            hub.cursors().start(taken, position(from), List.of());
        } else {
            hub.fanOut()
                    .post(new FanOut.Command.Attach(taken, from.map(Position::after), List.of()));
        }
    }

    private Position position(Optional<Position> from) {
        return from.orElseGet(() -> Position.after(member.hub().fanOut().present()));
    }

    void seated(Seat taken) {
        if (taken == seat) {
            whenLive.run();
            whenLive = () -> {};
            if (unannounced) {
                unannounced = false;
                member.system("postgres_changes", "ok", "Subscribed to PostgreSQL");
            }
        }
    }

    void stalled(Seat left, Position position) {
        seat = null;
        if (left.isRecalled()) {
            resolveAgain(left.spec(), Optional.of(position), Duration.ZERO);
        } else {
            Seat next = new Seat(member, left.spec());
            seat = next;
            member.hub().cursors().start(next, position, List.of());
        }
    }

    void dismissed(Seat left, Dismissal reason, Optional<Position> heard) {
        seat = null;
        switch (reason) {
            case RIGHTS, RENEWED, SCHEMA -> {
                Position at = heard.orElse(null);
                boolean again = at != null && at.equals(lastDismissed);
                lastDismissed = at;
                failures = again ? failures : 0;
                if (reason == Dismissal.SCHEMA && ++failures > MOST_FAILURES) {
                    member.lost(
                            "Changes were lost: a filter or a row policy fails on a row that"
                                    + " changed; the server's log says why. Load the data afresh.");
                } else {
                    resolveAgain(left.spec(), heard, again ? PAUSE : Duration.ZERO);
                }
            }
            case SLOW, EXPIRED, LARGE ->
                    member.lost(
                            "Changes were lost: this connection read more slowly than the server"
                                    + " retains changes. Load the data afresh.");
            case FIRST, CHANGED, TRUNCATED, SLOT ->
                    member.lost(
                            "Changes may have been lost: the replication slot began anew. Load the"
                                    + " data afresh.");
        }
    }

    private void resolveAgain(Spec former, Optional<Position> from, Duration pause) {
        Identity identity = member.identity();
        member.hub()
                .workAfter(
                        pause,
                        () -> {
                            try {
                                ChangesResolver.Resolved resolved =
                                        Joining.resolve(member, identity);
                                member.onLoop(() -> {
                                    if (member.identity() != identity) {
                                        resolveAgain(former, from, Duration.ZERO);
                                    } else if (resolved.spec().equals(former)) {
                                        listen(resolved, from);
                                    } else {
                                        // What was told of a transaction under other rights cannot
                                        // be counted under these: it is told again.
                                        unannounced |= meansMore(former, resolved.spec());
                                        listen(resolved, from.map(Position::whole));
                                    }
                                });
                            } catch (FailureException e) {
                                member.onLoop(() -> refused(former, from, identity, e));
                            }
                        });
    }

    /// Whether a wildcard means other tables than before: those who wait for one are told.
    private static boolean meansMore(Spec former, Spec.Changes now) {
        return former instanceof Spec.Changes(_, _, _, var wildcards, _)
                && !wildcards.equals(now.wildcards());
    }

    private void refused(
            Spec former, Optional<Position> from, Identity identity, FailureException problem) {
        if (member.identity() != identity) {
            resolveAgain(former, from, Duration.ZERO);
        } else if (problem.failure() instanceof Failure.Unavailable) {
            log.atDebug().setCause(problem).log("rights could not be read; tried again");
            resolveAgain(former, from, Duration.ofSeconds(1));
        } else {
            member.system("postgres_changes", "error", problem.failure().message());
        }
    }

    /// The member has a new token.
    void renewed() {
        unannounced = true;
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
