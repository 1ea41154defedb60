package dev.lockstep.channel;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Payloads;
import dev.lockstep.wire.Ref;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One connection: which topics it has joined. All state is its loop's.
final class ConnectionSession implements Session {
    private final Hub hub;
    private final Outbox outbox;
    private final Lane lane;
    private final Codec codec;
    private final Handshake handshake;
    private final Map<Topic, Member> members = new HashMap<>(4);
    private boolean touched;
    private volatile boolean closed;

    ConnectionSession(Hub hub, Outbox outbox, Lane lane, Codec codec, Handshake handshake) {
        this.hub = hub;
        this.outbox = outbox;
        this.lane = lane;
        this.codec = codec;
        this.handshake = handshake;
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
                    member.receive(frame);
                }
            }
        }
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
