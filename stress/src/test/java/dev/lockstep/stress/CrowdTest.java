package dev.lockstep.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CrowdTest {
    private static final int CHANGES = 200;

    @Test
    void frames_that_are_cut_anywhere_are_counted_once_each_with_their_sequence() throws Exception {
        byte[] frames = frames();
        long seed = System.nanoTime();
        Arrivals arrivals = new Arrivals(1, CHANGES);
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = Thread.ofVirtual().start(() -> send(listener, frames, seed));
            Target target = Target.plain(listener.getLocalPort());
            try (Crowd crowd = Crowd.join(target, 1, Duration.ofSeconds(10), arrivals)) {
                boolean all =
                        Waiting.until(
                                () -> arrivals.delivered() == CHANGES, Duration.ofSeconds(10));
                crowd.settle();
                assertThat(all).as("all frames, cut with seed %d", seed).isTrue();
                assertThat(arrivals.duplicates()).isZero();
                assertThat(crowd.lost()).isZero();
            }
            server.join();
        }
    }

    @Test
    void latencies_are_counted_from_the_acknowledgement_and_name_what_is_missing() {
        Arrivals.Latencies latencies = new Arrivals(10, 4).latencies(new long[4], 1, 3);
        assertThat(latencies.expected()).isEqualTo(20);
        assertThat(latencies.delivered()).isZero();
        assertThat(latencies.millis(0.5)).isNaN();
    }

    /// Frames of all three head lengths, with the sequence at moving places.
    private static byte[] frames() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int n = 0; n < CHANGES; n++) {
            int fill = n % 50 == 49 ? 70_000 : n % 3 == 0 ? 20 : 300 + n;
            String text =
                    "{\"ids\":[%d],\"fill\":\"%s\",\"seq\":%d,\"more\":1}"
                            .formatted(1L << (n % 20), "x".repeat(fill), n);
            byte[] payload = text.getBytes(StandardCharsets.UTF_8);
            out.write(0x81);
            if (payload.length < 126) {
                out.write(payload.length);
            } else if (payload.length < 65_536) {
                out.write(126);
                out.write(payload.length >>> 8);
                out.write(payload.length);
            } else {
                out.write(127);
                for (int shift = 56; shift >= 0; shift -= 8) {
                    out.write((int) ((long) payload.length >>> shift));
                }
            }
            out.writeBytes(payload);
        }
        return out.toByteArray();
    }

    private static void send(ServerSocket listener, byte[] frames, long seed) {
        Random random = new Random(seed);
        try (Socket socket = listener.accept()) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            int at = 0;
            while (at < frames.length) {
                int length = Math.min(frames.length - at, 1 + random.nextInt(700));
                out.write(frames, at, length);
                at += length;
                Thread.onSpinWait();
            }
            // Open until the client has what it wants.
            int end = socket.getInputStream().read();
            assertThat(end).isNegative();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
