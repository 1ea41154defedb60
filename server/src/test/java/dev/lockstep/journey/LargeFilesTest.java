package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Files that are larger than all the memory that the server has.
class LargeFilesTest {
    private static final int SIZE = 200 << 20;

    @Test
    void pass_in_both_directions_through_a_heap_that_could_not_hold_them() throws Exception {
        try (ServerRig rig =
                        ServerRig.startProcess(
                                TestDatabase.create(),
                                Map.of("storage.max-file", "300MiB", "cache.enabled", "false"),
                                settings -> ServerProcess.start(settings, "96m"));
                HttpClient http = HttpClient.newHttpClient()) {
            rig.sql(
                    "insert into storage.buckets (id, name, public) values ('large', 'large', true)");
            URI place = URI.create(rig.url() + "/storage/v1/object/large/file");
            MessageDigest sent = MessageDigest.getInstance("SHA-256");
            HttpResponse<String> uploaded =
                    http.send(
                            HttpRequest.newBuilder(place)
                                    .timeout(Duration.ofMinutes(2))
                                    .header("authorization", "Bearer " + rig.serviceKey())
                                    .header("content-type", "application/octet-stream")
                                    .POST(
                                            BodyPublishers.fromPublisher(
                                                    BodyPublishers.ofInputStream(
                                                            () -> new Noise(sent)),
                                                    SIZE))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(uploaded.body()).contains("large/file");
            assertThat(uploaded.statusCode()).isEqualTo(200);

            MessageDigest received = MessageDigest.getInstance("SHA-256");
            long size = 0;
            URI open = URI.create(rig.url() + "/storage/v1/object/public/large/file");
            HttpResponse<InputStream> download =
                    http.send(
                            HttpRequest.newBuilder(open).timeout(Duration.ofMinutes(2)).build(),
                            BodyHandlers.ofInputStream());
            try (InputStream body = download.body()) {
                byte[] piece = new byte[1 << 16];
                for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
                    received.update(piece, 0, count);
                    size += count;
                }
            }
            assertThat(size).isEqualTo(SIZE);
            assertThat(HexFormat.of().formatHex(received.digest()))
                    .isEqualTo(HexFormat.of().formatHex(sent.digest()));
        }
    }

    /// So many bytes that cannot be guessed.
    private static final class Noise extends InputStream {
        private final SplittableRandom random = new SplittableRandom(7);
        private final MessageDigest told;
        private int left = SIZE;

        Noise(MessageDigest told) {
            this.told = told;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            byte[] piece = new byte[Math.min(left, length)];
            random.nextBytes(piece);
            System.arraycopy(piece, 0, into, offset, piece.length);
            told.update(piece);
            left -= piece.length;
            return piece.length;
        }
    }
}
