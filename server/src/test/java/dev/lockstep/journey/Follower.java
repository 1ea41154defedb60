package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Follows one live feed through whatever happens, as the SDK would: comes back with its token each
/// time the connection or the channel ends, and keeps what a client by the book holds.
final class Follower implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String TOPIC = "realtime:f";
    private static final long AGAIN_MILLIS = 50;

    private final Supplier<URI> server;
    private final String key;
    private final String request;
    private final FeedRows held;
    private final Thread thread;
    private final List<String> refusals = new ArrayList<>();
    private @Nullable WireClient connection;
    private boolean connected; // Guarded, as all below, by this.
    private boolean small;
    private boolean away;
    private boolean over;
    private int connections;
    private int cuts;

    /// @param request the feed's JSON object, without `since` and without its braces
    Follower(Supplier<URI> server, String key, String request, List<String> rowKey) {
        this.server = server;
        this.key = key;
        this.request = request;
        this.held = new FeedRows(rowKey);
        this.thread = Thread.ofVirtual().name("follower").unstarted(this::run);
    }

    Follower begin() {
        thread.start();
        return this;
    }

    /// One whose server soon notices when nobody reads.
    Follower beginSmall() {
        small = true;
        return begin();
    }

    private void run() {
        while (true) {
            synchronized (this) {
                while (away && !over) {
                    pause(0);
                }
                if (over) {
                    return;
                }
            }
            try {
                connect();
            } catch (IOException e) {
                synchronized (this) {
                    pause(AGAIN_MILLIS);
                }
            }
        }
    }

    private void connect() throws IOException {
        boolean[] ended = {false};
        WireClient.Ear ear =
                new WireClient.Ear() {
                    @Override
                    public void heard(String frame) {
                        hear(frame);
                    }

                    @Override
                    public void ended() {
                        synchronized (Follower.this) {
                            ended[0] = true;
                            Follower.this.notifyAll();
                        }
                    }
                };
        WireClient client =
                small
                        ? WireClient.connectSmall(server.get(), key, ear)
                        : WireClient.connect(server.get(), key, ear);
        String since;
        synchronized (this) {
            connections++;
            connection = client;
            connected = true;
            since = held.token().isEmpty() ? "" : ",\"since\":\"" + held.token() + "\"";
        }
        try {
            client.join(TOPIC, "{\"feeds\":[{" + request + since + "}]}");
            synchronized (this) {
                while (!ended[0] && connected && !over && !away) {
                    pause(0);
                }
            }
        } finally {
            client.close();
            synchronized (this) {
                while (!ended[0]) {
                    pause(AGAIN_MILLIS);
                }
                connection = null;
                held.cut();
            }
        }
    }

    private void hear(String text) {
        JsonNode frame = JSON.readTree(text);
        String event = frame.get(3).asString();
        synchronized (this) {
            switch (event) {
                case "feed" -> held.take(frame.get(4));
                case "phx_reply" -> {
                    if (frame.get(4).path("status").asString("").equals("error")) {
                        refusals.add(frame.get(4).toString());
                        connected = false;
                    }
                }
                case "phx_error", "phx_close" -> connected = false;
                default -> {}
            }
            notifyAll();
        }
    }

    private void pause(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            over = true;
        }
    }

    /// Resets its connection, wherever it is; it comes back at once.
    synchronized void cut() {
        cuts++;
        if (connection != null) {
            connection.cut();
        }
    }

    /// Leaves, until [#comeBack].
    synchronized void goAway() {
        away = true;
        notifyAll();
    }

    synchronized void comeBack() {
        away = false;
        notifyAll();
    }

    synchronized void stopReading() {
        if (connection != null) {
            connection.stop();
        }
    }

    synchronized void readAgain() {
        if (connection != null) {
            connection.resume();
        }
    }

    /// What it holds, one column of each row by key.
    synchronized TreeMap<String, String> column(String name) {
        TreeMap<String, String> values = new TreeMap<>();
        held.rows().forEach((key, row) -> values.put(key, row.path(name).asString("")));
        return values;
    }

    synchronized List<String> faults() {
        return List.copyOf(held.faults());
    }

    synchronized List<String> resets() {
        return List.copyOf(held.resets());
    }

    synchronized int steps() {
        return held.steps();
    }

    synchronized int connections() {
        return connections;
    }

    synchronized List<String> refusals() {
        return List.copyOf(refusals);
    }

    /// Waits for what it holds to be so.
    void await(String what, Predicate<FeedRows> condition, long seconds) {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        synchronized (this) {
            while (!condition.test(held)) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    fail(
                            "waited for %s; %d rows, resets %s, faults %s, refusals %s, %d connections, %d cuts"
                                    .formatted(
                                            what,
                                            held.rows().size(),
                                            held.resets(),
                                            held.faults(),
                                            refusals,
                                            connections,
                                            cuts));
                }
                pause(Math.min(left, 100));
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            over = true;
            if (connection != null) {
                connection.cut();
            }
            notifyAll();
        }
    }
}
