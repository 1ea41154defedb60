package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.channel.Loop;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Frame;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompressionTest {
    private static final String PATH = "/realtime/v1/websocket?vsn=2.0.0&apikey=";
    private static final String OFFER = "permessage-deflate; client_max_window_bits";
    private static final int TEXT = 0x81;
    private static final int DEFLATED_TEXT = 0xC1;
    private final RunningServer running = new RunningServer(Map.of());

    @AfterEach
    void stop() {
        running.close();
    }

    private RawClient connected(String offer) throws Exception {
        RawClient raw = running.raw();
        raw.upgrade(PATH + running.anonKey(), "Sec-WebSocket-Extensions: " + offer);
        return raw;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    permessage-deflate | true
                    permessage-deflate; client_max_window_bits | true
                    permessage-deflate; client_max_window_bits=10; server_no_context_takeover | true
                    permessage-deflate; server_max_window_bits=15 | true
                    permessage-deflate; server_max_window_bits=10, permessage-deflate | true
                    x-webkit-deflate-frame, permessage-deflate | true
                    permessage-deflate; server_max_window_bits=10 | false
                    permessage-deflate; client_max_window_bits=99 | false
                    permessage-deflate; server_no_context_takeover; server_no_context_takeover | false
                    permessage-deflate; novel | false
                    permessage-bzip2 | false
                    ,;=,; | false
                    """)
    void an_offer_is_accepted_when_we_can_keep_to_it(String offer, boolean accepted)
            throws Exception {
        try (RawClient raw = running.raw()) {
            String head =
                    raw.upgrade(PATH + running.anonKey(), "Sec-WebSocket-Extensions: " + offer);
            assertThat(head).startsWith("HTTP/1.1 101 ");
            assertThat(head.contains("sec-websocket-extensions: " + Compression.ANSWER + "\r\n"))
                    .isEqualTo(accepted);
        }
    }

    @Test
    void nothing_is_negotiated_when_it_is_turned_off() throws Exception {
        try (RunningServer plain = new RunningServer(Map.of("http.compression", "false"));
                RawClient raw = plain.raw()) {
            assertThat(raw.upgrade(PATH + plain.anonKey(), "Sec-WebSocket-Extensions: " + OFFER))
                    .doesNotContain("extensions");
        }
    }

    @Test
    void a_piece_is_compressed_for_those_who_agreed_and_plain_for_the_others() throws Exception {
        try (RawClient one = connected(OFFER);
                RawClient two = connected("none")) {
            Deadline.await("both sessions", () -> running.sessions.all.size() == 2);
            Frame large =
                    Frame.text("{\"v\":\"a row of much the same\"}".repeat(100).getBytes(UTF_8));
            Frame small = Frame.text("[1]".getBytes(UTF_8));
            for (RecordingSessions.Opened session : running.sessions.all) {
                onLoop(
                        session,
                        () -> {
                            Loop.Prepared piece =
                                    session.outbox().loop().prepare(List.of(large, small, large));
                            session.outbox().write(piece);
                            session.outbox().write(piece);
                            piece.release();
                            session.outbox().flush();
                        });
            }
            for (int i = 0; i < 2; i++) {
                assertHears(one, DEFLATED_TEXT, large);
                assertHears(one, TEXT, small);
                assertHears(one, DEFLATED_TEXT, large);
                assertHears(two, TEXT, large);
                assertHears(two, TEXT, small);
                assertHears(two, TEXT, large);
            }
        }
    }

    @Test
    void what_is_said_to_one_is_compressed_on_its_loop_or_off_it() throws Exception {
        try (RawClient raw = connected(OFFER)) {
            var session = running.sessions.only();
            Frame large = Frame.text("{\"row\":1}".repeat(1_000).getBytes(UTF_8));
            session.outbox().send(large);
            assertHears(raw, DEFLATED_TEXT, large);
            onLoop(session, () -> session.outbox().send(large));
            assertHears(raw, DEFLATED_TEXT, large);
        }
    }

    @Test
    void what_does_not_get_shorter_is_sent_as_it_is() throws Exception {
        try (RawClient raw = connected(OFFER)) {
            byte[] noise = new byte[4_000];
            RandomGenerator.of("L64X128MixRandom").nextBytes(noise);
            running.sessions.only().outbox().send(Frame.binary(noise));
            RawClient.Heard heard = raw.hearAnyFrame();
            assertThat(heard.firstByte()).isEqualTo(0x82);
            assertThat(heard.payload()).isEqualTo(noise);
        }
    }

    private static void onLoop(RecordingSessions.Opened session, Runnable task) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        session.outbox()
                .loop()
                .execute(() -> {
                    task.run();
                    done.complete(null);
                });
        done.get(10, TimeUnit.SECONDS);
    }

    private static void assertHears(RawClient raw, int firstByte, Frame frame) throws Exception {
        RawClient.Heard heard = raw.hearAnyFrame();
        assertThat(heard.firstByte()).isEqualTo(firstByte);
        assertThat(firstByte == DEFLATED_TEXT ? inflate(heard.payload()) : heard.payload())
                .isEqualTo(frame.payload());
    }

    /// Each message with a new inflater: none may lean on another.
    private static byte[] inflate(byte[] message) throws Exception {
        byte[] whole = Arrays.copyOf(message, message.length + 4);
        whole[whole.length - 2] = (byte) 0xFF;
        whole[whole.length - 1] = (byte) 0xFF;
        Inflater inflater = new Inflater(true);
        inflater.setInput(whole);
        byte[] out = new byte[1_000_000];
        int length = inflater.inflate(out);
        assertThat(inflater.getRemaining()).isZero();
        inflater.end();
        return Arrays.copyOf(out, length);
    }

    private static byte[] deflate(byte[] message) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(message);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] piece = new byte[8_192];
        int length;
        while ((length = deflater.deflate(piece, 0, piece.length, Deflater.SYNC_FLUSH)) > 0) {
            out.write(piece, 0, length);
        }
        deflater.end();
        return Arrays.copyOf(out.toByteArray(), out.size() - 4);
    }

    @Test
    void compressed_messages_are_heard_whole_or_in_fragments() throws Exception {
        try (RawClient raw = connected(OFFER)) {
            byte[] join = deflate("[\"1\",\"1\",\"realtime:a\",\"phx_join\",{}]".getBytes(UTF_8));
            raw.frame(DEFLATED_TEXT, join);
            raw.frame(0x41, Arrays.copyOf(join, 7));
            raw.frame(0x80, Arrays.copyOfRange(join, 7, join.length));
            raw.text("[\"1\",\"2\",\"realtime:a\",\"phx_leave\",{}]");
            var session = running.sessions.only();
            Deadline.await("three frames", () -> session.frames().size() == 3);
            assertThat(session.frames())
                    .hasExactlyElementsOfTypes(
                            ClientFrame.Join.class,
                            ClientFrame.Join.class,
                            ClientFrame.Leave.class);
        }
    }

    @Test
    void a_bomb_is_refused_before_it_is_whole_and_what_just_fits_is_taken() throws Exception {
        try (RawClient raw = connected(OFFER)) {
            byte[] most = new byte[MessageAssembly.MAX_MESSAGE];
            Arrays.fill(most, (byte) ' ');
            byte[] join = "[\"1\",\"1\",\"realtime:a\",\"phx_join\",{}]".getBytes(UTF_8);
            System.arraycopy(join, 0, most, 0, join.length);
            raw.frame(DEFLATED_TEXT, deflate(most));
            var session = running.sessions.only();
            Deadline.await("the join", () -> session.frames().size() == 1);

            raw.frame(DEFLATED_TEXT, deflate(new byte[MessageAssembly.MAX_MESSAGE + 1]));
            assertThat(raw.hearClose()).isEqualTo(1009);
        }
        try (RawClient raw = connected(OFFER)) {
            raw.frame(DEFLATED_TEXT, deflate(new byte[500_000_000]));
            assertThat(raw.hearClose()).isEqualTo(1009);
        }
    }

    @ParameterizedTest
    @CsvSource({"0xC1,1007", "0xA1,1002", "0x91,1002", "0xC9,1002", "0xE1,1002"})
    void what_is_not_compressed_as_agreed_closes_the_connection(String firstByte, int code)
            throws Exception {
        try (RawClient raw = connected(OFFER)) {
            raw.frame(Integer.decode(firstByte), new byte[] {(byte) 0xFF, 7, 7, 7});
            assertThat(raw.hearClose()).isEqualTo(code);
        }
    }

    @Test
    void one_who_did_not_agree_may_not_compress() throws Exception {
        try (RawClient raw = connected("none")) {
            raw.frame(DEFLATED_TEXT, deflate(new byte[] {1}));
            assertThat(raw.hearClose()).isEqualTo(1002);
        }
    }
}
