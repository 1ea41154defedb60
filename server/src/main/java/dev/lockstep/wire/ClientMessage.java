package dev.lockstep.wire;

import dev.lockstep.core.Topic;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The five parts of a client's text message, before it is known what they say; what every dialect
/// brings its text to.
///
/// @param payload JSON text of any kind
public record ClientMessage(Ref joinRef, Ref ref, Topic topic, String event, String payload) {
    /// Refs are small counters; a longer one would be echoed for ever.
    private static final int MAX_REF = 255;

    /// Topics and events are names; both are kept, compared and echoed.
    private static final int MAX_NAME = 4_096;

    /// From pieces of the message's own text.
    ///
    /// @throws MalformedFrameException when a part has the wrong type
    public static ClientMessage of(
            String joinRef, String ref, String topic, String event, String payload) {
        return new ClientMessage(
                ref(joinRef),
                ref(ref),
                new Topic(required(topic, "topic")),
                required(event, "event"),
                payload);
    }

    private static Ref ref(String piece) {
        boolean scalar = !RawJson.isObject(piece) && !RawJson.isArray(piece);
        if (!scalar || piece.length() > MAX_REF) {
            throw new MalformedFrameException("ref is no string, number or null");
        }
        return piece.equals("null") ? Ref.NULL : new Ref(piece);
    }

    private static String required(String piece, String name) {
        return RawJson.text(piece)
                .filter(text -> text.length() <= MAX_NAME)
                .orElseThrow(() -> new MalformedFrameException(name + " is no name"));
    }

    /// What the message says.
    ///
    /// @throws MalformedFrameException when its event needs a payload of another type
    public ClientFrame frame() {
        return switch (event) {
            case "phx_join" -> join();
            case "phx_leave" -> new ClientFrame.Leave(joinRef, ref, topic);
            case "heartbeat" ->
                    topic.name().equals("phoenix")
                            ? new ClientFrame.Heartbeat(joinRef, ref, topic)
                            : unknown();
            case "access_token" ->
                    new ClientFrame.AccessToken(joinRef, ref, topic, payloadText("access_token"));
            case "broadcast" -> broadcast();
            case "presence" -> presence();
            default -> unknown();
        };
    }

    private ClientFrame join() {
        Map<String, String> members =
                RawJson.isObject(payload) ? RawJson.members(payload) : Map.of();
        Optional<String> token =
                member(members, "access_token").or(() -> member(members, "user_token"));
        return new ClientFrame.Join(
                joinRef.isNull() ? ref : joinRef, ref, topic, JoinReader.read(members), token);
    }

    private ClientFrame broadcast() {
        if (!RawJson.isObject(payload)) {
            throw new MalformedFrameException("a broadcast's payload is no object");
        }
        return new ClientFrame.Broadcast(
                joinRef,
                ref,
                topic,
                new BroadcastMessage(
                        payloadText("event").orElse(""),
                        BroadcastMessage.Form.TEXT_OBJECT,
                        payload.getBytes(StandardCharsets.UTF_8),
                        Optional.empty()));
    }

    private ClientFrame presence() {
        return switch (payloadText("event").orElse("").toLowerCase(Locale.ROOT)) {
            case "track" -> {
                String state = RawJson.members(payload).getOrDefault("payload", "{}");
                yield new ClientFrame.Track(
                        joinRef, ref, topic, Optional.of(state).filter(RawJson::isObject));
            }
            case "untrack" -> new ClientFrame.Untrack(joinRef, ref, topic);
            default -> unknown();
        };
    }

    private ClientFrame unknown() {
        return new ClientFrame.Unknown(joinRef, ref, topic, event);
    }

    private Optional<String> payloadText(String name) {
        return RawJson.isObject(payload)
                ? member(RawJson.members(payload), name)
                : Optional.empty();
    }

    private static Optional<String> member(Map<String, String> members, String name) {
        return Optional.ofNullable(members.get(name)).flatMap(RawJson::text);
    }
}
