package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import dev.lockstep.core.Lsn;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.FeedRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one member hears of the log: at most one seat for its `postgres_changes`, and one for each
/// live feed. All state is the loop's; what waits runs on virtual threads and comes back by the
/// loop.
final class Listening {
    private static final Logger log = LoggerFactory.getLogger(Listening.class);
    private static final Duration HERD = Duration.ofSeconds(2);

    private final Member member;
    private final List<LiveFeed> feeds = new ArrayList<>();
    private @Nullable Seat changes;
    private Runnable whenLive = () -> {};

    /// One feed of the channel, through all its seats.
    private static final class LiveFeed {
        private final FeedRequest request;
        private final int id;
        private @Nullable Seat seat;

        LiveFeed(FeedRequest request, int id) {
            this.request = request;
            this.id = id;
        }
    }

    Listening(Member member) {
        this.member = member;
    }

    /// @param live runs before anything is said of `postgres_changes`
    void begin(Joining.Admission admission, Runnable live) {
        whenLive = live;
        admission.changes().ifPresent(spec -> listen(spec, Optional.empty()));
        for (int i = 0; i < admission.feeds().size(); i++) {
            Resolver.ResolvedFeed resolved = admission.feeds().get(i);
            LiveFeed feed = new LiveFeed(member.config().feeds().get(i), resolved.spec().id());
            feeds.add(feed);
            open(feed, resolved, admission.since().get(i));
        }
    }

    // postgres_changes

    /// @param from everything up to here was sent; empty: from now on
    private void listen(Spec.Changes spec, Optional<Lsn> from) {
        Seat seat = new Seat(member, spec);
        changes = seat;
        Hub hub = member.hub();
        if (hub.cursors().asks(spec)) {
            hub.cursors()
                    .start(seat, Position.after(from.orElseGet(hub.fanOut()::position)), List.of());
        } else {
            hub.fanOut().post(new FanOut.Command.Attach(seat, from, List.of()));
        }
    }

    void seated(Seat seat) {
        if (seat == changes) {
            whenLive.run();
            whenLive = () -> {};
            if (!seat.isAnnounced()) {
                member.system("postgres_changes", "ok", "Subscribed to PostgreSQL");
                seat.announced();
            }
        }
    }

    private void changesDismissed(Dismissal reason, Lsn heard) {
        switch (reason) {
            case RIGHTS, SCHEMA -> resolveAgain(heard);
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

    private void resolveAgain(Lsn heard) {
        Identity identity = member.identity();
        Optional<Lsn> from = heard.equals(Lsn.NONE) ? Optional.empty() : Optional.of(heard);
        member.hub()
                .work(() -> {
                    try {
                        Spec.Changes spec = Joining.resolve(member, identity);
                        member.onLoop(() -> listen(spec, from));
                    } catch (FailureException e) {
                        member.onLoop(() ->
                                member.system("postgres_changes", "error", e.failure().message()));
                    }
                });
    }

    // Live feeds

    private void open(LiveFeed feed, Resolver.ResolvedFeed resolved, Optional<String> since) {
        if (since.isEmpty()) {
            load(feed, resolved, Dismissal.FIRST, Duration.ZERO);
            return;
        }
        Hub hub = member.hub();
        switch (hub.returning(since.get(), resolved.spec().question())) {
            case Hub.Return.From(var position) -> {
                Seat seat = new Seat(member, resolved.spec());
                feed.seat = seat;
                hub.cursors().start(seat, Position.after(position), List.of());
            }
            case Hub.Return.Afresh(var reason) -> load(feed, resolved, reason, Duration.ZERO);
        }
    }

    private void load(
            LiveFeed feed, Resolver.ResolvedFeed resolved, Dismissal reason, Duration spread) {
        Seat seat = new Seat(member, resolved.spec());
        feed.seat = seat;
        Hub hub = member.hub();
        Identity identity = member.identity();
        hub.workWithin(
                spread,
                () -> {
                    try {
                        hub.snapshots()
                                .load(
                                        seat,
                                        resolved.spec(),
                                        resolved.page(),
                                        resolved.relation(),
                                        identity,
                                        reason,
                                        (handover, reader) ->
                                                hub.cursors().startAfter(seat, handover, reader));
                    } catch (FailureException e) {
                        log.atWarn().setCause(e).log("snapshot failed; it is tried again");
                        member.onLoop(() -> dismissed(seat, reason, Lsn.NONE));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    private void feedDismissed(LiveFeed feed, Dismissal reason) {
        Identity identity = member.identity();
        Hub hub = member.hub();
        hub.work(() -> {
            try {
                Resolver.ResolvedFeed resolved =
                        hub.resolver()
                                .feed(
                                        member.codec(),
                                        member.topic(),
                                        identity,
                                        feed.request,
                                        feed.id);
                member.onLoop(() -> load(feed, resolved, reason, HERD));
            } catch (FailureException e) {
                // A feed that may not be seen any more ends with its channel.
                member.onLoop(() -> member.lost(e.failure().message()));
            }
        });
    }

    // Both

    void stalled(Seat seat, Position position) {
        seat.close();
        Hub hub = member.hub();
        hub.fanOut().post(new FanOut.Command.Detach(seat));
        Seat next = new Seat(member, seat.spec());
        next.announced();
        if (seat == changes) {
            changes = next;
        } else {
            LiveFeed feed = feedOf(seat);
            if (feed == null) {
                return;
            }
            feed.seat = next;
        }
        hub.cursors().start(next, position, List.of());
    }

    void dismissed(Seat seat, Dismissal reason, Lsn heard) {
        seat.close();
        if (seat == changes) {
            changes = null;
            changesDismissed(reason, heard);
            return;
        }
        LiveFeed feed = feedOf(seat);
        if (feed != null) {
            feed.seat = null;
            feedDismissed(feed, reason);
        }
    }

    /// The member has a new token. With other rights everything is asked anew.
    void renewed(boolean sameRights) {
        Seat listening = changes;
        if (sameRights) {
            if (listening != null) {
                member.system("postgres_changes", "ok", "Subscribed to PostgreSQL");
            }
            return;
        }
        if (listening != null) {
            detach(listening);
            dismissed(listening, Dismissal.RIGHTS, Lsn.NONE);
        }
        for (LiveFeed feed : feeds) {
            Seat seat = feed.seat;
            if (seat != null) {
                detach(seat);
                dismissed(seat, Dismissal.RIGHTS, Lsn.NONE);
            }
        }
    }

    void end() {
        if (changes != null) {
            detach(changes);
        }
        for (LiveFeed feed : feeds) {
            if (feed.seat != null) {
                detach(feed.seat);
            }
        }
    }

    private void detach(Seat seat) {
        seat.close();
        member.hub().fanOut().post(new FanOut.Command.Detach(seat));
    }

    private @Nullable LiveFeed feedOf(Seat seat) {
        for (LiveFeed feed : feeds) {
            if (feed.seat == seat) {
                return feed;
            }
        }
        return null;
    }
}
