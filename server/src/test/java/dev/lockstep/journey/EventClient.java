package dev.lockstep.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A client of `text/event-stream` on a bare socket, as the standard has it: an event counts when
/// its blank line has come.
final class EventClient implements AutoCloseable, FeedView.Ear {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /// @param id the last event id at its dispatch
    record Event(String name, String data, String id) {
        JsonNode json() {
            return JSON.readTree(data);
        }
    }

    private final Socket socket = new Socket();
    private final BufferedReader in;
    private final Map<String, String> headers = new TreeMap<>();
    private final String status;
    private final List<Event> events = new ArrayList<>();
    private final List<String> comments = new ArrayList<>();
    private String lastId = "";
    private String retry = "";
    private boolean ended;
    private volatile boolean stopped;

    private EventClient(URI server, String request) throws IOException {
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new java.net.InetSocketAddress(server.getHost(), server.getPort()));
        socket.getOutputStream().write(request.getBytes(UTF_8));
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8), 4_096);
        status = in.readLine();
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            String[] header = line.split(": ", 2);
            headers.put(header[0].toLowerCase(java.util.Locale.ROOT), header[1]);
        }
        Thread.ofVirtual().start(this::listen);
    }

    /// @param headers whole lines
    static EventClient get(URI server, String target, String... headers) {
        StringBuilder request =
                new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        try {
            return new EventClient(server, request + "\r\n");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void listen() {
        String name = "message";
        StringBuilder data = new StringBuilder();
        try {
            for (String line = read(); line != null; line = read()) {
                int colon = line.indexOf(':');
                String field = colon < 0 ? line : line.substring(0, colon);
                String value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
                synchronized (events) {
                    if (line.isEmpty()) {
                        if (!data.isEmpty()) {
                            events.add(new Event(name, data.toString(), lastId));
                        }
                        name = "message";
                        data.setLength(0);
                    } else {
                        switch (field) {
                            case "" -> comments.add(value);
                            case "event" -> name = value;
                            case "data" -> data.append(value);
                            case "id" -> lastId = value;
                            case "retry" -> retry = value;
                            default -> fail("an unknown field: " + line);
                        }
                    }
                    events.notifyAll();
                }
            }
        } catch (IOException e) {
            // The other end has gone, or we have.
        }
        synchronized (events) {
            ended = true;
            events.notifyAll();
        }
    }

    private @Nullable String read() throws IOException {
        while (stopped) {
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
        return in.readLine();
    }

    String status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    /// Nothing is read from here on, until [#resume].
    void stop() {
        stopped = true;
    }

    void resume() {
        stopped = false;
    }

    List<Event> events() {
        synchronized (events) {
            return List.copyOf(events);
        }
    }

    List<Event> events(String name) {
        return events().stream().filter(event -> event.name().equals(name)).toList();
    }

    List<String> comments() {
        synchronized (events) {
            return List.copyOf(comments);
        }
    }

    /// Where the client stands, as it would say in `Last-Event-ID`.
    String lastId() {
        synchronized (events) {
            return lastId;
        }
    }

    String retry() {
        synchronized (events) {
            return retry;
        }
    }

    @Override
    public List<JsonNode> frames() {
        return events("feed").stream().map(Event::json).toList();
    }

    /// One feed of several.
    FeedView view(int id) {
        EventClient all = this;
        return new FeedView(
                new FeedView.Ear() {
                    @Override
                    public List<JsonNode> frames() {
                        return all.frames().stream()
                                .filter(f -> f.get("id").asInt() == id)
                                .toList();
                    }

                    @Override
                    public <T> T await(String what, Supplier<@Nullable T> look) {
                        return all.await(what, look);
                    }
                });
    }

    FeedView view() {
        return new FeedView(this);
    }

    @Override
    public <T> T await(String what, Supplier<@Nullable T> look) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (events) {
            while (true) {
                T found = look.get();
                if (found != null) {
                    return found;
                }
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    int size = events.size();
                    return fail(
                            "waited for "
                                    + what
                                    + "; heard last: "
                                    + events.subList(Math.max(0, size - 5), size));
                }
                try {
                    events.wait(Math.min(left, 100));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    Event awaitEvent(String name) {
        return await("an event " + name, () -> events(name).stream().findFirst().orElse(null));
    }

    void awaitEnd() {
        await("the end of the stream", () -> ended ? this : null);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
