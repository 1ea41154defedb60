package dev.lockstep.journey;

import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a [LiveClient] that follows one feed holds, as a person's screen would show it.
final class FeedView {
    /// Who hears the feed.
    interface Ear {
        /// The bodies of all frames so far.
        List<JsonNode> frames();

        <T> T await(String what, Supplier<@Nullable T> look);
    }

    private final Ear ear;
    private final FeedRows held = new FeedRows(List.of("id"));
    private int applied;

    FeedView(LiveClient client, String topic) {
        this(
                new Ear() {
                    @Override
                    public List<JsonNode> frames() {
                        return client.heard(topic, "feed");
                    }

                    @Override
                    public <T> T await(String what, Supplier<@Nullable T> look) {
                        return client.await(what, look);
                    }
                });
    }

    FeedView(Ear ear) {
        this.ear = ear;
    }

    /// Takes in what has been heard by now.
    FeedView update() {
        List<JsonNode> frames = ear.frames();
        for (; applied < frames.size(); applied++) {
            held.take(frames.get(applied));
        }
        if (!held.faults().isEmpty()) {
            throw new AssertionError(held.faults().toString());
        }
        return this;
    }

    TreeMap<String, ObjectNode> rows() {
        return held.rows();
    }

    List<String> resets() {
        return held.resets();
    }

    String token() {
        return held.token();
    }

    /// How many steps (frames, or sequences of frames with `more`) brought something.
    int steps() {
        return held.steps();
    }

    /// Waits until the view holds a row for which the column has the value.
    void awaitRow(String id, String column, String value) {
        ear.await(
                id + "." + column + " = " + value,
                () -> {
                    ObjectNode row = update().rows().get(id);
                    return row != null && row.path(column).asString("").equals(value) ? row : null;
                });
    }

    void awaitGone(String id) {
        ear.await(id + " to leave", () -> update().rows().containsKey(id) ? null : this);
    }

    void awaitReset(String reason) {
        ear.await("a reset: " + reason, () -> update().resets().contains(reason) ? this : null);
    }

    void awaitToken() {
        ear.await("a token", () -> update().token().isEmpty() ? null : token());
    }
}
