package dev.lockstep.journey;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a client of one live feed holds, by the book (`docs/protocol.md`): rows by key, applied
/// step by step. Also by the book, a strict one writes down whatever would mean that something was
/// told twice, or that something before it was not told.
final class FeedRows {
    private static final int MOST_FAULTS = 5;
    private static final int LONGEST = 160;

    private final List<String> key;
    private final TreeMap<String, ObjectNode> rows = new TreeMap<>();
    private final List<String> resets = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final List<JsonNode> parts = new ArrayList<>();
    private String token = "";
    private int steps;

    FeedRows(List<String> key) {
        this.key = List.copyOf(key);
    }

    /// Takes one frame's payload; true when it ended a step.
    boolean take(JsonNode frame) {
        parts.add(frame);
        if (frame.has("more")) {
            return false;
        }
        boolean moved = false;
        for (JsonNode part : parts) {
            moved |= part.has("enter") || part.has("update") || part.has("leave");
            moved |= part.has("reset");
            apply(part);
        }
        parts.clear();
        if (moved) {
            steps++;
        }
        if (frame.has("token")) {
            token = frame.get("token").asString();
        }
        return moved;
    }

    /// The connection was cut: what was gathered of a step is forgotten.
    void cut() {
        parts.clear();
    }

    private void apply(JsonNode frame) {
        if (frame.has("reset")) {
            rows.clear();
            resets.add(frame.get("reset").asString());
            // It belonged to the rows that are gone.
            token = "";
        }
        for (JsonNode leave : frame.path("leave")) {
            if (rows.remove(key(leave.get("key"))) == null) {
                fault("leave of a row not held", leave);
            }
        }
        for (JsonNode row : frame.path("enter")) {
            if (rows.put(key(row), (ObjectNode) row) != null) {
                fault("enter of a row held", row);
            }
        }
        frame.path("update").forEach(this::update);
    }

    private void update(JsonNode update) {
        ObjectNode row = rows.get(key(update.get("key")));
        if (row == null) {
            fault("update of a row not held", update);
            return;
        }
        JsonNode base = update.path("base").path("version");
        if (base.isNumber() && base.asLong() != row.path("version").asLong()) {
            fault("update on version " + base + " of one at " + row.path("version"), update);
        }
        row.setAll((ObjectNode) update.get("set"));
    }

    private void fault(String what, JsonNode cause) {
        String text = cause.toString();
        if (faults.size() < MOST_FAULTS) {
            faults.add(
                    what
                            + " in step "
                            + steps
                            + ": "
                            + text.substring(0, Math.min(text.length(), LONGEST)));
        }
    }

    private String key(JsonNode row) {
        if (key.size() == 1) {
            return row.path(key.getFirst()).toString();
        }
        return key.stream().map(name -> row.path(name).toString()).toList().toString();
    }

    TreeMap<String, ObjectNode> rows() {
        return rows;
    }

    List<String> resets() {
        return resets;
    }

    /// What cannot be, if everything is told once and nothing left out; empty when all is well.
    List<String> faults() {
        return faults;
    }

    String token() {
        return token;
    }

    /// How many steps (frames, or sequences of frames with `more`) brought something.
    int steps() {
        return steps;
    }
}
