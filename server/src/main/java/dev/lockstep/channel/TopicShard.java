package dev.lockstep.channel;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Owns the rooms whose topics hash to it: who is there, their presence, and broadcasts. One
/// platform thread; everyone else [#post]s, and asks [#isFull] before a broadcast. Joins and
/// presence are bounded by the connections themselves.
final class TopicShard implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TopicShard.class);

    private static final int GATHER = 1_024;

    /// Stored messages of the last moments that are kept for replays that are about to be read.
    private static final int RECENT = 1_024;

    /// A public and a private topic of the same name are two rooms.
    record RoomName(Topic topic, boolean restricted) {}

    sealed interface Command {
        /// The seat enters soon, with a replay: it is owed what the log tells from here on.
        record Await(RoomName room, Seat seat) implements Command {}

        record Enter(RoomName room, Seat seat, Room.Hearing hearing, Room.Replay replay)
                implements Command {}

        /// Its rights have changed.
        record Rehear(RoomName room, Seat seat, Room.Hearing hearing) implements Command {}

        record Exit(RoomName room, Seat seat) implements Command {}

        record Track(RoomName room, Seat seat, String key, String payload) implements Command {}

        record Untrack(RoomName room, Seat seat) implements Command {}

        /// `sender` hears it too only if `self`.
        record Say(RoomName room, @Nullable Seat sender, boolean self, BroadcastMessage message)
                implements Command {}

        /// What the log tells.
        record Tell(RoomName room, StoredMessage stored) implements Command {}

        /// Sends the whole state again to a member that missed diffs.
        record Refresh(RoomName room, Seat seat) implements Command {}

        /// Who is present, for somebody who is no member.
        record Look(RoomName room, CompletableFuture<String> state) implements Command {}

        record Stop() implements Command {}
    }

    private record Told(RoomName room, StoredMessage stored) {}

    private final RoomConfig config;
    private final BlockingQueue<Command> mailbox = new LinkedBlockingQueue<>();
    private final AtomicLong mailboxBytes = new AtomicLong();
    private final Map<RoomName, Room> rooms = new HashMap<>();
    private final Set<Room> changed = new LinkedHashSet<>();
    private final LaneBatches batches = new LaneBatches();
    private final Deque<Told> recent = new ArrayDeque<>();
    private long recentBytes;
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private final String refPrefix;
    private long nextRef;

    TopicShard(int number, String refPrefix, RoomConfig config) {
        this.refPrefix = refPrefix + number + "-";
        this.config = config;
        this.thread = Thread.ofPlatform().name("topics-" + number).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Any thread; never waits.
    void post(Command command) {
        mailboxBytes.addAndGet(weight(command));
        mailbox.add(command);
    }

    /// Whether further broadcasts are to be refused until the shard has caught up.
    boolean isFull() {
        return mailbox.size() >= config.mailboxMessages()
                || mailboxBytes.get() >= config.mailboxBytes();
    }

    private static long weight(Command command) {
        return switch (command) {
            case Command.Say say -> say.message().payload().length;
            case Command.Tell tell -> tell.stored().message().payload().length;
            case Command.Await _,
                    Command.Enter _,
                    Command.Rehear _,
                    Command.Exit _,
                    Command.Track _,
                    Command.Untrack _,
                    Command.Refresh _,
                    Command.Look _,
                    Command.Stop _ ->
                    0;
        };
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
                    handleAlone(command);
                }
                tellPresence();
                batches.send();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("a topic's members could not be told");
            } finally {
                gathered.clear();
            }
        }
    }

    /// What is wrong with one command is no reason to lose those gathered with it.
    private void handleAlone(Command command) {
        try {
            mailboxBytes.addAndGet(-weight(command));
            handle(command);
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a topic's command failed");
        }
    }

    private void handle(Command command) {
        switch (command) {
            case Command.Await(var name, var seat) -> {
                if (!seat.isClosed()) {
                    room(name).await(seat, recentIn(name));
                }
            }
            case Command.Enter(var name, var seat, var hearing, var replay) ->
                    room(name).enter(seat, hearing, replay);
            case Command.Rehear(var name, var seat, var hearing) -> {
                Room room = rooms.get(name);
                if (room != null) {
                    room.rehear(seat, hearing);
                }
            }
            case Command.Exit(var name, var seat) -> exit(name, seat);
            case Command.Track(var name, var seat, var key, var payload) -> {
                Room room = rooms.get(name);
                if (room != null && room.holds(seat)) {
                    room.presence().track(seat, key, payload, refPrefix + nextRef++);
                    changed.add(room);
                }
            }
            case Command.Untrack(var name, var seat) -> {
                Room room = rooms.get(name);
                if (room != null) {
                    room.presence().untrack(seat);
                    changed.add(room);
                }
            }
            case Command.Say(var name, var sender, var self, var message) -> {
                Room room = rooms.get(name);
                if (room != null) {
                    room.say(self ? null : sender, message);
                }
            }
            case Command.Tell(var name, var stored) -> {
                remember(new Told(name, stored));
                Room room = rooms.get(name);
                if (room != null) {
                    dropped.addAndGet(room.tell(stored));
                }
            }
            case Command.Refresh(var name, var seat) -> {
                Room room = rooms.get(name);
                if (room != null) {
                    room.refresh(seat);
                }
            }
            case Command.Look(var name, var state) -> {
                Room room = rooms.get(name);
                state.complete(room == null ? "{}" : room.presence().state());
            }
            case Command.Stop() -> {}
        }
    }

    /// Only private rooms have replays.
    private void remember(Told told) {
        if (!told.room().restricted()) {
            return;
        }
        recent.add(told);
        recentBytes += told.stored().message().payload().length;
        while (recent.size() > RECENT || recentBytes > config.waitingBytes()) {
            recentBytes -= recent.remove().stored().message().payload().length;
        }
    }

    private List<StoredMessage> recentIn(RoomName name) {
        List<StoredMessage> found = new ArrayList<>();
        for (Told told : recent) {
            if (told.room().equals(name)) {
                found.add(told.stored());
            }
        }
        return found;
    }

    private Room room(RoomName name) {
        return rooms.computeIfAbsent(name, _ -> new Room(name, config, batches, this::missed));
    }

    private void exit(RoomName name, Seat seat) {
        Room room = rooms.get(name);
        if (room == null) {
            return;
        }
        room.exit(seat);
        changed.add(room);
        if (room.isEmpty()) {
            rooms.remove(name);
            changed.remove(room);
        }
    }

    private void tellPresence() {
        changed.forEach(Room::tellPresence);
        changed.clear();
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
