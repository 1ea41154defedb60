package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.storage.blob.TestStore;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Files whose bytes lie in an S3-compatible store: the server in a process with a small heap, and
/// a line to the store that breaks.
class S3JourneyTest {
    private static final int LARGE = 50 << 20;
    private static final TestStore store = TestStore.start();
    private static final TcpProxy line = new TcpProxy(store.url());
    private static final ServerRig rig =
            ServerRig.startProcess(
                    TestDatabase.create(),
                    settings(),
                    settings -> ServerProcess.start(settings, "80m"));
    private static final HttpClient http = HttpClient.newHttpClient();

    private static Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(store.settings());
        settings.put("storage.s3.endpoint", line.url().toString());
        settings.put("storage.s3.timeout", "3s");
        settings.put("storage.max-file", "100MiB");
        settings.put("cache.enabled", "false");
        settings.put("feed.max-heap", "4MiB");
        settings.put("feed.max-transaction-heap", "1MiB");
        return settings;
    }

    @BeforeAll
    static void buckets() {
        rig.sql("insert into storage.buckets (id, name, public) values ('open', 'open', true)");
    }

    @AfterAll
    static void close() {
        http.close();
        rig.close();
        line.close();
        store.close();
    }

    private static HttpResponse<String> call(
            String method, String path, BodyPublisher body, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(rig.url() + "/storage/v1" + path))
                        .timeout(Duration.ofSeconds(60))
                        .header("authorization", "Bearer " + rig.serviceKey())
                        .header("content-type", "application/json")
                        .method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String text) throws Exception {
        return call("POST", path, BodyPublishers.ofString(text));
    }

    private static HttpResponse<String> get(String name, String... headers) throws Exception {
        return call("GET", "/object/public/open/" + name, BodyPublishers.noBody(), headers);
    }

    @Test
    void files_are_kept_read_in_part_copied_moved_replaced_and_removed() throws Exception {
        assertThat(post("/object/open/one", "\"one\"").statusCode()).isEqualTo(200);
        assertThat(get("one").body()).isEqualTo("\"one\"");
        HttpResponse<String> part = get("one", "range", "bytes=1-2");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("on");
        assertThat(part.headers().firstValue("content-range")).contains("bytes 1-2/5");

        String copy = "{\"bucketId\":\"open\",\"sourceKey\":\"one\",\"destinationKey\":\"%s\"}";
        assertThat(post("/object/copy", copy.formatted("two")).statusCode()).isEqualTo(200);
        assertThat(post("/object/move", copy.formatted("three")).statusCode()).isEqualTo(200);
        assertThat(get("one").statusCode()).isEqualTo(404);
        assertThat(get("two").body()).isEqualTo("\"one\"");
        assertThat(call("PUT", "/object/open/three", BodyPublishers.ofString("\"new\"")).body())
                .contains("open/three");
        assertThat(get("three").body()).isEqualTo("\"new\"");
        assertThat(
                        call(
                                        "DELETE",
                                        "/object/open",
                                        BodyPublishers.ofString(
                                                "{\"prefixes\":[\"two\",\"three\"]}"))
                                .statusCode())
                .isEqualTo(200);
        assertThat(get("two").statusCode()).isEqualTo(404);
        assertThat(objects("two", "three")).isZero();
    }

    private static long objects(String... names) {
        return Long.parseLong(
                rig.database()
                        .value(
                                "select count(*) from storage.objects where name in ('"
                                        + String.join("','", names)
                                        + "')"));
    }

    @Test
    void a_large_file_passes_in_both_directions_through_a_heap_that_could_not_hold_it()
            throws Exception {
        byte[] bytes = new byte[LARGE];
        new Random(11).nextBytes(bytes);
        assertThat(call("POST", "/object/open/large", BodyPublishers.ofByteArray(bytes)).body())
                .contains("open/large");
        HttpResponse<InputStream> download =
                http.send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                rig.url() + "/storage/v1/object/public/open/large"))
                                .timeout(Duration.ofMinutes(1))
                                .build(),
                        BodyHandlers.ofInputStream());
        MessageDigest received = MessageDigest.getInstance("SHA-256");
        try (InputStream body = download.body()) {
            byte[] piece = new byte[1 << 16];
            for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
                received.update(piece, 0, count);
            }
        }
        assertThat(HexFormat.of().formatHex(received.digest()))
                .isEqualTo(
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    }

    @Test
    void a_store_that_is_away_is_said_soon_and_leaves_nothing_half_done() throws Exception {
        assertThat(post("/object/open/there", "\"there\"").statusCode()).isEqualTo(200);
        long before = store.objects();
        line.freeze();
        try {
            for (HttpResponse<String> answer :
                    new HttpResponse[] {get("there"), post("/object/open/away", "\"x\"")}) {
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("retry-after")).contains("1");
                assertThat(answer.body()).contains("\"error\":\"Unavailable\"");
            }
        } finally {
            line.cutAll();
            line.thaw();
        }
        assertThat(objects("away")).isZero();
        assertThat(get("away").statusCode()).isEqualTo(404);
        assertThat(get("there").body()).isEqualTo("\"there\"");
        assertThat(post("/object/open/away", "\"x\"").statusCode()).isEqualTo(200);
        assertThat(store.objects()).isEqualTo(before + 1);
    }
}
