package dev.lockstep.journey;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// One connection that says whatever comes to its mind, until the server has had enough of it.
final class FuzzClient implements AutoCloseable {
    private static final List<String> EVENTS =
            List.of(
                    "phx_join",
                    "phx_join",
                    "phx_join",
                    "phx_leave",
                    "heartbeat",
                    "access_token",
                    "broadcast",
                    "broadcast",
                    "presence",
                    "presence",
                    "x",
                    "",
                    "phx_close");
    private static final List<String> TOPICS =
            List.of(
                    "realtime:a",
                    "realtime:a",
                    "realtime:b",
                    "realtime:c",
                    "realtime:",
                    "phoenix",
                    "room",
                    "",
                    "realtime:public:fuzzed",
                    "realtime:public:fuzzed:id=eq.1");

    private static final String SETTLED = "\"settled\"";

    private final RandomGenerator random;
    private final FuzzWords words;
    private final List<String> tokens;
    private final boolean second;
    private final Socket socket = new Socket();
    private final OutputStream out;
    private final Semaphore settled = new Semaphore(0);
    private final CountDownLatch answered = new CountDownLatch(1);
    private final Thread ear;

    /// @param heard gets everything that comes, in pieces
    FuzzClient(URI server, RandomGenerator random, List<String> tokens, Consumer<String> heard)
            throws IOException {
        this.random = random;
        this.words = new FuzzWords(random);
        this.tokens = tokens;
        this.second = words.chance(60);
        socket.setSoTimeout(20_000);
        socket.connect(new java.net.InetSocketAddress(server.getHost(), server.getPort()), 5_000);
        this.out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        this.ear = Thread.ofVirtual().start(() -> listen(heard));
    }

    private void listen(Consumer<String> heard) {
        byte[] piece = new byte[1 << 16];
        try (InputStream in = socket.getInputStream()) {
            int length;
            while ((length = in.read(piece)) >= 0) {
                answered.countDown();
                String text = new String(piece, 0, length, ISO_8859_1);
                heard.accept(text);
                if (text.contains(SETTLED)) {
                    settled.release();
                }
            }
        } catch (IOException e) {
            heard.accept(""); // cut, by us or by the server: both are fair
        } finally {
            answered.countDown();
        }
    }

    private void say(String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
    }

    /// Becomes a WebSocket, mostly.
    void upgrade() throws IOException, InterruptedException {
        String key = words.chance(90) ? tokens.get(random.nextInt(3)) : words.one(tokens);
        say(
                "GET /realtime/v1/websocket?apikey="
                        + key
                        + (second ? "&vsn=2.0.0" : "&vsn=1.0.0")
                        + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        out.flush();
        answered.await(20, TimeUnit.SECONDS);
    }

    /// One frame; false when the connection is over, or as good as over.
    boolean frame() {
        try {
            switch (random.nextInt(200)) {
                case 0 -> {
                    odd();
                    out.flush();
                    return false;
                }
                case 1, 2, 3, 4, 5 -> write(0x82, binary());
                case 6, 7 -> {
                    byte[] text = message();
                    int half = text.length / 2;
                    write(0x01, java.util.Arrays.copyOf(text, half));
                    write(0x80, java.util.Arrays.copyOfRange(text, half, text.length));
                }
                case 8 -> write(0x89, words.noise(125));
                default -> write(0x81, message());
            }
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /// Says something sensible and waits for the answer, for what was asked before it is answered
    /// by then too, mostly. An answer that does not come is no fault: what was said may forbid it.
    void settle() throws IOException, InterruptedException {
        String config = words.chance(50) ? "{\"feeds\":[{\"table\":\"fuzzed\"}]}" : "{}";
        String join = "{\"config\":" + config + "}";
        write(
                0x81,
                words.utf8(
                        second
                                ? "[\"1\"," + SETTLED + ",\"realtime:z\",\"phx_join\"," + join + "]"
                                : "{\"topic\":\"realtime:z\",\"event\":\"phx_join\",\"payload\":"
                                        + join
                                        + ",\"ref\":"
                                        + SETTLED
                                        + "}"));
        settled.drainPermits();
        out.flush();
        settled.tryAcquire(1, TimeUnit.SECONDS);
    }

    /// What no client may say: the server hangs up.
    private void odd() throws IOException {
        switch (random.nextInt(6)) {
            case 0 -> write(0x88, words.noise(10));
            case 1 -> write(0xF1, words.noise(10));
            case 2 -> write(0x83 + random.nextInt(5), words.noise(10));
            case 3 -> write(0x81, words.noise(200));
            case 4 -> out.write(words.noise(100));
            default -> out.write(new byte[] {(byte) 0x81, (byte) 0xFF, 0, 0, 1, 0, 0, 0, 0, 0});
        }
    }

    private byte[] message() {
        String event = words.one(EVENTS);
        String ref = words.chance(90) ? "\"" + random.nextInt(1_000) + "\"" : words.json();
        String topic = words.quoted(words.chance(97) ? words.one(TOPICS) : words.where());
        String payload = payload(event);
        String text =
                second
                        ? "[\"1\","
                                + ref
                                + ","
                                + topic
                                + ","
                                + words.quoted(event)
                                + ","
                                + payload
                                + "]"
                        : "{\"topic\":"
                                + topic
                                + ",\"event\":"
                                + words.quoted(event)
                                + ",\"payload\":"
                                + payload
                                + ",\"ref\":"
                                + ref
                                + "}";
        String said = words.chance(10) ? words.mutated(text) : text;
        return words.chance(3) ? words.mutated(words.utf8(said)) : words.utf8(said);
    }

    private String payload(String event) {
        return switch (event) {
            case "phx_join" ->
                    "{\"config\":"
                            + words.config()
                            + (words.chance(30) ? ",\"access_token\":" + token() : "")
                            + "}";
            case "access_token" -> "{\"access_token\":" + token() + "}";
            case "broadcast" ->
                    "{\"type\":\"broadcast\",\"event\":"
                            + (words.chance(90) ? "\"e\"" : words.json())
                            + ",\"payload\":"
                            + words.object()
                            + "}";
            case "presence" ->
                    "{\"type\":\"presence\",\"event\":"
                            + words.quoted(words.one(List.of("track", "TRACK", "untrack", "x")))
                            + ",\"payload\":"
                            + words.object()
                            + "}";
            default -> words.object();
        };
    }

    private String token() {
        return words.chance(80) ? words.quoted(words.mutated(words.one(tokens))) : words.json();
    }

    /// A broadcast of the second dialect, whole or with lengths that lie; or any other kind.
    private byte[] binary() {
        if (words.chance(20)) {
            return words.noise(100);
        }
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        byte[] topic = words.utf8(words.one(TOPICS));
        byte[] metadata = words.utf8(words.chance(70) ? "" : words.one(List.of("{}", "[", "7")));
        frame.write(words.chance(90) ? 3 : random.nextInt(8));
        frame.write(1);
        frame.write(1);
        frame.write(words.chance(95) ? topic.length : random.nextInt(256));
        frame.write(1);
        frame.write(metadata.length);
        frame.write(random.nextInt(words.chance(95) ? 2 : 256));
        frame.writeBytes(words.utf8("12"));
        frame.writeBytes(topic);
        frame.writeBytes(words.utf8("e"));
        frame.writeBytes(metadata);
        frame.writeBytes(words.chance(50) ? words.utf8(words.object()) : words.noise(300));
        return words.mutated(frame.toByteArray());
    }

    private void write(int firstByte, byte[] payload) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(14).put((byte) firstByte);
        if (payload.length <= 125) {
            head.put((byte) (0x80 | payload.length));
        } else if (payload.length <= 0xFFFF) {
            head.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            head.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        // A mask of zeros leaves the payload as it is.
        out.write(head.putInt(0).array(), 0, head.position());
        out.write(payload);
    }

    /// Requests over one connection, until one of them ends it.
    void requests(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            byte[] body = words.utf8(words.mutated(body()));
            String path =
                    words.one(
                            List.of(
                                    "/realtime/v1/api/broadcast",
                                    "/api/broadcast?apikey=x&vsn=2.0.0",
                                    "/api/broadcast/a/events/e?private="
                                            + words.one(TOPICS).length(),
                                    "/api/broadcast/%ff%/events/e",
                                    "/realtime/v1/feed",
                                    "/realtime/v1/presence/a",
                                    "/realtime/v1/ticket",
                                    "/%2e%2e/etc/passwd",
                                    "/?a=%zz"));
            say(
                    words.one(List.of("POST ", "POST ", "POST ", "PUT ", "OPTIONS "))
                            + path
                            + " HTTP/1.1\r\nHost: x\r\nContent-Type: "
                            + words.one(
                                    List.of(
                                            "application/json",
                                            "application/octet-stream",
                                            "text/plain",
                                            "",
                                            ";;"))
                            + "\r\nAuthorization: Bearer "
                            + words.one(tokens)
                            + "\r\nAccept: application/json\r\nContent-Length: "
                            + body.length
                            + "\r\n\r\n");
            out.write(body);
        }
        out.write(words.noise(50));
        say("\r\n\r\nand that is all\r\n\r\n");
        out.flush();
    }

    private String body() {
        return words.chance(50)
                ? "{\"messages\":[{\"topic\":\"a\",\"event\":\"e\",\"payload\":"
                        + words.object()
                        + ",\"private\":"
                        + words.json()
                        + "}]}"
                : words.chance(50) ? "{\"feeds\":[" + words.feed() + "]}" : words.json();
    }

    /// Asks for a close: the server answers it once it has heard everything before.
    void sayGoodbye() throws IOException {
        write(0x88, new byte[] {3, (byte) 0xE8});
        out.flush();
    }

    /// Until the server has hung up, or all that it had to say has come.
    void awaitEnd() throws InterruptedException {
        ear.join(java.time.Duration.ofSeconds(20));
    }

    @Override
    public void close() {
        try {
            socket.close();
            ear.join();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
