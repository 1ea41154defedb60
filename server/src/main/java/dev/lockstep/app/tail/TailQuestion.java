package dev.lockstep.app.tail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What to watch, as frames to send, and what is received, as events. Pure.
///
/// @param table `table` or `schema.table`
/// @param where the REST filter grammar for a feed, the changes' grammar in raw mode
record TailQuestion(String table, Optional<String> where, Mode mode) {
    static final String TOPIC = "realtime:lockstep-tail";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String JOIN_REF = "1";

    /// Feeds resume after a broken connection and say what leaves a filter; raw changes need no key
    /// and no replica identity.
    enum Mode {
        FEED,
        RAW
    }

    String join(String accessToken, Optional<String> since) {
        ObjectNode config = JSON.createObjectNode();
        switch (mode) {
            case FEED -> config.putArray("feeds").add(feed(since));
            case RAW -> config.putArray("postgres_changes").add(changes());
        }
        ObjectNode payload = JSON.createObjectNode();
        payload.set("config", config);
        payload.put("access_token", accessToken);
        ArrayNode frame = JSON.createArrayNode();
        frame.add(JOIN_REF).add(JOIN_REF).add(TOPIC).add("phx_join").add(payload);
        return JSON.writeValueAsString(frame);
    }

    static String heartbeat(long number) {
        ArrayNode frame = JSON.createArrayNode();
        frame.addNull().add("h" + number).add("phoenix").add("heartbeat").addObject();
        return JSON.writeValueAsString(frame);
    }

    private ObjectNode feed(Optional<String> since) {
        ObjectNode feed = JSON.createObjectNode();
        feed.put("table", table);
        where.ifPresent(text -> feed.put("where", text));
        since.ifPresent(text -> feed.put("since", text));
        // The rows that are there already are not news.
        feed.put("limit", 1);
        return feed;
    }

    private ObjectNode changes() {
        int dot = table.indexOf('.');
        ObjectNode binding = JSON.createObjectNode();
        binding.put("event", "*");
        binding.put("schema", dot < 0 ? "public" : table.substring(0, dot));
        binding.put("table", table.substring(dot + 1));
        where.ifPresent(text -> binding.put("filter", text));
        return binding;
    }

    /// @throws tools.jackson.core.JacksonException when the frame is no JSON
    List<TailEvent> read(String text) {
        JsonNode frame = JSON.readTree(text);
        JsonNode payload = frame.path(4);
        return switch (frame.path(3).asString("")) {
            case "phx_reply" -> reply(frame, payload);
            case "feed" -> feedFrame(payload);
            case "postgres_changes" -> List.of(change(payload.path("data")));
            case "system" -> system(payload);
            case "phx_error", "phx_close" ->
                    List.of(new TailEvent.Ended("the server closed the channel"));
            default -> List.of();
        };
    }

    private List<TailEvent> reply(JsonNode frame, JsonNode payload) {
        if (frame.path(2).asString("").equals("phoenix")) {
            return List.of(new TailEvent.HeartbeatAnswered());
        }
        if (!frame.path(1).asString("").equals(JOIN_REF)) {
            return List.of();
        }
        JsonNode response = payload.path("response");
        if (payload.path("status").asString("").equals("ok")) {
            // Raw changes flow from the system message that follows.
            return mode == Mode.FEED ? List.of(new TailEvent.Joined()) : List.of();
        }
        return List.of(
                new TailEvent.Refused(
                        response.path("reason").asString("the server gave no reason"),
                        response.path("hint").asString("")));
    }

    private static List<TailEvent> system(JsonNode payload) {
        String words = payload.path("message").asString("");
        boolean ok = payload.path("status").asString("").equals("ok");
        if (payload.path("extension").asString("").equals("postgres_changes")) {
            return List.of(ok ? new TailEvent.Joined() : new TailEvent.Refused(words, ""));
        }
        return ok ? List.of() : List.of(new TailEvent.Ended(words));
    }

    private static List<TailEvent> feedFrame(JsonNode payload) {
        List<TailEvent> events = new ArrayList<>();
        Optional<Long> at =
                payload.has("at") ? Optional.of(payload.path("at").asLong(0)) : Optional.empty();
        String reset = payload.path("reset").asString("");
        if (!reset.isEmpty()) {
            if (!reset.equals("first")) {
                events.add(new TailEvent.Afresh(reset));
            }
        } else {
            for (JsonNode leave : payload.path("leave")) {
                String why = leave.path("why").asString("left");
                events.add(row(at, why.equals("deleted") ? "delete" : "leave", leave));
            }
            for (JsonNode row : payload.path("enter")) {
                events.add(new TailEvent.RowChanged(at, "enter", JSON.createObjectNode(), row));
            }
            for (JsonNode update : payload.path("update")) {
                events.add(row(at, "update", update));
            }
        }
        // A token between two frames of one step would tear the step.
        if (payload.has("token") && !payload.path("more").asBoolean(false)) {
            events.add(new TailEvent.Progress(payload.path("token").asString("")));
        }
        return events;
    }

    private static TailEvent row(Optional<Long> at, String operation, JsonNode entry) {
        JsonNode set = entry.has("set") ? entry.path("set") : JSON.createObjectNode();
        return new TailEvent.RowChanged(at, operation, entry.path("key"), set);
    }

    private static TailEvent change(JsonNode data) {
        String type = data.path("type").asString("");
        JsonNode row = data.path(type.equals("DELETE") ? "old_record" : "record");
        JsonNode old = data.path("old_record");
        Optional<Long> at = time(data.path("commit_timestamp").asString(""));
        if (!type.equals("UPDATE") || old.size() < row.size()) {
            return new TailEvent.RowChanged(at, type, JSON.createObjectNode(), row);
        }
        ObjectNode changed = JSON.createObjectNode();
        row.properties()
                .forEach(field -> {
                    if (!field.getValue().equals(old.path(field.getKey()))) {
                        changed.set(field.getKey(), field.getValue());
                    }
                });
        return new TailEvent.RowChanged(at, type, identifier(row), changed);
    }

    private static JsonNode identifier(JsonNode row) {
        ObjectNode key = JSON.createObjectNode();
        if (row.has("id")) {
            key.set("id", row.path("id"));
        }
        return key;
    }

    private static Optional<Long> time(String text) {
        try {
            return Optional.of(java.time.Instant.parse(text).toEpochMilli());
        } catch (java.time.format.DateTimeParseException _) {
            return Optional.empty();
        }
    }
}
