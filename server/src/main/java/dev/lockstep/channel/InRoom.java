package dev.lockstep.channel;

import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Payloads;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One member's part in its topic's room: what it broadcasts and tracks, and what it missed there.
/// All state is the loop's.
final class InRoom {
    private final Member member;
    private final String presenceKey;
    private @Nullable Seat seat;
    private boolean presenceMissed;
    private long broadcastsMissed;

    InRoom(Member member) {
        this.member = member;
        this.presenceKey =
                member.config().presenceKey().orElseGet(() -> UUID.randomUUID().toString());
    }

    boolean isEntered() {
        return seat != null;
    }

    /// From here on the member hears the room; presence begins with the whole state.
    void enter() {
        Seat taken = new Seat(member, null);
        seat = taken;
        TopicShard.Hearing hearing =
                member.config().presenceEnabled()
                        ? TopicShard.Hearing.BROADCASTS_AND_PRESENCE
                        : TopicShard.Hearing.BROADCASTS;
        post(new TopicShard.Command.Enter(room(), taken, hearing));
    }

    void exit() {
        if (seat != null) {
            post(new TopicShard.Command.Exit(room(), seat));
        }
    }

    void broadcast(ClientFrame.Broadcast broadcast) {
        BroadcastMessage message = broadcast.message();
        if (message.payload().length > member.hub().config().broadcastBytes()) {
            acknowledge(broadcast, Codec.Status.ERROR, "{\"error\":\"payload_size_exceeded\"}");
        } else if (member.hub().shard(member.topic()).isFull()) {
            acknowledge(
                    broadcast, Codec.Status.ERROR, Payloads.reason("Too many messages per second"));
        } else {
            post(new TopicShard.Command.Say(room(), seat(), member.config().self(), message));
            acknowledge(broadcast, Codec.Status.OK, Payloads.EMPTY);
        }
    }

    private void acknowledge(ClientFrame.Broadcast broadcast, Codec.Status status, String body) {
        if (member.config().ack()) {
            member.reply(broadcast.ref(), status, body);
        }
    }

    void track(ClientFrame.Track track) {
        if (track.payload().isEmpty()) {
            member.reply(
                    track.ref(),
                    Codec.Status.ERROR,
                    Payloads.reason("Presence track payload must be a map"));
            return;
        }
        post(new TopicShard.Command.Track(room(), seat(), presenceKey, track.payload().get()));
        member.reply(track.ref(), Codec.Status.OK, Payloads.EMPTY);
    }

    void untrack(ClientFrame.Untrack untrack) {
        post(new TopicShard.Command.Untrack(room(), seat()));
        member.reply(untrack.ref(), Codec.Status.OK, Payloads.EMPTY);
    }

    /// A broadcast or a presence diff did not fit into the outbox.
    void missed() {
        broadcastsMissed++;
        presenceMissed |= member.config().presenceEnabled();
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
            post(new TopicShard.Command.Refresh(room(), seat()));
        }
    }

    private void post(TopicShard.Command command) {
        member.hub().shard(member.topic()).post(command);
    }

    private Seat seat() {
        return Objects.requireNonNull(seat, "entered");
    }

    private TopicShard.RoomName room() {
        return new TopicShard.RoomName(member.topic(), false);
    }
}
