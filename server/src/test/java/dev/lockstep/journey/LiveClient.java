package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.fail;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A bare client of the channel protocol, vsn 2.0.0: says what it is told to, and keeps what it
/// hears.
final class LiveClient implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final List<JsonNode> heard = new ArrayList<>();
    private final StringBuilder received = new StringBuilder();
    private int nextRef = 1;
    private int closed;

    private LiveClient(URI uri) {
        socket = http.newWebSocketBuilder().buildAsync(uri, new Ear()).join();
    }

    static LiveClient connect(URI server, String key) {
        return new LiveClient(
                URI.create(
                        server.toString().replaceFirst("^http", "ws")
                                + "/realtime/v1/websocket?apikey="
                                + key
                                + "&vsn=2.0.0"));
    }

    private final class Ear implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                String whole = text.toString();
                JsonNode frame = JSON.readTree(whole);
                text.setLength(0);
                synchronized (heard) {
                    received.append(whole).append('\n');
                    heard.add(frame);
                    heard.notifyAll();
                }
            }
            from.request(1);
            return java.util.concurrent.CompletableFuture.completedStage(null);
        }

        @Override
        public @org.jspecify.annotations.Nullable CompletionStage<?> onClose(
                WebSocket from, int code, String reason) {
            synchronized (heard) {
                closed = code;
                heard.notifyAll();
            }
            return null;
        }
    }

    /// Until the server has hung up with this code.
    void awaitClosed(int code) {
        await("the close " + code, () -> closed == code ? code : null);
    }

    /// Sends one message and returns its ref.
    String send(String topic, String event, String payload) {
        String ref = Integer.toString(nextRef++);
        socket.sendText(
                        "[\"1\",\"%s\",\"%s\",\"%s\",%s]".formatted(ref, topic, event, payload),
                        true)
                .join();
        return ref;
    }

    /// Joins and waits for the answer, whatever it is.
    JsonNode join(String topic, String config) {
        String ref = send(topic, "phx_join", "{\"config\":" + config + "}");
        return await(
                "the reply to the join of " + topic,
                frame ->
                        frame.get(3).asString().equals("phx_reply")
                                && frame.get(1).asString("").equals(ref));
    }

    /// Joins one feed and waits for its first rows.
    FeedView feed(String topic, String request) {
        JsonNode reply = join(topic, "{\"feeds\":[" + request + "]}");
        if (!reply.get(4).get("status").asString().equals("ok")) {
            fail("refused: " + reply);
        }
        return new FeedView(this, topic);
    }

    /// Every byte that came, as text: whoever holds a view changes what was heard, not this.
    String received() {
        synchronized (heard) {
            return received.toString();
        }
    }

    /// Lets go of what was heard so far.
    void forget() {
        synchronized (heard) {
            heard.clear();
        }
    }

    List<JsonNode> heard() {
        synchronized (heard) {
            return List.copyOf(heard);
        }
    }

    List<JsonNode> heard(String topic, String event) {
        return heard().stream()
                .filter(f -> f.get(2).asString().equals(topic))
                .filter(f -> f.get(3).asString().equals(event))
                .map(f -> f.get(4))
                .toList();
    }

    /// The first frame, of all that were or will be heard, that fits.
    JsonNode await(String what, Predicate<JsonNode> fits) {
        return await(what, () -> heard().stream().filter(fits).findFirst().orElse(null));
    }

    /// Until there is something.
    <T> T await(String what, Supplier<@org.jspecify.annotations.Nullable T> look) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (heard) {
            while (true) {
                T found = look.get();
                if (found != null) {
                    return found;
                }
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    int size = heard.size();
                    return fail(
                            "waited for "
                                    + what
                                    + "; heard last: "
                                    + heard.subList(Math.max(0, size - 5), size));
                }
                try {
                    heard.wait(Math.min(left, 100));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    void awaitSubscribed(String topic) {
        await(
                "the subscription of " + topic,
                f ->
                        f.get(2).asString().equals(topic)
                                && f.get(3).asString().equals("system")
                                && f.get(4).get("status").asString().equals("ok"));
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
    }
}
