package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Bodies that are taken and sent as they come.
class StreamingTest {
    private static final byte[] NOISE = noise();

    private final CountDownLatch go = new CountDownLatch(1);
    private final RunningServer running =
            new RunningServer(
                    Map.of(
                            "http.max-uploads", "1",
                            "http.idle-timeout", "2s",
                            "http.max-body", "1000"),
                    (routes, _) -> routes.streamedBelow("/s", this::handle));

    private static byte[] noise() {
        byte[] bytes = new byte[5 << 20];
        new SplittableRandom(3).nextBytes(bytes);
        return bytes;
    }

    private Answer handle(Request request, InputStream body) {
        try {
            return switch (request.path()) {
                case "/s/count" -> {
                    long count = body.transferTo(OutputStream.nullOutputStream());
                    yield Response.json(200, Long.toString(count));
                }
                case "/s/late" -> {
                    assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
                    long count = body.transferTo(OutputStream.nullOutputStream());
                    yield Response.json(200, Long.toString(count));
                }
                case "/s/refuse" -> Response.json(403, "\"no\"");
                case "/s/bytes" ->
                        new Sending(
                                200,
                                Map.of(),
                                new Sending.Source.Bytes(
                                        new ByteArrayInputStream(NOISE), NOISE.length));
                case "/s/short" ->
                        new Sending(
                                200,
                                Map.of(),
                                new Sending.Source.Bytes(
                                        new ByteArrayInputStream(NOISE), NOISE.length + 1));
                case "/s/file" -> new Sending(200, Map.of(), region());
                default -> Response.empty(404);
            };
        } catch (IOException e) {
            return Response.json(408, "\"" + e.getMessage() + "\"");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Sending.Source region() {
        try {
            Path file = Files.createTempFile("lockstep", "region");
            Files.write(file, NOISE);
            FileChannel channel = FileChannel.open(file);
            Files.delete(file);
            return new Sending.Source.Region(channel, 7, NOISE.length - 8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() {
        go.countDown();
        running.close();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", running.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static String post(String path, long length, String more) {
        return "POST "
                + path
                + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + length
                + "\r\n"
                + more
                + "\r\n";
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    /// Up to and with the text.
    private static String until(InputStream in, String end) throws IOException {
        StringBuilder said = new StringBuilder();
        while (said.indexOf(end) < 0) {
            int next = in.read();
            assertThat(next).as("after " + said).isNotNegative();
            said.append((char) next);
        }
        return said.toString();
    }

    private static String all(InputStream in) throws IOException {
        return new String(in.readAllBytes(), UTF_8);
    }

    @Test
    void a_body_larger_than_what_is_collected_is_taken_and_the_connection_goes_on()
            throws Exception {
        try (Socket socket = connect()) {
            for (int i = 0; i < 2; i++) {
                send(socket, post("/s/count", NOISE.length, ""));
                socket.getOutputStream().write(NOISE);
                assertThat(until(socket.getInputStream(), "\r\n\r\n" + NOISE.length))
                        .contains("200 OK");
            }
            send(
                    socket,
                    post("/s/count", 3, "") + "abc" + post("/s/count", 0, "Connection: close\r\n"));
            assertThat(all(socket.getInputStream())).contains("\r\n\r\n3").endsWith("\r\n\r\n0");
        }
    }

    @Test
    void a_handler_that_lags_holds_its_client_back() throws Exception {
        AtomicLong sent = new AtomicLong();
        long size = 64L << 20;
        try (Socket socket = connect()) {
            send(socket, post("/s/late", size, "Connection: close\r\n"));
            Thread sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                byte[] piece = new byte[1 << 16];
                                try {
                                    while (sent.get() < size) {
                                        socket.getOutputStream().write(piece);
                                        sent.addAndGet(piece.length);
                                    }
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            // What two kernels and a pipe hold, and no more; the handler's slowness is not the
            // client's.
            assertThat(sender.join(java.time.Duration.ofSeconds(5))).isFalse();
            assertThat(sent.get()).isLessThan(size / 2);
            go.countDown();
            assertThat(all(socket.getInputStream()))
                    .contains("200 OK")
                    .endsWith(Long.toString(size));
        }
    }

    @Test
    void who_is_refused_before_the_body_need_not_send_it() throws Exception {
        try (Socket socket = connect()) {
            send(socket, post("/s/refuse", 1000, "Expect: 100-continue\r\n"));
            assertThat(all(socket.getInputStream()))
                    .startsWith("HTTP/1.1 403")
                    .contains("connection: close");
        }
        try (Socket socket = connect()) {
            send(socket, post("/s/count", 2, "Expect: 100-continue\r\nConnection: close\r\n"));
            assertThat(until(socket.getInputStream(), "\r\n\r\n")).startsWith("HTTP/1.1 100");
            send(socket, "ab");
            assertThat(all(socket.getInputStream())).endsWith("\r\n\r\n2");
        }
    }

    @Test
    void one_upload_too_many_is_told_to_come_back_and_places_are_given_back() throws Exception {
        try (Socket first = connect();
                Socket second = connect()) {
            send(first, post("/s/late", 2, "Connection: close\r\n") + "a");
            send(first, "b");
            // Served on another connection, so it has to be seen that the first holds its place.
            Deadline.await(
                    "the place to be taken",
                    () -> {
                        try (Socket probe = connect()) {
                            send(probe, post("/s/count", 1, "Connection: close\r\n") + "x");
                            return all(probe.getInputStream()).startsWith("HTTP/1.1 503");
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
            go.countDown();
            assertThat(all(first.getInputStream())).endsWith("\r\n\r\n2");
            send(second, post("/s/count", 1, "Connection: close\r\n") + "x");
            assertThat(all(second.getInputStream())).endsWith("\r\n\r\n1");
        }
    }

    @Test
    void a_trickle_is_not_waited_for() throws Exception {
        try (Socket socket = connect()) {
            send(socket, post("/s/count", 1000, "") + "x");
            assertThat(all(socket.getInputStream())).contains("408", "did not come in time");
        }
    }

    @Test
    void a_broken_body_is_told_to_who_reads_it() throws Exception {
        try (Socket socket = connect()) {
            send(
                    socket,
                    "POST /s/count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
            assertThat(all(socket.getInputStream())).contains("408", "not properly encoded");
        }
    }

    @Test
    void bytes_and_parts_of_files_are_sent_whole() throws Exception {
        assertThat(
                        running.client
                                .send(
                                        running.request("/s/bytes").build(),
                                        java.net.http.HttpResponse.BodyHandlers.ofByteArray())
                                .body())
                .isEqualTo(NOISE);
        assertThat(
                        running.client
                                .send(
                                        running.request("/s/file").build(),
                                        java.net.http.HttpResponse.BodyHandlers.ofByteArray())
                                .body())
                .isEqualTo(java.util.Arrays.copyOfRange(NOISE, 7, NOISE.length - 1));
    }

    @Test
    void an_answer_that_falls_short_ends_with_its_connection() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "GET /s/short HTTP/1.1\r\nHost: x\r\n\r\n");
            InputStream in = socket.getInputStream();
            until(in, "\r\n\r\n");
            assertThat(in.readAllBytes().length).isLessThanOrEqualTo(NOISE.length);
        }
    }
}
