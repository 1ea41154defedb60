package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.MalformedFrameException;
import dev.lockstep.wire.RawJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `{"messages":[{"topic","event","payload","private"?,"id"?}…]}`, read whole before anything is
/// sent, so that a batch is sent or refused as one.
sealed interface BroadcastBatch {

    record Messages(List<Entry> entries) implements BroadcastBatch {}

    /// @param errors a JSON object, per field
    record Refused(String errors) implements BroadcastBatch {}

    record Entry(Topic topic, boolean restricted, BroadcastMessage message) {}

    /// @throws dev.lockstep.error.FailureException when the text is no JSON object
    static BroadcastBatch read(String text) {
        Map<String, String> body;
        try {
            body = RawJson.members(text);
        } catch (MalformedFrameException _) {
            throw BroadcastRoutes.notJson();
        }
        String list = body.getOrDefault("messages", "null");
        if (!RawJson.isArray(list)) {
            String words = list.equals("null") ? "can't be blank" : "is invalid";
            return new Refused("{\"messages\":[\"" + words + "\"]}");
        }
        List<String> pieces = RawJson.elements(list);
        List<String> errors = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        boolean good = true;
        for (String piece : pieces) {
            Map<String, String> members =
                    RawJson.isObject(piece) ? RawJson.members(piece) : Map.of();
            String problem = problem(members);
            errors.add("{" + problem + "}");
            good &= problem.isEmpty();
            if (problem.isEmpty()) {
                entries.add(entry(members));
            }
        }
        if (pieces.isEmpty()) {
            return new Refused("{\"messages\":[\"can't be blank\"]}");
        }
        return good
                ? new Messages(entries)
                : new Refused("{\"messages\":[" + String.join(",", errors) + "]}");
    }

    private static String problem(Map<String, String> members) {
        List<String> problems = new ArrayList<>();
        for (String name : List.of("topic", "event")) {
            String piece = members.getOrDefault(name, "null");
            if (piece.equals("null") || RawJson.text(piece).filter(String::isBlank).isPresent()) {
                problems.add("\"" + name + "\":[\"can't be blank\"]");
            } else if (RawJson.text(piece).isEmpty()) {
                problems.add("\"" + name + "\":[\"is invalid\"]");
            }
        }
        String payload = members.getOrDefault("payload", "null");
        if (payload.equals("null")) {
            problems.add("\"payload\":[\"can't be blank\"]");
        } else if (!RawJson.isObject(payload)) {
            problems.add("\"payload\":[\"is invalid\"]");
        } else if (payload.length() > BroadcastRoutes.MAX_PAYLOAD) {
            problems.add("\"payload\":[\"" + BroadcastRoutes.TOO_LARGE + "\"]");
        }
        return String.join(",", problems);
    }

    private static Entry entry(Map<String, String> members) {
        Optional<String> id = RawJson.text(members.getOrDefault("id", "null"));
        return new Entry(
                new Topic(
                        Topic.PREFIX + RawJson.text(members.getOrDefault("topic", "")).orElse("")),
                RawJson.flag(members.getOrDefault("private", "false")).orElse(false),
                new BroadcastMessage(
                        RawJson.text(members.getOrDefault("event", "")).orElse(""),
                        BroadcastMessage.Form.REST_OBJECT,
                        members.getOrDefault("payload", "{}").getBytes(UTF_8),
                        id.map(text -> "{\"id\":" + RawJson.quote(text) + "}")));
    }
}
