package dev.lockstep.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.wire.Frame;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InboundBoundsTest {
    private static final String PATH = "/realtime/v1/websocket?vsn=2.0.0&apikey=";
    private static final byte[] PIECE = new byte[60_000];
    private final RunningServer running =
            new RunningServer(Map.of("http.max-fragments", "100KB", "http.max-replies", "2MiB"));

    @AfterEach
    void stop() {
        running.close();
    }

    private RawClient connected() throws Exception {
        RawClient raw = running.raw();
        raw.upgrade(PATH + running.anonKey());
        return raw;
    }

    @Test
    void fragments_of_all_connections_have_one_bound() throws Exception {
        try (RawClient one = connected();
                RawClient two = connected();
                RawClient three = connected()) {
            one.frame(0x02, PIECE);
            two.frame(0x02, PIECE);
            // One of the two was too much, whichever came second.
            Deadline.await("one to go", () -> running.server.status().webSockets() == 2);
            three.frame(0x02, new byte[100]);
            three.frame(0x80, new byte[1]);
            three.frame(0x89, new byte[] {1});
            assertThat(three.hearFrame(0x8A)).hasSize(1);
        }
    }

    @Test
    void the_beginning_of_a_large_frame_counts_too_and_comes_free() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (RawClient one = connected();
                    RawClient two = connected()) {
                begin(one);
                begin(two);
                assertThat(two.hearClose()).isEqualTo(1013);
            }
            Deadline.await("nothing unfinished", () -> running.unfinishedIs(0));
        }
    }

    /// A frame of a megabyte, of which some comes.
    private void begin(RawClient raw) throws IOException {
        byte[] beginning = new byte[80_000];
        beginning[0] = (byte) 0x82;
        beginning[1] = (byte) (0x80 | 127);
        beginning[7] = 0x10;
        raw.say(beginning);
        Deadline.await("it to be counted", () -> running.server.status().unfinished() >= 79_000);
    }

    @Test
    void one_who_asks_and_does_not_read_is_not_read_until_it_does() throws Exception {
        try (RawClient raw = connected()) {
            var session = running.sessions.only();
            byte[] answer = new byte[200_000];
            for (int i = 0; i < 40; i++) {
                session.outbox().send(Frame.binary(answer));
            }
            Deadline.await("it to wait", () -> session.outbox().pendingBytes() > 2 << 20);
            raw.text("[\"1\",\"1\",\"realtime:a\",\"phx_join\",{}]");
            AtomicLong heard = new AtomicLong();
            for (int i = 0; i < 40; i++) {
                heard.addAndGet(raw.hearAnyFrame().payload().length);
            }
            assertThat(heard).hasValue(8_000_000);
            Deadline.await("the join", () -> session.frames().size() == 1);
        }
    }
}
