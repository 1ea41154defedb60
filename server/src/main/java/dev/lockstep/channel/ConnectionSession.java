package dev.lockstep.channel;

import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Payloads;
import dev.lockstep.wire.Ref;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One connection: which topics it has joined. All state is its loop's.
final class ConnectionSession implements Session {
    private static final int GOING_AWAY = 1001;

    private final Hub hub;
    private final Outbox outbox;
    private final Lane lane;
    private final Codec codec;
    private final Handshake handshake;
    private final Map<Topic, Member> members = new HashMap<>(4);
    private final Account account;
    private boolean touched;
    private volatile boolean closed;

    ConnectionSession(Hub hub, Outbox outbox, Lane lane, Codec codec, Handshake handshake) {
        this.hub = hub;
        this.outbox = outbox;
        this.lane = lane;
        this.codec = codec;
        this.handshake = handshake;
        this.account = hub.limits().connected(handshake.identity(), handshake.address());
    }

    Hub hub() {
        return hub;
    }

    Outbox outbox() {
        return outbox;
    }

    Lane lane() {
        return lane;
    }

    Codec codec() {
        return codec;
    }

    Handshake handshake() {
        return handshake;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void receive(ClientFrame frame) {
        switch (frame) {
            case ClientFrame.Heartbeat beat ->
                    reply(beat, beat.joinRef(), Codec.Status.OK, Payloads.EMPTY);
            case ClientFrame.Join join -> join(join);
            case ClientFrame.Leave leave -> leave(leave);
            case ClientFrame.AccessToken _,
                    ClientFrame.Broadcast _,
                    ClientFrame.Track _,
                    ClientFrame.Untrack _,
                    ClientFrame.Unknown _ -> {
                Member member = members.get(frame.topic());
                if (member == null) {
                    unmatched(frame);
                } else {
                    pass(member, frame);
                }
            }
        }
    }

    private void pass(Member member, ClientFrame frame) {
        Optional<Failure.TooMany> limit = over(member, frame);
        if (limit.isPresent()) {
            member.exceeded(frame, limit.get());
        } else {
            member.receive(frame);
        }
    }

    private Optional<Failure.TooMany> over(Member member, ClientFrame frame) {
        return switch (frame) {
            case ClientFrame.Track _, ClientFrame.Untrack _ ->
                    hub.limits()
                            .presence(
                                    member.identity(), handshake.address(), member.presenceCalls());
            case ClientFrame.Broadcast _, ClientFrame.AccessToken _, ClientFrame.Unknown _ ->
                    hub.limits().message(member.identity(), handshake.address());
            case ClientFrame.Join _, ClientFrame.Leave _, ClientFrame.Heartbeat _ ->
                    Optional.empty();
        };
    }

    private void join(ClientFrame.Join join) {
        Topic topic = join.topic();
        if (!topic.isRealtime()) {
            unmatched(join);
            return;
        }
        if (topic.sub().isEmpty()) {
            refuse(join, "TopicNameRequired: You must provide a topic name");
            return;
        }
        Optional<Failure.TooMany> limit =
                hub.limits().join(handshake.identity(), handshake.address());
        if (limit.isPresent()) {
            tooManyJoins(join, limit.get());
            return;
        }
        long size = JoinSize.of(join);
        if (size > hub.limits().config().joinBytes()) {
            refuse(
                    join,
                    "InvalidJoinPayload: A channel's name, filters and keys may have "
                            + hub.limits().config().joinBytes()
                            + " bytes together, these have "
                            + size);
            return;
        }
        Member old = members.remove(topic);
        if (old != null) {
            old.end("phx_close");
        }
        if (members.size() >= hub.config().channelsPerConnection()) {
            refuse(join, "ChannelRateLimitReached: Too many channels");
            return;
        }
        Member member = new Member(this, join);
        members.put(topic, member);
        member.start();
    }

    /// Says so and hangs up: who joins without end is met by the handshake, where it costs least.
    private void tooManyJoins(ClientFrame.Join join, Failure.TooMany limit) {
        String reason = "ClientJoinRateLimitReached: " + limit.message();
        reply(
                join,
                join.joinRef(),
                Codec.Status.ERROR,
                join.config().feeds().isEmpty()
                        ? Payloads.reason(reason)
                        : Payloads.reason(reason, limit));
        outbox.close(GOING_AWAY, limit.code());
    }

    private void leave(ClientFrame.Leave leave) {
        Member member = members.remove(leave.topic());
        reply(leave, leave.joinRef(), Codec.Status.OK, Payloads.EMPTY);
        if (member != null) {
            member.end("phx_close");
        }
    }

    /// The member is over; a later one on the same topic stays.
    void forget(Member member) {
        members.remove(member.topic(), member);
    }

    private void unmatched(ClientFrame frame) {
        reply(frame, Ref.NULL, Codec.Status.ERROR, Payloads.reason("unmatched topic"));
    }

    private void refuse(ClientFrame frame, String reason) {
        reply(frame, frame.joinRef(), Codec.Status.ERROR, Payloads.reason(reason));
    }

    private void reply(ClientFrame frame, Ref joinRef, Codec.Status status, String response) {
        outbox.send(codec.reply(joinRef, frame.ref(), frame.topic(), status, response));
    }

    @Override
    public void writable() {
        members.values().forEach(Member::writable);
    }

    @Override
    public void closed() {
        if (!closed) {
            hub.limits().disconnected(account);
        }
        closed = true;
        List.copyOf(members.values()).forEach(Member::gone);
        members.clear();
    }

    /// On the loop: whether this is the first write since the last flush.
    boolean touch() {
        boolean first = !touched;
        touched = true;
        return first;
    }

    void flush() {
        touched = false;
        outbox.flush();
    }
}
