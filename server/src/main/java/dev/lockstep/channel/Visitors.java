package dev.lockstep.channel;

import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.policy.TopicRights.Extension;
import dev.lockstep.postgres.Caller;
import dev.lockstep.wire.BroadcastMessage;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Callers that speak and look into rooms by HTTP, without being members. Any virtual thread: a
/// private room's policies are asked.
public final class Visitors {
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Private topics that one request may name.
    private static final int MAX_TOPICS = 100;

    private final Hub hub;

    Visitors(Hub hub) {
        this.hub = hub;
    }

    /// One request's voice; what it may say in which topic is asked once. One thread's.
    public final class Voice {
        private final Caller caller;
        private final Map<Topic, Boolean> rights = new HashMap<>();

        private Voice(Caller caller) {
            this.caller = caller;
        }

        /// Says something in a topic.
        ///
        /// @param restricted whether the topic's private room is meant
        /// @throws FailureException when the sender may not, the payload is too large, or more
        ///   waits than is taken
        public void broadcast(Topic topic, boolean restricted, BroadcastMessage message) {
            if (restricted && !maySpeak(topic)) {
                throw new FailureException(
                        new Failure.Forbidden(
                                "write to", "topic " + topic.sub() + " as " + caller.role()));
            }
            if (message.payload().length > hub.config().broadcastBytes()) {
                throw new FailureException(
                        new Failure.Invalid("payload", "Payload size exceeds tenant limit"));
            }
            TopicShard shard = hub.shard(topic);
            if (shard.isFull()) {
                throw tooMany("Too many requests");
            }
            shard.post(
                    new TopicShard.Command.Say(
                            new TopicShard.RoomName(topic, restricted), null, true, message));
        }

        private boolean maySpeak(Topic topic) {
            Boolean known = rights.get(topic);
            if (known != null) {
                return known;
            }
            if (rights.size() >= MAX_TOPICS) {
                throw tooMany("Too many messages to broadcast, please reduce the batch size");
            }
            boolean may = hub.rights().maySay(caller, topic.sub(), Extension.BROADCAST);
            rights.put(topic, may);
            return may;
        }
    }

    /// @param from who asks
    public Voice voice(Handshake from) {
        return new Voice(Caller.of(from.identity(), from.headersJson()));
    }

    /// Who is present in a room, as `presence_state` has it; `{}` for a room where nobody is.
    ///
    /// @throws FailureException when the caller may not hear presence in the private room
    public String presence(Handshake from, Topic topic, boolean restricted) {
        if (restricted && !mayHearPresence(from, topic)) {
            throw new FailureException(
                    new Failure.Forbidden(
                            "read from", "topic " + topic.sub() + " as " + from.identity().role()));
        }
        CompletableFuture<String> state = new CompletableFuture<>();
        hub.shard(topic)
                .post(
                        new TopicShard.Command.Look(
                                new TopicShard.RoomName(topic, restricted), state));
        try {
            return state.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new FailureException(
                    new Failure.Unavailable("topics", "The topic's owner is busy.", RETRY), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(
                    new Failure.Unavailable("topics", "The server is stopping.", RETRY), e);
        }
    }

    private boolean mayHearPresence(Handshake from, Topic topic) {
        return hub.rights()
                .heard(
                        Caller.of(from.identity(), from.headersJson()),
                        topic.sub(),
                        EnumSet.of(Extension.PRESENCE))
                .contains(Extension.PRESENCE);
    }

    private static FailureException tooMany(String words) {
        return new FailureException(new Failure.TooMany("messages", words, RETRY));
    }
}
