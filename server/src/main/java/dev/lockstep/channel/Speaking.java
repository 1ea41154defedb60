package dev.lockstep.channel;

import dev.lockstep.error.FailureException;
import dev.lockstep.policy.TopicRights.Extension;
import dev.lockstep.postgres.Caller;
import dev.lockstep.wire.ClientFrame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one member of a private room may say there: asked of PostgreSQL when it first says
/// something of a kind, and again when its token or the policies change. What it says meanwhile
/// waits in its order, under a bound. All state is the loop's.
final class Speaking {
    private static final Logger log = LoggerFactory.getLogger(Speaking.class);

    private final Member member;
    private final InRoom room;

    /// What is known; an extension that is not in it was not asked for yet.
    private final Map<Extension, Boolean> granted = new EnumMap<>(Extension.class);

    private final Deque<ClientFrame> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean asking;

    /// Answers that were asked for in an earlier round are out of date.
    private long round;

    Speaking(Member member, InRoom room) {
        this.member = member;
        this.room = room;
    }

    /// @param frame a broadcast, a track or an untrack
    void say(ClientFrame frame) {
        if (!asking) {
            decide(frame);
            return;
        }
        RoomConfig bounds = member.hub().config().rooms();
        long bytes = waitingBytes + weight(frame);
        if (waiting.size() >= bounds.waitingMessages() || bytes > bounds.waitingBytes()) {
            room.refuse(frame, "Too many messages per second");
        } else {
            waiting.add(frame);
            waitingBytes = bytes;
        }
    }

    private void decide(ClientFrame frame) {
        Optional<Extension> extension = extension(frame);
        if (extension.isEmpty()) {
            room.carryOut(frame);
            return;
        }
        Boolean known = granted.get(extension.get());
        if (known == null) {
            waiting.addFirst(frame);
            waitingBytes += weight(frame);
            ask(extension.get());
        } else if (known) {
            room.carryOut(frame);
        } else {
            room.deny(frame);
        }
    }

    /// Token or policies changed. What it is present with was said under a right that may be gone.
    void forget() {
        round++;
        granted.clear();
        if (room.isPresent() && !asking) {
            ask(Extension.PRESENCE);
        }
    }

    private void ask(Extension extension) {
        asking = true;
        long asked = round;
        Caller caller = member.caller();
        Hub hub = member.hub();
        hub.work(() -> {
            Optional<Boolean> answer;
            try {
                answer = Optional.of(hub.rights().maySay(caller, member.topic().sub(), extension));
            } catch (FailureException e) {
                log.atDebug().setCause(e).log("a right to write was not found out");
                answer = Optional.empty();
            }
            Optional<Boolean> found = answer;
            member.onLoop(() -> answered(extension, asked, found));
        });
    }

    private void answered(Extension extension, long asked, Optional<Boolean> answer) {
        asking = false;
        boolean outdated = asked != round;
        if (!outdated && answer.isPresent()) {
            granted.put(extension, answer.get());
            if (extension == Extension.PRESENCE && !answer.get()) {
                room.vanish();
            }
        }
        ClientFrame first = outdated || answer.isPresent() ? null : waiting.poll();
        if (first != null) {
            waitingBytes -= weight(first);
            room.refuse(first, "Realtime was unable to connect to the project database");
        }
        while (!asking && !waiting.isEmpty()) {
            ClientFrame next = waiting.remove();
            waitingBytes -= weight(next);
            decide(next);
        }
        if (outdated && !asking && room.isPresent() && !granted.containsKey(Extension.PRESENCE)) {
            ask(Extension.PRESENCE);
        }
    }

    private static Optional<Extension> extension(ClientFrame frame) {
        return switch (frame) {
            case ClientFrame.Broadcast _ -> Optional.of(Extension.BROADCAST);
            case ClientFrame.Track _ -> Optional.of(Extension.PRESENCE);
            case ClientFrame.Untrack _,
                    ClientFrame.Join _,
                    ClientFrame.Leave _,
                    ClientFrame.Heartbeat _,
                    ClientFrame.AccessToken _,
                    ClientFrame.Unknown _ ->
                    Optional.empty();
        };
    }

    private static long weight(ClientFrame frame) {
        return switch (frame) {
            case ClientFrame.Broadcast broadcast -> broadcast.message().payload().length;
            case ClientFrame.Track track -> track.payload().map(String::length).orElse(0);
            case ClientFrame.Untrack _,
                    ClientFrame.Join _,
                    ClientFrame.Leave _,
                    ClientFrame.Heartbeat _,
                    ClientFrame.AccessToken _,
                    ClientFrame.Unknown _ ->
                    0;
        };
    }
}
