package dev.lockstep.channel;

import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.policy.TopicRights.Extension;
import dev.lockstep.postgres.Caller;
import dev.lockstep.wire.JoinConfig;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who may enter a room, and with which ears. The cold half: on virtual threads.
final class RoomDoor {
    private static final Logger log = LoggerFactory.getLogger(RoomDoor.class);

    private RoomDoor() {}

    /// How a member enters.
    record Entry(Room.Hearing hearing, Room.Replay replay) {}

    /// What a join is refused for before anybody looks at its token.
    ///
    /// @throws FailureException in the reference's words
    static void checkKind(JoinConfig config, RoomConfig rules) {
        if (rules.privateOnly() && !config.restricted()) {
            throw refusal("PrivateOnly: This project only allows private channels");
        }
    }

    /// @param room tells the shard that messages are owed from before the replay is read on
    /// @throws FailureException when the caller hears nothing there, in the reference's words
    static Entry admit(Hub hub, InRoom room, Caller caller, Topic topic, JoinConfig config) {
        Optional<JoinConfig.Replay> asked = config.replay();
        if (!config.restricted()) {
            if (asked.isPresent()) {
                throw refusal("UnableToReplayMessages: Replay is not allowed for public channels");
            }
            return new Entry(new Room.Hearing(true, config.presenceEnabled()), Room.Replay.NONE);
        }
        Room.Hearing hearing = hearing(hub.rights().heard(caller, topic.sub(), wanted(config)));
        if (!hearing.broadcasts() && !hearing.presence()) {
            throw refusal("Unauthorized: " + noRead(topic));
        }
        if (asked.isEmpty()) {
            return new Entry(hearing, Room.Replay.NONE);
        }
        if (!asked.get().isValid()) {
            throw refusal("UnableToReplayMessages: Replay params are not valid");
        }
        if (!hearing.broadcasts()) {
            throw refusal("Unauthorized: " + noRead(topic));
        }
        room.await();
        return new Entry(hearing, replay(hub, caller, topic, asked.get()));
    }

    private static Room.Replay replay(
            Hub hub, Caller caller, Topic topic, JoinConfig.Replay asked) {
        try {
            return hub.replays().read(caller, topic, asked);
        } catch (FailureException e) {
            log.atWarn()
                    .addKeyValue("topic", topic)
                    .addKeyValue("code", e.failure().code())
                    .log("a replay could not be read");
            throw refusal("UnableToReplayMessages: Realtime was unable to replay messages");
        }
    }

    /// What a member would hear if it may.
    static Set<Extension> wanted(JoinConfig config) {
        return config.presenceEnabled()
                ? EnumSet.of(Extension.BROADCAST, Extension.PRESENCE)
                : EnumSet.of(Extension.BROADCAST);
    }

    static Room.Hearing hearing(Set<Extension> heard) {
        return new Room.Hearing(
                heard.contains(Extension.BROADCAST), heard.contains(Extension.PRESENCE));
    }

    private static String noRead(Topic topic) {
        return "You do not have permissions to read from this Channel topic: " + topic.sub();
    }

    private static FailureException refusal(String words) {
        return new FailureException(new Failure.Invalid("", words));
    }
}
