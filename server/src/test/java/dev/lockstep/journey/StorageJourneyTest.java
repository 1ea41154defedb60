package dev.lockstep.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files as the port serves them.
class StorageJourneyTest {
    private static final Path FOLDER = folder();
    private static final ServerRig rig =
            ServerRig.start(
                    Map.of(
                            "storage.folder", FOLDER.toString(),
                            "storage.max-file", "2MiB",
                            "http.idle-timeout", "2s"));
    private static final HttpClient http = HttpClient.newHttpClient();
    private static final String ADA = "7c1e0000-0000-4000-8000-0000000000a1";
    private static final String BOB = "7c1e0000-0000-4000-8000-0000000000b2";

    private static Path folder() {
        try {
            return Files.createTempDirectory("lockstep-files");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeAll
    static void buckets() {
        rig.sql(
                "insert into storage.buckets (id, name, public) values ('open', 'open', true),"
                        + " ('mine', 'mine', false)",
                "insert into storage.buckets (id, name, file_size_limit, allowed_mime_types)"
                        + " values ('small', 'small', 10, '{image/*,text/plain}')",
                "create policy mine on storage.objects to authenticated"
                        + " using (bucket_id = 'mine' and (storage.foldername(name))[1] ="
                        + " auth.uid()::text) with check (bucket_id = 'mine' and"
                        + " (storage.foldername(name))[1] = auth.uid()::text)");
    }

    @AfterAll
    static void close() {
        http.close();
        rig.close();
    }

    private static HttpResponse<String> call(
            String method, String path, String token, BodyPublisher body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(rig.url() + "/storage/v1" + path))
                        .timeout(Duration.ofSeconds(30))
                        .header("authorization", "Bearer " + token)
                        .method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> put(String path, String token, String text, String type)
            throws Exception {
        return call(
                "POST",
                "/object/" + path,
                token,
                BodyPublishers.ofString(text),
                "content-type",
                type);
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        return call("GET", path, rig.anonKey(), BodyPublishers.noBody(), headers);
    }

    private static long blobs() throws Exception {
        Path kept = FOLDER.resolve("kept");
        if (!Files.exists(kept)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(kept)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void policies_decide_who_writes_reads_replaces_and_removes() throws Exception {
        String ada = rig.tokenOf(ADA);
        String bob = rig.tokenOf(BOB);
        String name = "mine/" + ADA + "/note.txt";

        assertThat(put(name, bob, "no", "text/plain"))
                .satisfies(refused -> {
                    assertThat(refused.statusCode()).isEqualTo(403);
                    assertThat(refused.body())
                            .contains("new row violates row-level security policy");
                });
        assertThat(put(name, rig.anonKey(), "no", "text/plain").statusCode()).isEqualTo(403);
        assertThat(put(name, ada, "hello", "text/plain").statusCode()).isEqualTo(200);
        assertThat(
                        rig.database()
                                .value(
                                        "select owner_id from storage.objects where bucket_id = 'mine'"))
                .isEqualTo(ADA);

        BodyPublisher none = BodyPublishers.noBody();
        assertThat(call("GET", "/object/" + name, ada, none).body()).isEqualTo("hello");
        assertThat(call("GET", "/object/" + name, bob, none).statusCode()).isEqualTo(404);
        assertThat(call("GET", "/object/info/" + name, bob, none).statusCode()).isEqualTo(404);
        assertThat(call("GET", "/object/public/" + name, ada, none).body())
                .contains("Bucket not found");
        assertThat(call("PUT", "/object/" + name, bob, BodyPublishers.ofString("x")).statusCode())
                .isEqualTo(403);
        assertThat(call("DELETE", "/object/" + name, bob, none).statusCode()).isEqualTo(404);
        assertThat(
                        call(
                                        "POST",
                                        "/object/move",
                                        bob,
                                        BodyPublishers.ofString(
                                                "{\"bucketId\":\"mine\",\"sourceKey\":\""
                                                        + ADA
                                                        + "/note.txt\",\"destinationKey\":\""
                                                        + BOB
                                                        + "/note.txt\"}"))
                                .statusCode())
                .isEqualTo(404);
        assertThat(call("GET", "/object/" + name, ada, none).body()).isEqualTo("hello");

        assertThat(put(name, ada, "again", "text/plain").statusCode()).isEqualTo(409);
        long before = blobs();
        assertThat(call("PUT", "/object/" + name, ada, BodyPublishers.ofString("new")).statusCode())
                .isEqualTo(200);
        assertThat(blobs()).isEqualTo(before);
        assertThat(call("GET", "/object/" + name, ada, none).body()).isEqualTo("new");
        assertThat(call("DELETE", "/object/" + name, ada, none).statusCode()).isEqualTo(200);
        assertThat(blobs()).isEqualTo(before - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                "../x",
                "a/../../etc/passwd",
                "%2e%2e/x",
                "a/%2e%2e%2fx",
                "..%2f..%2fx",
                "a%00b",
                "a%0d%0ab",
                "a%5c..%5cb",
                "a//b",
                "./a",
                "%ef%bf%bd",
                "%c3%28"
            })
    void names_that_could_lead_astray_are_refused(String name) throws Exception {
        long before = blobs();

        try (Socket socket = new Socket(rig.url().getHost(), rig.url().getPort())) {
            socket.setSoTimeout(10_000);
            String head =
                    "POST /storage/v1/object/open/"
                            + name
                            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                            + rig.serviceKey()
                            + "\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx";
            socket.getOutputStream().write(head.getBytes(UTF_8));
            String said = new String(socket.getInputStream().readAllBytes(), UTF_8);
            assertThat(said).startsWith("HTTP/1.1 400").contains("InvalidKey");
        }
        assertThat(blobs()).isEqualTo(before);
    }

    @Test
    void a_name_may_be_of_any_language_and_not_longer_than_told() throws Exception {
        String key = rig.serviceKey();
        assertThat(
                        put("open/gr%C3%BC%C3%9Fe%20+%20%E6%97%A5.txt", key, "x", "text/plain")
                                .statusCode())
                .isEqualTo(200);
        assertThat(get("/object/public/open/gr%C3%BC%C3%9Fe%20+%20%E6%97%A5.txt").body())
                .isEqualTo("x");
        assertThat(put("open/" + "n".repeat(1025), key, "x", "text/plain").body())
                .contains("longer than 1024 bytes");
    }

    @Test
    void a_bucket_bounds_size_and_kind() throws Exception {
        String key = rig.serviceKey();
        assertThat(put("small/a.txt", key, "0123456789", "text/plain").statusCode()).isEqualTo(200);
        assertThat(put("small/b.txt", key, "0123456789x", "text/plain"))
                .satisfies(refused -> {
                    assertThat(refused.statusCode()).isEqualTo(413);
                    assertThat(refused.body()).contains("exceeded the maximum allowed size");
                });
        // Whose length is not told is counted as it comes.
        HttpResponse<String> streamed =
                call(
                        "POST",
                        "/object/small/c.txt",
                        key,
                        BodyPublishers.ofInputStream(
                                () -> new java.io.ByteArrayInputStream(new byte[1000])),
                        "content-type",
                        "text/plain");
        assertThat(streamed.statusCode()).isEqualTo(413);
        assertThat(put("small/d.pdf", key, "x", "application/pdf"))
                .satisfies(refused -> {
                    assertThat(refused.statusCode()).isEqualTo(415);
                    assertThat(refused.body())
                            .contains("mime type application/pdf is not supported");
                });
        assertThat(put("open/large", key, "x".repeat(3 << 20), "text/plain").statusCode())
                .isEqualTo(413);
        assertThat(
                        rig.database()
                                .value(
                                        "select count(*) from storage.objects where bucket_id = 'small'"))
                .isEqualTo("1");
        try (Stream<Path> drafts = Files.list(FOLDER.resolve("drafts"))) {
            assertThat(drafts).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-3, 206, 0123, bytes 0-3/10",
        "bytes=4-, 206, 456789, bytes 4-9/10",
        "bytes=-3, 206, 789, bytes 7-9/10",
        "bytes=8-99, 206, 89, bytes 8-9/10",
        "bytes=0-1;4-5, 200, 0123456789,",
        "lines=1-2, 200, 0123456789,",
    })
    void parts_are_served(String range, int status, String body, String told) throws Exception {
        rangeFile();
        HttpResponse<String> answer =
                get("/object/public/open/range", "range", range.replace(';', ','));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.headers().firstValue("content-range").orElse(null)).isEqualTo(told);
    }

    private static void rangeFile() throws Exception {
        call(
                "PUT",
                "/object/open/range",
                rig.serviceKey(),
                BodyPublishers.ofString("0123456789"),
                "content-type",
                "application/octet-stream",
                "cache-control",
                "max-age=77");
    }

    @Test
    void what_is_known_or_outside_is_not_sent() throws Exception {
        rangeFile();
        HttpResponse<String> whole = get("/object/public/open/range");
        String tag = whole.headers().firstValue("etag").orElseThrow();
        String modified = whole.headers().firstValue("last-modified").orElseThrow();
        assertThat(whole.headers().firstValue("cache-control")).contains("max-age=77");
        assertThat(whole.headers().firstValue("accept-ranges")).contains("bytes");

        assertThat(
                        get("/object/public/open/range", "if-none-match", "\"x\", W/" + tag)
                                .statusCode())
                .isEqualTo(304);
        assertThat(get("/object/public/open/range", "if-none-match", "\"x\"").statusCode())
                .isEqualTo(200);
        assertThat(get("/object/public/open/range", "if-modified-since", modified).statusCode())
                .isEqualTo(304);
        HttpResponse<String> outside = get("/object/public/open/range", "range", "bytes=10-");
        assertThat(outside.statusCode()).isEqualTo(416);
        assertThat(outside.headers().firstValue("content-range")).contains("bytes */10");
        assertThat(
                        get("/object/public/open/range", "range", "bytes=0-1", "if-range", tag)
                                .statusCode())
                .isEqualTo(206);
        assertThat(
                        get("/object/public/open/range", "range", "bytes=0-1", "if-range", "\"x\"")
                                .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "text/html, text/plain; charset=utf-8, false",
        "Text/HTML; charset=x, text/plain; charset=utf-8, false",
        "application/xhtml+xml, text/plain; charset=utf-8, false",
        "application/xml, text/plain; charset=utf-8, false",
        "text/javascript, text/plain; charset=utf-8, false",
        "image/svg+xml, image/svg+xml, true",
        "image/png, image/png, false",
    })
    void what_was_uploaded_never_acts_as_a_page(String type, String served, boolean attached)
            throws Exception {
        String name = UUID.randomUUID().toString();
        assertThat(put("open/" + name, rig.serviceKey(), "<script>", type).statusCode())
                .isEqualTo(200);
        HttpResponse<String> answer = get("/object/public/open/" + name);
        assertThat(answer.headers().firstValue("content-type")).contains(served);
        assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
        assertThat(answer.headers().firstValue("content-security-policy"))
                .contains("sandbox; default-src 'none'");
        assertThat(answer.headers().firstValue("content-disposition").isPresent())
                .isEqualTo(attached);
        assertThat(
                        get("/object/public/open/" + name + "?download=%22%0d%0aa%C3%A4.txt")
                                .headers()
                                .firstValue("content-disposition"))
                .contains(
                        "attachment; filename=\"___a_.txt\"; filename*=UTF-8''%22%0D%0Aa%C3%A4.txt");
    }

    @Test
    void a_signed_address_allows_one_thing_for_one_file() throws Exception {
        String ada = rig.tokenOf(ADA);
        String one = "mine/" + ADA + "/signed.txt";
        assertThat(put(one, ada, "secret", "text/plain").statusCode()).isEqualTo(200);
        BodyPublisher hour = BodyPublishers.ofString("{\"expiresIn\":3600}");
        assertThat(call("POST", "/object/sign/" + one, rig.tokenOf(BOB), hour).statusCode())
                .isEqualTo(404);
        HttpResponse<String> signed = call("POST", "/object/sign/" + one, ada, hour);
        String place = signed.body().replaceAll(".*\"signedURL\":\"([^\"]+)\".*", "$1");
        String token = place.replaceAll(".*token=", "");

        assertThat(get(place).body()).isEqualTo("secret");
        assertThat(get(place.replace("signed.txt", "other.txt")).statusCode()).isEqualTo(400);
        assertThat(get(place.replace("token=", "token=A")).statusCode()).isEqualTo(400);
        // Neither kind of token stands in for the other.
        assertThat(get("/object/sign/" + one + "?token=" + rig.serviceKey()).statusCode())
                .isEqualTo(400);
        assertThat(call("GET", "/object/" + one, token, BodyPublishers.noBody()).statusCode())
                .isEqualTo(403);
        assertThat(
                        call(
                                        "PUT",
                                        "/object/upload/sign/" + one + "?token=" + token,
                                        rig.anonKey(),
                                        BodyPublishers.ofString("x"))
                                .statusCode())
                .isEqualTo(400);

        HttpResponse<String> short1 =
                call(
                        "POST",
                        "/object/sign/" + one,
                        ada,
                        BodyPublishers.ofString("{\"expiresIn\":1}"));
        String soon = short1.body().replaceAll(".*\"signedURL\":\"([^\"]+)\".*", "$1");
        ServerRig.await(
                "the address to expire",
                () -> {
                    try {
                        return get(soon).body().contains("jwt expired");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    @Test
    void bytes_without_a_row_are_swept_and_rows_keep_theirs() throws Exception {
        assertThat(put("open/stays", rig.serviceKey(), "x", "text/plain").statusCode())
                .isEqualTo(200);
        String kept =
                rig.database().value("select version from storage.objects where name = 'stays'");
        // As a process that ended between bytes and row leaves them.
        String orphan = UUID.randomUUID().toString();
        Path place = FOLDER.resolve("kept").resolve(orphan.substring(0, 2)).resolve(orphan);
        Path draft = FOLDER.resolve("drafts").resolve(UUID.randomUUID().toString());
        Path young = FOLDER.resolve("drafts").resolve(UUID.randomUUID().toString());
        Files.createDirectories(place.getParent());
        FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
        Files.setLastModifiedTime(Files.writeString(place, "orphan"), old);
        Files.setLastModifiedTime(Files.writeString(draft, "half"), old);
        Files.writeString(young, "coming");
        Path stays = FOLDER.resolve("kept").resolve(kept.substring(0, 2)).resolve(kept);
        Files.setLastModifiedTime(stays, old);

        rig.restart();

        ServerRig.await("the orphan to go", () -> !Files.exists(place) && !Files.exists(draft));
        assertThat(get("/object/public/open/stays").body()).isEqualTo("x");
        assertThat(young).exists();
        Files.delete(young);
    }

    @Test
    void who_sends_too_slowly_is_told_and_leaves_nothing() throws Exception {
        long before = blobs();
        try (Socket socket = new Socket(rig.url().getHost(), rig.url().getPort())) {
            socket.setSoTimeout(20_000);
            String head =
                    "POST /storage/v1/object/open/slow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                            + rig.serviceKey()
                            + "\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nbegun";
            socket.getOutputStream().write(head.getBytes(UTF_8));
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readAllBytes(), UTF_8)).startsWith("HTTP/1.1 408");
        }
        assertThat(blobs()).isEqualTo(before);
        assertThat(rig.database().value("select count(*) from storage.objects where name = 'slow'"))
                .isEqualTo("0");
        assertThat(List.of(FOLDER.resolve("drafts").toFile().list())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/render/image/public/open/a",
                "/upload/resumable",
                "/vector/x",
                "/object/list-v2/open"
            })
    void what_is_not_served_says_so(String path) throws Exception {
        HttpResponse<String> answer =
                call("POST", path, rig.serviceKey(), BodyPublishers.ofString("{}"));
        assertThat(answer.statusCode()).isEqualTo(501);
        assertThat(answer.body())
                .contains("\"statusCode\":\"501\"", "is not served by this server");
    }
}
