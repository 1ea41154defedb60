package dev.lockstep.channel;

import dev.lockstep.error.FailureException;
import dev.lockstep.policy.TopicRights.Extension;
import dev.lockstep.postgres.Caller;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Payloads;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One member's part in its topic's room: what it broadcasts and tracks, what it hears, and what it
/// missed there. All state is the loop's.
final class InRoom {
    /// How often a question to the database is repeated before the member has to join again.
    private static final int ATTEMPTS = 3;

    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Member member;
    private final String presenceKey;
    private final Seat seat;
    private final @Nullable Speaking speaking; // in a private room
    private Room.Hearing hearing = new Room.Hearing(false, false);
    private boolean entered;
    private boolean present;
    private boolean stale;
    private long round;
    private boolean presenceMissed;
    private long broadcastsMissed;

    InRoom(Member member) {
        this.member = member;
        this.presenceKey =
                member.config().presenceKey().orElseGet(() -> UUID.randomUUID().toString());
        this.seat = new Seat(member, null);
        this.speaking = member.config().restricted() ? new Speaking(member, this) : null;
    }

    boolean isEntered() {
        return entered;
    }

    /// Before its rights are read for the first time, so that no change of them is overlooked.
    void approach() {
        if (speaking != null) {
            member.hub().rightsWatch().add(member);
        }
    }

    /// Any thread: the room owes the member what is stored from here on.
    void await() {
        post(new TopicShard.Command.Await(room(), seat));
    }

    /// From here on the member hears the room; presence begins with the whole state.
    void enter(RoomDoor.Entry entry) {
        entered = true;
        hearing = entry.hearing();
        post(new TopicShard.Command.Enter(room(), seat, hearing, entry.replay()));
        if (stale) {
            reconsider();
        }
    }

    /// On the loop: also for a member that never entered.
    void exit() {
        seat.close();
        member.hub().rightsWatch().remove(member);
        if (entered || member.config().replay().isPresent()) {
            post(new TopicShard.Command.Exit(room(), seat));
        }
    }

    // Saying

    void broadcast(ClientFrame.Broadcast broadcast) {
        if (broadcast.message().payload().length > member.hub().config().broadcastBytes()) {
            acknowledge(broadcast, Codec.Status.ERROR, "{\"error\":\"payload_size_exceeded\"}");
        } else {
            say(broadcast);
        }
    }

    void track(ClientFrame.Track track) {
        if (track.payload().isEmpty()) {
            member.reply(
                    track.ref(),
                    Codec.Status.ERROR,
                    Payloads.reason("Presence track payload must be a map"));
        } else {
            say(track);
        }
    }

    void untrack(ClientFrame.Untrack untrack) {
        say(untrack);
    }

    private void say(ClientFrame frame) {
        if (speaking == null) {
            carryOut(frame);
        } else {
            speaking.say(frame);
        }
    }

    /// The member may say it.
    void carryOut(ClientFrame frame) {
        switch (frame) {
            case ClientFrame.Broadcast broadcast -> tell(broadcast);
            case ClientFrame.Track track -> {
                present = true;
                post(
                        new TopicShard.Command.Track(
                                room(), seat, presenceKey, track.payload().orElse("{}")));
                member.reply(track.ref(), Codec.Status.OK, Payloads.EMPTY);
            }
            case ClientFrame.Untrack untrack -> {
                vanish();
                member.reply(untrack.ref(), Codec.Status.OK, Payloads.EMPTY);
            }
            case ClientFrame.Join _,
                    ClientFrame.Leave _,
                    ClientFrame.Heartbeat _,
                    ClientFrame.AccessToken _,
                    ClientFrame.Unknown _ -> {}
        }
    }

    private void tell(ClientFrame.Broadcast broadcast) {
        if (member.hub().shard(member.topic()).isFull()) {
            refuse(broadcast, "Too many messages per second");
            return;
        }
        BroadcastMessage message = broadcast.message();
        post(new TopicShard.Command.Say(room(), seat, member.config().self(), message));
        acknowledge(broadcast, Codec.Status.OK, Payloads.EMPTY);
    }

    /// The member may not say it. A broadcast is dropped without a word, as the reference does.
    void deny(ClientFrame frame) {
        if (frame instanceof ClientFrame.Track track) {
            member.reply(track.ref(), Codec.Status.ERROR, Payloads.EMPTY);
        }
    }

    /// It could not be said, whether the member may or not.
    void refuse(ClientFrame frame, String words) {
        if (frame instanceof ClientFrame.Broadcast broadcast) {
            acknowledge(broadcast, Codec.Status.ERROR, Payloads.reason(words));
        } else {
            member.reply(frame.ref(), Codec.Status.ERROR, Payloads.reason(words));
        }
    }

    private void acknowledge(ClientFrame.Broadcast broadcast, Codec.Status status, String body) {
        if (member.config().ack()) {
            member.reply(broadcast.ref(), status, body);
        }
    }

    /// Whether the others see it.
    boolean isPresent() {
        return present;
    }

    void vanish() {
        present = false;
        post(new TopicShard.Command.Untrack(room(), seat));
    }

    // Rights that change

    /// The token changed, or what rights stand on: in a private room they are read again.
    void reconsider() {
        if (speaking == null) {
            return;
        }
        if (!entered) {
            stale = true;
            return;
        }
        stale = false;
        speaking.forget();
        round++;
        askAgain(round, 1);
    }

    private void askAgain(long asked, int attempt) {
        Hub hub = member.hub();
        Caller caller = member.caller();
        hub.work(() -> {
            try {
                Set<Extension> heard =
                        hub.rights()
                                .heard(
                                        caller,
                                        member.topic().sub(),
                                        RoomDoor.wanted(member.config()));
                member.onLoop(() -> hear(asked, RoomDoor.hearing(heard)));
            } catch (FailureException e) {
                member.onLoop(() -> unanswered(asked, attempt));
            }
        });
    }

    private void hear(long asked, Room.Hearing now) {
        if (asked != round) {
            return;
        }
        if (!now.broadcasts() && !now.presence()) {
            member.shut(
                    "You no longer have permission to read from this Channel topic: "
                            + member.topic().sub());
        } else if (!now.equals(hearing)) {
            hearing = now;
            post(new TopicShard.Command.Rehear(room(), seat, now));
        }
    }

    /// What is not known to be allowed does not go on for long; the client joins again.
    private void unanswered(long asked, int attempt) {
        if (asked != round) {
            return;
        }
        if (attempt == ATTEMPTS) {
            member.broken("Realtime was unable to connect to the project database");
            return;
        }
        member.hub()
                .after(
                        RETRY,
                        () ->
                                member.onLoop(() -> {
                                    if (asked == round) {
                                        askAgain(asked, attempt + 1);
                                    }
                                }));
    }

    // What it missed

    /// A broadcast or a presence diff did not fit into the outbox.
    void missed() {
        broadcastsMissed++;
        presenceMissed |= hearing.presence();
    }

    /// There is room again: what was missed is said, and presence told afresh.
    void writable() {
        if (broadcastsMissed > 0) {
            member.system(
                    "broadcast",
                    "error",
                    broadcastsMissed + " messages were dropped: this connection reads too slowly");
            broadcastsMissed = 0;
        }
        if (presenceMissed) {
            presenceMissed = false;
            post(new TopicShard.Command.Refresh(room(), seat));
        }
    }

    private void post(TopicShard.Command command) {
        member.hub().shard(member.topic()).post(command);
    }

    private TopicShard.RoomName room() {
        return new TopicShard.RoomName(member.topic(), member.config().restricted());
    }
}
