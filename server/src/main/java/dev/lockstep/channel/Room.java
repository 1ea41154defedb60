package dev.lockstep.channel;

import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.Payloads;
import dev.lockstep.wire.Ref;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who is in one room, what each hears, and who is present. Its topic's shard owns it.
final class Room {
    /// What a message takes beside its payload, roughly.
    private static final int OVERHEAD = 256;

    /// What a member hears. With neither it may still speak.
    record Hearing(boolean broadcasts, boolean presence) {}

    /// Stored messages that a member is told when it enters, oldest first.
    ///
    /// @param taken as of when: what the log tells later and this snapshot saw is not told again;
    ///   empty when no replay was asked for
    record Replay(List<BroadcastMessage> messages, Optional<Handover> taken) {
        static final Replay NONE = new Replay(List.of(), Optional.empty());

        Replay {
            messages = List.copyOf(messages);
        }
    }

    private record AudienceKey(Codec codec, Hearing hearing) {}

    /// What was stored and told since a member that asked for a replay announced itself.
    private static final class Awaiting {
        private final List<StoredMessage> told = new ArrayList<>();
        private long bytes;
        private int lost;
    }

    private final TopicShard.RoomName name;
    private final RoomConfig config;
    private final LaneBatches batches;
    private final Audience.Overflow overflow;
    private final Map<AudienceKey, Audience> audiences = new HashMap<>();
    private final Map<Seat, AudienceKey> members = new HashMap<>();
    private final Map<Seat, Awaiting> awaiting = new HashMap<>();

    /// As of when members were told the past, for as long as the log may still tell of it. Gone
    /// with the first later message.
    private final Map<Seat, Handover> replayed = new HashMap<>();

    private final PresenceBook<Seat> presence = new PresenceBook<>();

    Room(
            TopicShard.RoomName name,
            RoomConfig config,
            LaneBatches batches,
            Audience.Overflow overflow) {
        this.name = name;
        this.config = config;
        this.batches = batches;
        this.overflow = overflow;
    }

    boolean isEmpty() {
        return members.isEmpty() && awaiting.isEmpty();
    }

    boolean holds(Seat seat) {
        return members.containsKey(seat);
    }

    PresenceBook<Seat> presence() {
        return presence;
    }

    /// The member enters soon and is owed every stored message that is told from here on, and of
    /// those told before what its replay does not see.
    ///
    /// @param recent what was told lately: PostgreSQL sends a commit to us before it makes it
    ///   visible to others
    void await(Seat seat, List<StoredMessage> recent) {
        Awaiting since = new Awaiting();
        since.told.addAll(recent);
        awaiting.put(seat, since);
    }

    void enter(Seat seat, Hearing hearing, Replay replay) {
        // Who was here before hears of earlier changes first, so that the state holds them.
        tellPresence();
        Awaiting since = awaiting.remove(seat);
        List<Frame> first = new ArrayList<>();
        if (hearing.presence()) {
            first.add(state(seat));
        }
        if (hearing.broadcasts()) {
            replay(seat, replay, since == null ? List.of() : since.told, first);
        }
        if (since != null && since.lost > 0) {
            first.add(lost(seat, since.lost));
        }
        take(seat, hearing, first);
    }

    private void replay(Seat seat, Replay replay, List<StoredMessage> since, List<Frame> first) {
        Codec codec = seat.member().codec();
        for (BroadcastMessage message : replay.messages()) {
            encode(codec, message).ifPresent(first::add);
        }
        replay.taken()
                .ifPresent(taken -> {
                    for (StoredMessage stored : since) {
                        if (!covers(taken, stored)) {
                            encode(codec, stored.message()).ifPresent(first::add);
                        }
                    }
                    replayed.put(seat, taken);
                });
    }

    private Frame lost(Seat seat, int messages) {
        String words = messages + " messages were dropped: the replay took too long to read";
        String payload = Payloads.system("broadcast", "error", words, name.topic().sub());
        Member member = seat.member();
        return member.codec().push(member.joinRef(), name.topic(), "system", payload);
    }

    /// Whether a replay as of then holds the message, or left it out on purpose as too old.
    private static boolean covers(Handover taken, StoredMessage stored) {
        return !stored.commitLsn().isAfter(taken.takenAt()) && taken.saw(stored.xid());
    }

    /// The member hears something else from here on.
    void rehear(Seat seat, Hearing hearing) {
        AudienceKey before = members.get(seat);
        if (before == null || before.hearing().equals(hearing)) {
            return;
        }
        boolean hearsPresenceAnew = hearing.presence() && !before.hearing().presence();
        tellPresence();
        drop(seat, before);
        take(seat, hearing, hearsPresenceAnew ? List.of(state(seat)) : List.of());
    }

    private void take(Seat seat, Hearing hearing, List<Frame> first) {
        AudienceKey key = new AudienceKey(seat.member().codec(), hearing);
        Audience audience = audiences.computeIfAbsent(key, _ -> new Audience(overflow));
        audience.add(seat);
        members.put(seat, key);
        batches.add(seat.member().lane(), new LaneCommand.Take(seat, audience, first));
    }

    private void drop(Seat seat, AudienceKey key) {
        Audience audience = audiences.get(key);
        if (audience != null) {
            batches.add(seat.member().lane(), new LaneCommand.Drop(seat, audience));
            audience.remove(seat);
            if (audience.isEmpty()) {
                audiences.remove(key);
            }
        }
    }

    void exit(Seat seat) {
        awaiting.remove(seat);
        replayed.remove(seat);
        AudienceKey key = members.remove(seat);
        if (key != null) {
            drop(seat, key);
            presence.untrack(seat);
        }
    }

    /// Says the whole state again to a member that missed diffs.
    void refresh(Seat seat) {
        AudienceKey key = members.get(seat);
        if (key != null && key.hearing().presence()) {
            tellPresence();
            batches.send();
            seat.member().outbox().send(state(seat));
        }
    }

    private Frame state(Seat seat) {
        Member member = seat.member();
        return member.codec()
                .push(member.joinRef(), name.topic(), "presence_state", presence.state());
    }

    void say(@Nullable Seat except, BroadcastMessage message) {
        Map<Codec, Optional<Frame>> encoded = new HashMap<>();
        audiences.forEach((key, audience) -> {
            if (key.hearing().broadcasts()) {
                encoded.computeIfAbsent(key.codec(), codec -> encode(codec, message))
                        .ifPresent(frame -> deliver(audience, frame, except));
            }
        });
    }

    /// What the log told.
    ///
    /// @return to how many members the message was lost, because they wait for too much already
    int tell(StoredMessage stored) {
        int lost = 0;
        for (Awaiting waiting : awaiting.values()) {
            long bytes = waiting.bytes + stored.message().payload().length + OVERHEAD;
            if (bytes <= config.waitingBytes()) {
                waiting.told.add(stored);
                waiting.bytes = bytes;
            } else {
                waiting.lost++;
                lost++;
            }
        }
        List<Seat> deaf = replayed.isEmpty() ? List.of() : alreadyTold(stored);
        // They step out for this one message; a lane carries commands out in order.
        deaf.forEach(seat -> step(seat, Step.OUT));
        say(null, stored.message());
        deaf.forEach(seat -> step(seat, Step.IN));
        return lost;
    }

    private enum Step {
        OUT,
        IN
    }

    private void step(Seat seat, Step step) {
        Audience audience = seat.audience;
        if (audience != null) {
            LaneCommand command =
                    switch (step) {
                        case OUT -> new LaneCommand.Drop(seat, audience);
                        case IN -> new LaneCommand.Take(seat, audience, List.of());
                    };
            batches.add(seat.member().lane(), command);
        }
    }

    private List<Seat> alreadyTold(StoredMessage stored) {
        // The log is in the order of commits: nothing older follows.
        replayed.values().removeIf(taken -> stored.commitLsn().isAfter(taken.takenAt()));
        List<Seat> seats = new ArrayList<>();
        replayed.forEach((seat, taken) -> {
            if (covers(taken, stored)) {
                seats.add(seat);
            }
        });
        return seats;
    }

    /// Tells what changed in presence since the last time.
    void tellPresence() {
        presence.takeDiff()
                .ifPresent(diff ->
                        audiences.forEach((key, audience) -> {
                            if (key.hearing().presence()) {
                                Frame frame =
                                        key.codec()
                                                .push(
                                                        Ref.NULL,
                                                        name.topic(),
                                                        "presence_diff",
                                                        diff);
                                deliver(audience, frame, null);
                            }
                        }));
    }

    private Optional<Frame> encode(Codec codec, BroadcastMessage message) {
        return codec.broadcast(name.topic(), message);
    }

    private void deliver(Audience audience, Frame frame, @Nullable Seat except) {
        var delivery = new LaneCommand.Deliver(audience, List.of(frame), null, except);
        for (Lane lane : audience.lanes()) {
            batches.add(lane, delivery);
        }
    }
}
