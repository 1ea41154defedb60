package dev.lockstep.channel;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.Ref;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Owns the rooms whose topics hash to it: who is there, their presence, and broadcasts. One
/// platform thread; everyone else [#post]s, and asks [#isFull] before a broadcast.
final class TopicShard implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TopicShard.class);

    /// Broadcasts that may wait; joins and presence are bounded by the connections themselves.
    private static final int MAILBOX = 65_536;

    private static final int GATHER = 1_024;

    /// A public and a private topic of the same name are two rooms.
    record RoomName(Topic topic, boolean restricted) {}

    sealed interface Command {
        /// `presence`: whether it hears and tells who is here.
        record Enter(RoomName room, Seat seat, Hearing hearing) implements Command {}

        record Exit(RoomName room, Seat seat) implements Command {}

        record Track(RoomName room, Seat seat, String key, String payload) implements Command {}

        record Untrack(RoomName room, Seat seat) implements Command {}

        /// `sender` hears it too only if `self`.
        record Say(RoomName room, @Nullable Seat sender, boolean self, BroadcastMessage message)
                implements Command {}

        /// Sends the whole state again to a member that missed diffs.
        record Refresh(RoomName room, Seat seat) implements Command {}

        record Stop() implements Command {}
    }

    /// What a member of a room hears beside broadcasts.
    enum Hearing {
        BROADCASTS,
        BROADCASTS_AND_PRESENCE
    }

    private record AudienceKey(Codec codec, Hearing hearing) {}

    private final class Room {
        private final RoomName name;
        private final Map<AudienceKey, Audience> audiences = new HashMap<>();
        private final Map<Seat, AudienceKey> members = new HashMap<>();
        private final PresenceBook<Seat> presence = new PresenceBook<>();

        Room(RoomName name) {
            this.name = name;
        }
    }

    private final BlockingQueue<Command> mailbox = new LinkedBlockingQueue<>();
    private final Map<RoomName, Room> rooms = new HashMap<>();
    private final Set<Room> changed = new LinkedHashSet<>();
    private final LaneBatches batches = new LaneBatches();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private final String refPrefix;
    private long nextRef;

    TopicShard(int number, String refPrefix) {
        this.refPrefix = refPrefix + number + "-";
        this.thread = Thread.ofPlatform().name("topics-" + number).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Any thread; never waits.
    void post(Command command) {
        mailbox.add(command);
    }

    /// Whether further broadcasts are to be refused until the shard has caught up.
    boolean isFull() {
        return mailbox.size() >= MAILBOX;
    }

    /// Broadcasts that did not reach a member because its connection was full.
    long dropped() {
        return dropped.get();
    }

    private void run() {
        List<Command> gathered = new ArrayList<>();
        while (true) {
            try {
                Command first = mailbox.poll(1, TimeUnit.MINUTES);
                if (first == null) {
                    continue;
                }
                gathered.add(first);
                mailbox.drainTo(gathered, GATHER);
                for (Command command : gathered) {
                    if (command instanceof Command.Stop) {
                        return;
                    }
                    handle(command);
                }
                tellPresence();
                batches.send();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("a topic's command failed");
            } finally {
                gathered.clear();
            }
        }
    }

    private void handle(Command command) {
        switch (command) {
            case Command.Enter(var name, var seat, var hearing) ->
                    enter(rooms.computeIfAbsent(name, Room::new), seat, hearing);
            case Command.Exit(var name, var seat) -> exit(name, seat);
            case Command.Track(var name, var seat, var key, var payload) -> {
                Room room = rooms.get(name);
                if (room != null && room.members.containsKey(seat)) {
                    room.presence.track(seat, key, payload, refPrefix + nextRef++);
                    changed.add(room);
                }
            }
            case Command.Untrack(var name, var seat) -> {
                Room room = rooms.get(name);
                if (room != null) {
                    room.presence.untrack(seat);
                    changed.add(room);
                }
            }
            case Command.Say(var name, var sender, var self, var message) -> {
                Room room = rooms.get(name);
                if (room != null) {
                    say(room, self ? null : sender, message);
                }
            }
            case Command.Refresh(var name, var seat) -> refresh(name, seat);
            case Command.Stop() -> {}
        }
    }

    private void enter(Room room, Seat seat, Hearing hearing) {
        // Who was here before hears of earlier changes first, so that the state holds them.
        tell(room);
        Codec codec = seat.member().codec();
        AudienceKey key = new AudienceKey(codec, hearing);
        Audience audience = room.audiences.computeIfAbsent(key, _ -> new Audience(this::missed));
        audience.add(seat);
        room.members.put(seat, key);
        var first =
                hearing == Hearing.BROADCASTS
                        ? List.<Frame>of()
                        : List.of(
                                codec.push(
                                        seat.member().joinRef(),
                                        room.name.topic(),
                                        "presence_state",
                                        room.presence.state()));
        batches.add(seat.member().lane(), new LaneCommand.Take(seat, audience, first));
    }

    private void exit(RoomName name, Seat seat) {
        Room room = rooms.get(name);
        if (room == null) {
            return;
        }
        AudienceKey key = room.members.remove(seat);
        if (key == null) {
            return;
        }
        Audience audience = room.audiences.get(key);
        if (audience != null) {
            batches.add(seat.member().lane(), new LaneCommand.Drop(seat, audience));
            audience.remove(seat);
            if (audience.isEmpty()) {
                room.audiences.remove(key);
            }
        }
        room.presence.untrack(seat);
        changed.add(room);
        if (room.members.isEmpty()) {
            rooms.remove(name);
            changed.remove(room);
        }
    }

    private void refresh(RoomName name, Seat seat) {
        Room room = rooms.get(name);
        if (room != null && room.members.containsKey(seat)) {
            tell(room);
            batches.send();
            seat.member()
                    .outbox()
                    .send(
                            seat.member()
                                    .codec()
                                    .push(
                                            seat.member().joinRef(),
                                            name.topic(),
                                            "presence_state",
                                            room.presence.state()));
        }
    }

    private void say(Room room, @Nullable Seat except, BroadcastMessage message) {
        Map<Codec, Optional<Frame>> encoded = new HashMap<>();
        room.audiences.forEach((key, audience) ->
                encoded.computeIfAbsent(key.codec(), c -> c.broadcast(room.name.topic(), message))
                        .ifPresent(frame -> deliver(audience, frame, except)));
    }

    private void deliver(Audience audience, Frame frame, @Nullable Seat except) {
        var delivery = new LaneCommand.Deliver(audience, List.of(frame), null, except);
        for (Lane lane : audience.lanes()) {
            batches.add(lane, delivery);
        }
    }

    private void tellPresence() {
        for (Room room : changed) {
            tell(room);
        }
        changed.clear();
    }

    private void tell(Room room) {
        room.presence
                .takeDiff()
                .ifPresent(diff ->
                        room.audiences.forEach((key, audience) -> {
                            if (key.hearing() == Hearing.BROADCASTS_AND_PRESENCE) {
                                deliver(
                                        audience,
                                        key.codec()
                                                .push(
                                                        Ref.NULL,
                                                        room.name.topic(),
                                                        "presence_diff",
                                                        diff),
                                        null);
                            }
                        }));
    }

    /// On the member's lane: its connection is full. Presence is told afresh when it drains,
    /// broadcasts are lost and counted.
    private void missed(Audience audience, Seat seat, @Nullable Position position) {
        dropped.incrementAndGet();
        seat.member().missedTopic();
    }

    @Override
    public void close() {
        post(new Command.Stop());
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
