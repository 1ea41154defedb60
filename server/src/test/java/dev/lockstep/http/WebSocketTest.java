package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.channel.Loop;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codecs;
import dev.lockstep.wire.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketTest {
    private static final String PATH = "/realtime/v1/websocket";
    private final RunningServer running = new RunningServer(Map.of());

    @AfterEach
    void stop() {
        running.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {PATH, "/socket/websocket"})
    void a_client_with_a_key_gets_a_session_of_its_dialect(String path) throws Exception {
        try (RawClient raw = running.raw()) {
            String key = running.anonKey();
            String head = raw.upgrade(path + "?apikey=" + key + "&log_level=info&vsn=2.0.0");

            assertThat(head)
                    .startsWith("HTTP/1.1 101 ")
                    .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            var session = running.sessions.only();
            assertThat(session.codec()).isSameAs(Codecs.V2);
            assertThat(session.identity().role()).isEqualTo("anon");
            assertThat(session.key()).isEqualTo(key);
        }
    }

    @Test
    void the_header_beats_the_query_and_no_version_is_the_first() throws Exception {
        try (RawClient raw = running.raw()) {
            raw.upgrade(PATH + "?apikey=nonsense", "x-api-key: sb_publishable_k");
            assertThat(running.sessions.only().codec()).isSameAs(Codecs.V1);
            assertThat(running.sessions.only().key()).isEqualTo("sb_publishable_k");
        }
    }

    @Test
    void a_handshake_is_refused_in_the_references_words() throws Exception {
        assertRefused(PATH, 401, "{\"error\":\"API key is missing\"}");
        assertRefused(
                PATH + "?apikey=x", 401, "{\"error\":\"The token provided is not a valid JWT\"}");
        String expired = running.token("anon", Duration.ofSeconds(-5));
        assertRefused(PATH + "?apikey=" + expired, 401, "{\"error\":\"Token has expired\"}");
        assertRefused(PATH + "?vsn=3.0.0&apikey=" + running.anonKey(), 403, "");
        assertThat(running.get(PATH).statusCode()).isEqualTo(426);
    }

    private void assertRefused(String target, int status, String body) throws Exception {
        try (RawClient raw = running.raw()) {
            String head = raw.upgrade(target);
            assertThat(head)
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("content-length: " + body.length() + "\r\n");
            assertThat(new String(raw.hear(body.length()), UTF_8)).isEqualTo(body);
        }
    }

    @Test
    void an_origin_that_is_not_allowed_is_refused() throws Exception {
        try (RunningServer strict =
                        new RunningServer(Map.of("http.allowed-origins", "https://ours.example"));
                RawClient good = strict.raw();
                RawClient bad = strict.raw()) {
            String target = PATH + "?apikey=" + strict.anonKey();
            assertThat(good.upgrade(target, "Origin: https://ours.example")).contains(" 101 ");
            assertThat(bad.upgrade(target, "Origin: https://theirs.example")).contains(" 403 ");
        }
    }

    @Test
    void one_connection_too_many_is_told_so() throws Exception {
        try (RunningServer small = new RunningServer(Map.of("http.max-connections", "1"));
                RawClient first = small.raw();
                RawClient second = small.raw()) {
            String target = PATH + "?apikey=" + small.anonKey();
            first.upgrade(target);
            assertThat(second.upgrade(target)).contains(" 429 ");
        }
    }

    @Test
    void messages_reach_the_session_in_order_whole_or_in_fragments() throws Exception {
        try (RawClient raw = connected()) {
            raw.text("[\"1\",\"1\",\"realtime:a\",\"phx_join\",{}]");
            raw.frame(0x01, "[\"1\",\"2\",\"realtime:a\",".getBytes(UTF_8));
            raw.frame(0x89, new byte[] {7});
            raw.frame(0x80, "\"phx_leave\",{}]".getBytes(UTF_8));
            raw.frame(0x82, new byte[] {3, 0, 0, 1, 1, 0, 0, 't', 'e', 9});

            assertThat(raw.hearFrame(0x8A)).containsExactly(7);
            var session = running.sessions.only();
            Deadline.await("three frames", () -> session.frames().size() == 3);
            assertThat(session.frames())
                    .hasExactlyElementsOfTypes(
                            ClientFrame.Join.class,
                            ClientFrame.Leave.class,
                            ClientFrame.Broadcast.class);
        }
    }

    @Test
    void a_heartbeat_is_answered_without_the_session() throws Exception {
        try (RawClient raw = connected()) {
            raw.text("[null,\"7\",\"phoenix\",\"heartbeat\",{}]");

            assertThat(new String(raw.hearFrame(0x81), UTF_8))
                    .isEqualTo(
                            "[null,\"7\",\"phoenix\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]");
            assertThat(running.sessions.only().frames()).isEmpty();
        }
    }

    @Test
    void a_malformed_message_is_dropped_and_counted_and_the_socket_lives() throws Exception {
        try (RawClient raw = connected()) {
            raw.text("{nonsense").frame(0x82, new byte[] {0, 1});
            raw.text("[null,\"8\",\"phoenix\",\"heartbeat\",{}]");

            assertThat(new String(raw.hearFrame(0x81), UTF_8)).contains("\"8\"");
            assertThat(running.server.status().malformed()).isEqualTo(2);
        }
    }

    @Test
    void text_that_is_not_utf8_closes_with_1007() throws Exception {
        try (RawClient raw = connected()) {
            assertThat(raw.frame(0x81, new byte[] {(byte) 0xC3, 0x28}).hearClose()).isEqualTo(1007);
        }
    }

    @Test
    void a_frame_beyond_the_bound_closes_with_1009() throws Exception {
        try (RawClient raw = connected()) {
            ByteBuffer head = ByteBuffer.allocate(14).put((byte) 0x82).put((byte) 0xFF);
            raw.say(head.putLong(5_000_001).array());
            assertThat(raw.hearClose()).isEqualTo(1009);
        }
    }

    @Test
    void fragments_that_are_together_beyond_the_bound_close_with_1009() throws Exception {
        try (RawClient raw = connected()) {
            raw.frame(0x02, new byte[3_000_000]).frame(0x00, new byte[2_000_001]);
            assertThat(raw.hearClose()).isEqualTo(1009);
        }
    }

    @Test
    void a_frame_of_the_largest_size_is_taken() throws Exception {
        try (RawClient raw = connected()) {
            byte[] payload = new byte[5_000_000];
            System.arraycopy(new byte[] {3, 0, 0, 1, 1, 0, 0, 't', 'e'}, 0, payload, 0, 9);
            raw.frame(0x82, payload);
            var session = running.sessions.only();
            Deadline.await("the frame", () -> session.frames().size() == 1);
        }
    }

    @Test
    void an_unmasked_frame_closes_with_1002() throws Exception {
        try (RawClient raw = connected()) {
            assertThat(raw.say(new byte[] {(byte) 0x81, 1, 'x'}).hearClose()).isEqualTo(1002);
        }
    }

    @Test
    void a_session_that_fails_closes_with_1011() throws Exception {
        try (RawClient raw = connected()) {
            raw.text("[null,\"1\",\"t\",\"boom\",{}]");
            assertThat(raw.hearClose()).isEqualTo(1011);
        }
    }

    @Test
    void a_silent_client_is_closed_and_its_session_told_once() throws Exception {
        try (RunningServer quick = new RunningServer(Map.of("http.idle-timeout", "400ms"));
                RawClient raw = quick.raw()) {
            raw.upgrade(PATH + "?apikey=" + quick.anonKey());
            assertThat(raw.hearClose()).isEqualTo(1000);
            raw.frame(0x88, new byte[] {3, (byte) 0xE8});
            assertThat(raw.hearAll()).isEmpty();
            Deadline.await("the end", () -> quick.sessions.only().ends().get() == 1);
            assertThat(quick.server.status().webSockets()).isZero();
        }
    }

    @Test
    void a_client_that_says_goodbye_hears_it_back() throws Exception {
        try (RawClient raw = connected()) {
            raw.frame(0x88, new byte[] {3, (byte) 0xE9});
            assertThat(raw.hearClose()).isEqualTo(1001);
            assertThat(raw.hearAll()).isEmpty();
            Deadline.await("the end", () -> running.sessions.only().ends().get() == 1);
        }
    }

    @Test
    void a_server_that_stops_says_1012() throws Exception {
        try (RawClient raw = connected()) {
            Thread closing = Thread.ofVirtual().start(running.server::close);
            assertThat(raw.hearClose()).isEqualTo(1012);
            raw.frame(0x88, new byte[] {3, (byte) 0xF4});
            closing.join();
            assertThat(running.sessions.only().ends()).hasValue(1);
        }
    }

    @Test
    void a_prepared_piece_of_several_frames_arrives_byte_for_byte() throws Exception {
        try (RawClient raw = connected();
                RawClient other = connected()) {
            List<Frame> frames = new ArrayList<>();
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            for (int size : new int[] {0, 1, 125, 126, 65_535, 65_536}) {
                byte[] payload = new byte[size];
                Arrays.fill(payload, (byte) 'x');
                frames.add(size % 2 == 0 ? Frame.text(payload) : Frame.binary(payload));
                expected.write(size % 2 == 0 ? 0x81 : 0x82);
                expected.writeBytes(lengthBytes(size));
                expected.writeBytes(payload);
            }
            Deadline.await("both sessions", () -> running.sessions.all.size() == 2);
            for (var session : running.sessions.all) {
                onLoop(
                        session.outbox().loop(),
                        () -> {
                            Loop.Prepared piece = session.outbox().loop().prepare(frames);
                            assertThat(piece.size()).isEqualTo(expected.size());
                            session.outbox().write(piece);
                            session.outbox().flush();
                            piece.release();
                        });
            }
            assertThat(raw.hear(expected.size())).isEqualTo(expected.toByteArray());
            assertThat(other.hear(expected.size())).isEqualTo(expected.toByteArray());
        }
    }

    private static byte[] lengthBytes(int size) {
        if (size <= 125) {
            return new byte[] {(byte) size};
        }
        return size <= 0xFFFF
                ? ByteBuffer.allocate(3).put((byte) 126).putShort((short) size).array()
                : ByteBuffer.allocate(9).put((byte) 127).putLong(size).array();
    }

    @Test
    void frames_sent_from_another_thread_keep_their_order() throws Exception {
        try (RawClient raw = connected()) {
            var session = running.sessions.only();
            for (int i = 0; i < 1_000; i++) {
                session.outbox().send(Frame.text(("n" + i).getBytes(UTF_8)));
            }
            for (int i = 0; i < 1_000; i++) {
                assertThat(new String(raw.hearFrame(0x81), UTF_8)).isEqualTo("n" + i);
            }
        }
    }

    @Test
    void a_reader_that_stalls_is_seen_and_its_session_told_when_it_reads_again() throws Exception {
        try (RawClient raw = connected()) {
            var session = running.sessions.only();
            byte[] payload = new byte[100_000];
            long sent = 0;
            while (session.outbox().pendingBytes() < 2_000_000) {
                session.outbox().send(Frame.binary(payload));
                sent += payload.length + 10;
                onLoop(session.outbox().loop(), () -> {});
            }
            assertThat(session.drains()).hasValue(0);

            raw.hear((int) sent);

            Deadline.await("the drain", () -> session.outbox().pendingBytes() == 0);
            Deadline.await("word of it", () -> session.drains().get() == 1);
        }
    }

    @Test
    void a_closed_connection_takes_nothing_more_and_does_not_mind() throws Exception {
        try (RawClient raw = connected()) {
            var session = running.sessions.only();
            session.outbox().close(4403, "gone");
            session.outbox().close(4403, "gone");
            session.outbox().send(Frame.text(new byte[] {'x'}));
            byte[] close = raw.hearFrame(0x88);
            assertThat(ByteBuffer.wrap(close).getShort()).isEqualTo((short) 4403);
            raw.frame(0x88, Arrays.copyOf(close, 2));
            assertThat(raw.hearAll()).isEmpty();
            Deadline.await("the end", () -> session.ends().get() == 1);
            assertThat(session.outbox().pendingBytes()).isZero();
        }
    }

    @Test
    void a_client_that_does_not_answer_the_close_is_cut() throws Exception {
        try (RawClient raw = connected()) {
            var session = running.sessions.only();
            session.outbox().close(4403, "gone");
            raw.hearFrame(0x88);
            assertThat(raw.hearAll()).isEmpty();
        }
    }

    private RawClient connected() throws Exception {
        RawClient raw = running.raw();
        String head = raw.upgrade(PATH + "?vsn=2.0.0&apikey=" + running.anonKey());
        assertThat(head).contains(" 101 ");
        return raw;
    }

    private static void onLoop(Loop loop, Runnable task) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        done.get(10, TimeUnit.SECONDS);
    }
}
