package dev.lockstep.app.tail;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One WebSocket, read as a queue of texts by one thread.
///
/// The queue is short and the next frame is asked for only when the last was queued, so a terminal
/// that is slow to print slows the server's pushing, which it is made for.
final class TailConnection implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int QUEUED = 64;

    private final BlockingQueue<String> received;
    private final WebSocket socket;

    private TailConnection(BlockingQueue<String> received, WebSocket socket) {
        this.received = received;
        this.socket = socket;
    }

    /// @throws Unreachable when the server did not take the connection
    static TailConnection open(HttpClient client, String url, String key) throws Unreachable {
        BlockingQueue<String> received = new ArrayBlockingQueue<>(QUEUED + 1);
        URI address =
                URI.create(
                        url.replaceFirst("^http", "ws")
                                + "/realtime/v1/websocket?vsn=2.0.0&apikey="
                                + URLEncoder.encode(key, StandardCharsets.UTF_8));
        try {
            WebSocket socket =
                    client.newWebSocketBuilder()
                            .connectTimeout(PATIENCE)
                            .buildAsync(address, new Reader(received))
                            .join();
            return new TailConnection(received, socket);
        } catch (CompletionException e) {
            throw unreachable(e.getCause());
        }
    }

    /// Ends with the connection: an empty text is queued for that.
    ///
    /// @return nothing when the time was over
    Optional<String> next(Duration atMost) throws InterruptedException {
        return Optional.ofNullable(received.poll(atMost.toMillis(), TimeUnit.MILLISECONDS));
    }

    void send(String text) {
        try {
            socket.sendText(text, true).join();
        } catch (CompletionException _) {
            // The reader meets the same end and queues it.
            socket.abort();
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    private static Unreachable unreachable(@Nullable Throwable cause) {
        if (cause instanceof WebSocketHandshakeException refused) {
            int status = refused.getResponse().statusCode();
            return new Unreachable("the server answered " + status, status >= 400 && status < 500);
        }
        String words = cause == null ? "" : String.valueOf(cause.getMessage());
        return new Unreachable(
                cause instanceof java.net.ConnectException ? "nothing listens there" : words,
                false);
    }

    static final class Unreachable extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean lasting;

        Unreachable(String message, boolean lasting) {
            super(message);
            this.lasting = lasting;
        }

        /// Whether trying again is of no use.
        boolean lasting() {
            return lasting;
        }
    }

    private static final class Reader implements WebSocket.Listener {
        private final BlockingQueue<String> received;
        private final StringBuilder text = new StringBuilder();

        Reader(BlockingQueue<String> received) {
            this.received = received;
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                put(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            put("");
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            put("");
        }

        private void put(String frame) {
            try {
                received.put(frame);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
