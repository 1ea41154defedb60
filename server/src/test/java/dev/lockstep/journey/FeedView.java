package dev.lockstep.journey;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a client that follows one feed holds: its rows by key, as a person's screen would show
/// them.
final class FeedView {
    private final LiveClient client;
    private final String topic;
    private final TreeMap<String, ObjectNode> rows = new TreeMap<>();
    private final List<String> resets = new ArrayList<>();
    private final List<JsonNode> parts = new ArrayList<>();
    private String token = "";
    private int applied;
    private int steps;

    FeedView(LiveClient client, String topic) {
        this.client = client;
        this.topic = topic;
    }

    /// Takes in what has been heard by now.
    FeedView update() {
        List<JsonNode> frames = client.heard(topic, "feed");
        for (; applied < frames.size(); applied++) {
            JsonNode frame = frames.get(applied);
            parts.add(frame);
            if (!frame.has("more")) {
                steps++;
                parts.forEach(this::apply);
                parts.clear();
                if (frame.has("token")) {
                    token = frame.get("token").asString();
                }
            }
        }
        return this;
    }

    private void apply(JsonNode frame) {
        if (frame.has("reset")) {
            rows.clear();
            resets.add(frame.get("reset").asString());
        }
        frame.path("leave").forEach(leave -> rows.remove(key(leave.get("key"))));
        frame.path("enter").forEach(row -> rows.put(key(row), (ObjectNode) row));
        frame.path("update")
                .forEach(update -> {
                    ObjectNode row = rows.get(key(update.get("key")));
                    if (row == null) {
                        throw new AssertionError("update of a row not held: " + update);
                    }
                    row.setAll((ObjectNode) update.get("set"));
                });
    }

    private static String key(JsonNode row) {
        return row.get("id").toString();
    }

    TreeMap<String, ObjectNode> rows() {
        return rows;
    }

    List<String> resets() {
        return resets;
    }

    String token() {
        return token;
    }

    /// How many steps (frames, or sequences of frames with `more`) were applied.
    int steps() {
        return steps;
    }

    /// Waits until the view holds a row for which the column has the value.
    void awaitRow(String id, String column, String value) {
        client.await(
                id + "." + column + " = " + value,
                () -> {
                    ObjectNode row = update().rows.get(id);
                    return row != null && row.path(column).asString("").equals(value) ? row : null;
                });
    }

    void awaitGone(String id) {
        client.await(id + " to leave", () -> update().rows.containsKey(id) ? null : this);
    }

    void awaitReset(String reason) {
        client.await("a reset: " + reason, () -> update().resets.contains(reason) ? this : null);
    }

    void awaitToken() {
        client.await("a token", () -> update().token.isEmpty() ? null : token);
    }
}
