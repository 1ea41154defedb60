package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Caller;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.JoinConfig;
import dev.lockstep.wire.Payloads;
import dev.lockstep.wire.Ref;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One connection in one topic, from its join to its end. All state is its loop's, save what is
/// said to be otherwise; what waits runs on virtual threads ([Joining], [Listening]) and comes back
/// by the loop.
///
/// ```
/// joining ──reply ok──▶ joined ──leave, expiry, error──▶ over
///    └──────reply error────────────────────────────────▶ over
/// ```
final class Member {
    /// Frames that may wait for the join to be answered.
    private static final int MAX_EARLY = 100;

    private static final Failure.TooMany EARLY =
            new Failure.TooMany(
                    "early-messages",
                    MAX_EARLY,
                    "Too many messages per second",
                    Duration.ofSeconds(1));
    private static final Duration SUBSCRIBE_LIMIT = Duration.ofSeconds(20);
    private static final Duration SUBSCRIBE_WAIT = Duration.ofSeconds(15);
    private static final Duration STREAMING_LIMIT = Duration.ofSeconds(60);
    private static final Duration STREAMING_LOOK = Duration.ofMillis(500);

    private final ConnectionSession connection;
    private final ClientFrame.Join join;
    private final InRoom room;
    private final Listening listening;
    private @Nullable Deque<ClientFrame> early = new ArrayDeque<>();
    private Identity identity;
    private String token;
    private @Nullable Future<?> expiry;
    private @Nullable Meter presenceCalls;
    private @Nullable Account feedsHeldBy;
    private volatile boolean over;
    private volatile @Nullable Thread waiting;

    Member(ConnectionSession connection, ClientFrame.Join join) {
        this.connection = connection;
        this.join = join;
        this.identity = connection.handshake().identity();
        this.token = connection.handshake().key();
        this.room = new InRoom(this);
        this.listening = new Listening(this);
    }

    Topic topic() {
        return join.topic();
    }

    Codec codec() {
        return connection.codec();
    }

    Ref joinRef() {
        return join.joinRef();
    }

    JoinConfig config() {
        return join.config();
    }

    Hub hub() {
        return connection.hub();
    }

    Outbox outbox() {
        return connection.outbox();
    }

    Lane lane() {
        return connection.lane();
    }

    /// On the loop.
    Identity identity() {
        return identity;
    }

    /// On the loop: as PostgreSQL is to see it.
    Caller caller() {
        return callerOf(identity);
    }

    /// Any thread.
    Caller callerOf(Identity whom) {
        return Caller.of(whom, connection.handshake().headersJson());
    }

    InRoom room() {
        return room;
    }

    /// On the loop: what its rights in a private room stand on has changed.
    void reconsider() {
        room.reconsider();
    }

    boolean isOver() {
        return over;
    }

    boolean touch() {
        return connection.touch();
    }

    void flush() {
        connection.flush();
    }

    /// Runs on the loop, unless the member is over by then.
    void onLoop(Runnable task) {
        lane().loop()
                .execute(() -> {
                    if (!over) {
                        task.run();
                    }
                });
    }

    // Joining

    void start() {
        room.approach();
        hub().work(() ->
                new Joining(
                                this,
                                join,
                                connection.handshake().identity(),
                                connection.handshake().key())
                        .run());
    }

    /// @param response a JSON object
    void refused(String response) {
        over = true;
        connection.forget(this);
        room.exit();
        reply(join.ref(), Codec.Status.ERROR, response);
    }

    /// The join is granted: everything that it asked for begins.
    void admitted(Joining.Admission admission) {
        identity = admission.identity();
        token = admission.token();
        try {
            holdFeeds(admission.feeds().size());
        } catch (FailureException e) {
            refused(Joining.response(e.failure(), config()));
            return;
        }
        if (config().awaitSubscription() && admission.changes().isPresent()) {
            // The reply follows when the subscription is live.
            listening.begin(admission, () -> welcome(admission));
            giveUpAfter(config().awaitTimeout().orElse(SUBSCRIBE_WAIT));
        } else {
            welcome(admission);
            listening.begin(admission, () -> {});
        }
    }

    private void holdFeeds(int count) {
        if (count > 0) {
            feedsHeldBy =
                    hub().limits().holdFeeds(identity, connection.handshake().address(), count);
        }
    }

    private void giveUpAfter(Duration asked) {
        Duration limit = asked.compareTo(SUBSCRIBE_LIMIT) > 0 ? SUBSCRIBE_LIMIT : asked;
        hub().after(
                        limit,
                        () ->
                                onLoop(() -> {
                                    if (!room.isEntered()) {
                                        gone();
                                        refused(
                                                Payloads.reason(
                                                        "PostgresChangesSubscribeTimeout: Timed"
                                                                + " out after "
                                                                + limit.toMillis()
                                                                + "ms waiting for the"
                                                                + " postgres_changes subscription"));
                                    }
                                }));
    }

    /// Tells a member that asked when broadcasts from the database would reach it.
    private void tellStreaming(Duration waited) {
        if (hub().isStreaming()) {
            system("system", "ok", "Replication connection established");
        } else if (waited.compareTo(STREAMING_LIMIT) > 0) {
            shut("Replication connection was not established in time");
        } else {
            hub().after(
                            STREAMING_LOOK,
                            () -> onLoop(() -> tellStreaming(waited.plus(STREAMING_LOOK))));
        }
    }

    private void welcome(Joining.Admission admission) {
        reply(join.ref(), Codec.Status.OK, admission.reply());
        room.enter(admission.entry());
        admission.problem().ifPresent(problem -> system("postgres_changes", "error", problem));
        if (config().replicationReady()) {
            tellStreaming(Duration.ZERO);
        }
        expireAt();
        Deque<ClientFrame> waited = early;
        early = null;
        if (waited != null) {
            waited.forEach(this::receive);
        }
    }

    // What the client says

    void receive(ClientFrame frame) {
        if (early != null) {
            if (early.size() < MAX_EARLY) {
                early.add(frame);
            } else {
                exceeded(frame, EARLY);
            }
            return;
        }
        switch (frame) {
            case ClientFrame.Broadcast broadcast -> room.broadcast(broadcast);
            case ClientFrame.Track track when isTooLarge(track) ->
                    shut("Track message size exceeded");
            case ClientFrame.Track track -> room.track(track);
            case ClientFrame.Untrack untrack -> room.untrack(untrack);
            case ClientFrame.AccessToken(_, _, _, var text) -> text.ifPresent(this::renew);
            case ClientFrame.Unknown unknown ->
                    reply(unknown.ref(), Codec.Status.OK, Payloads.EMPTY);
            case ClientFrame.Join _, ClientFrame.Leave _, ClientFrame.Heartbeat _ -> {}
        }
    }

    private boolean isTooLarge(ClientFrame.Track track) {
        return track.payload().map(String::length).orElse(0)
                > hub().limits().config().presenceBytes();
    }

    /// What this client tracks and untracks here.
    Meter presenceCalls() {
        Meter own = presenceCalls;
        if (own == null) {
            own = new Meter();
            presenceCalls = own;
        }
        return own;
    }

    /// A limit was met by this frame: the channel closes, and the client is told which.
    void exceeded(ClientFrame frame, Failure.TooMany limit) {
        boolean awaited = frame instanceof ClientFrame.Broadcast && config().ack();
        if (awaited || frame instanceof ClientFrame.Track) {
            reply(frame.ref(), Codec.Status.ERROR, Payloads.reason(limit.message()));
        }
        push("system", Payloads.system(limit, topic().sub()));
        connection.forget(this);
        end("phx_close");
    }

    // Tokens

    private void renew(String text) {
        if (text.startsWith("sb_") || text.equals(token)) {
            return;
        }
        hub().work(() -> {
            try {
                Identity renewed = hub().verifier().verify(text);
                onLoop(() -> renewed(renewed, text));
            } catch (FailureException e) {
                onLoop(() -> shut(e.failure().message()));
            }
        });
    }

    private void renewed(Identity renewed, String text) {
        identity = renewed;
        token = text;
        expireAt();
        room.reconsider();
        listening.renewed();
    }

    private void expireAt() {
        cancelExpiry();
        expiry =
                hub().at(
                                identity.expiresAt(),
                                () ->
                                        onLoop(() ->
                                                shut(
                                                        "Token has expired "
                                                                + hub().secondsSince(
                                                                                identity
                                                                                        .expiresAt())
                                                                + " seconds ago")));
    }

    private void cancelExpiry() {
        if (expiry != null) {
            expiry.cancel(false);
            expiry = null;
        }
    }

    /// Something that is no fault of the client's keeps the channel from going on: it rejoins.
    void broken(String words) {
        system("system", "error", words);
        connection.forget(this);
        end("phx_error");
    }

    /// Says why, and closes the channel; the connection lives.
    void shut(String words) {
        system("system", "error", words);
        connection.forget(this);
        end("phx_close");
    }

    // The log

    /// On the loop: the seat hears everything from here on.
    void seated(Seat seat) {
        listening.seated(seat);
    }

    /// On the loop: the connection is full; what follows `position` was not sent.
    void stalled(Seat seat, Position position) {
        listening.stalled(seat, position);
    }

    /// On the loop: the seat's place no longer counts; up to `heard` it was told everything.
    void dismissed(Seat seat, Dismissal reason, Position heard) {
        if (!over) {
            listening.dismissed(seat, reason, heard);
        }
    }

    /// Changes were lost that this protocol cannot make up for: the client is told, and rejoins.
    void lost(String words) {
        system("postgres_changes", "error", words);
        connection.forget(this);
        end("phx_error");
    }

    // The connection

    /// On the loop: a broadcast or a presence diff did not fit into the outbox.
    void missedTopic() {
        room.missed();
    }

    /// On the loop: there is room again.
    void writable() {
        LockSupport.unpark(waiting);
        room.writable();
    }

    /// A cursor's thread: waits until there may be room in the outbox.
    void awaitRoom(Duration atMost) {
        waiting = Thread.currentThread();
        LockSupport.parkNanos(this, atMost.toNanos());
    }

    /// On the loop: over, with a last word.
    void end(String event) {
        outbox().send(codec().end(joinRef(), topic(), event));
        gone();
    }

    /// On the loop: over, and nobody listens any more.
    void gone() {
        if (over) {
            return;
        }
        over = true;
        cancelExpiry();
        if (feedsHeldBy != null) {
            hub().limits().dropFeeds(feedsHeldBy, config().feeds().size());
        }
        listening.end();
        LockSupport.unpark(waiting);
        room.exit();
    }

    void system(String extension, String status, String message) {
        push("system", Payloads.system(extension, status, message, topic().sub()));
    }

    private void push(String event, String payload) {
        outbox().send(codec().push(joinRef(), topic(), event, payload));
    }

    void reply(Ref ref, Codec.Status status, String response) {
        outbox().send(codec().reply(joinRef(), ref, topic(), status, response));
    }

    /// Words for a refused token, as a join's reason carries them.
    static String reason(Failure.Unauthenticated failure) {
        String code =
                switch (failure.reason()) {
                    case MISSING, CLAIMS, EXPIRED -> "InvalidJWTToken";
                    case MALFORMED -> "MalformedJWT";
                    case SIGNATURE -> "JwtSignatureError";
                    case NO_KEY -> "JwtSignerError";
                };
        return code + ": " + failure.message();
    }
}
