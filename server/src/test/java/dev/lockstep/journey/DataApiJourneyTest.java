package dev.lockstep.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The data API as the port serves it.
class DataApiJourneyTest {
    private static final ServerRig rig = ServerRig.start();
    private static final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void tables() {
        rig.sql(
                "create table notes (id int primary key, word text)",
                "insert into notes values (1, 'one'), (2, 'two')");
    }

    @AfterAll
    static void close() {
        http.close();
        rig.close();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(rig.url() + "/rest/v1" + path))
                .header("apikey", rig.anonKey());
    }

    private static HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket(rig.url().getHost(), rig.url().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void lengths_are_told_as_the_protocol_has_them() throws Exception {
        String end =
                " HTTP/1.1\r\nHost: x\r\nConnection: close\r\napikey: " + rig.anonKey() + "\r\n";
        assertThat(raw("GET /rest/v1/notes?select=word&id=eq.1" + end + "\r\n"))
                .contains("HTTP/1.1 200 OK", "content-length: 16", "[{\"word\":\"one\"}]");
        assertThat(raw("HEAD /rest/v1/notes" + end + "\r\n"))
                .contains("HTTP/1.1 200 OK", "content-range: 0-1/*")
                .doesNotContain("content-length")
                .endsWith("\r\n\r\n");
        String body = "Content-Type: application/json\r\nContent-Length: ";
        assertThat(raw("POST /rest/v1/notes" + end + body + "8\r\n\r\n{\"id\":7}"))
                .contains("HTTP/1.1 201 Created", "content-length: 0");
        assertThat(raw("PATCH /rest/v1/notes?id=eq.7" + end + body + "12\r\n\r\n{\"word\":\"x\"}"))
                .contains("HTTP/1.1 204 No Content")
                .doesNotContain("content-length");
        assertThat(raw("PURGE /rest/v1/notes" + end + "\r\n")).contains("HTTP/1.1 405", "PGRST117");
        assertThat(raw("GET /rest/v1/notes%zz" + end + "\r\n")).contains("PGRST125");
    }

    @Test
    void an_address_may_have_sixty_thousand_characters() throws Exception {
        String list = "1," + "\"padding\",".repeat(4_800) + "9";
        String path = "/notes?word=in.(" + URLEncoder.encode(list, UTF_8) + ")";
        assertThat(path.length()).isBetween(60_000, 100_000);
        String fitting = "/notes?word=in.(one," + "p".repeat(60_000) + ")&select=id";
        HttpResponse<String> answer = send(request(fitting));
        assertThat(answer.body()).isEqualTo("[{\"id\":1}]");
        assertThat(answer.headers().firstValue("content-location"))
                .as("clients refuse answers with so long a head")
                .isEmpty();
        assertThat(send(request(path)).statusCode()).isEqualTo(414);
    }

    @Test
    void a_read_sees_the_write_whose_position_it_names() throws Exception {
        for (int i = 100; i < 120; i++) {
            HttpResponse<String> write =
                    send(
                            request("/notes")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"id\":" + i + "}")));
            assertThat(write.statusCode()).isEqualTo(201);
            String position = write.headers().firstValue("lockstep-position").orElseThrow();
            HttpResponse<String> read =
                    send(
                            request("/notes?select=id&id=eq." + i)
                                    .header("Lockstep-Position", position));
            assertThat(read.body()).isEqualTo("[{\"id\":" + i + "}]");
        }
    }

    @Test
    void a_table_that_was_just_made_is_served() throws Exception {
        rig.sql("create table sudden (id int primary key)");
        assertThat(send(request("/sudden")).statusCode()).isEqualTo(200);
    }

    @Test
    void strange_requests_over_sockets_are_answered() throws Exception {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int worker = 0; worker < 4; worker++) {
                var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed + worker);
                all.add(
                        threads.submit(() -> {
                            for (int i = 0; i < 500; i++) {
                                byte[] bytes = new byte[random.nextInt(60)];
                                random.nextBytes(bytes);
                                String noise =
                                        new String(
                                                bytes,
                                                java.nio.charset.StandardCharsets.ISO_8859_1);
                                String path =
                                        random.nextBoolean()
                                                ? "/notes?"
                                                        + URLEncoder.encode(noise, UTF_8)
                                                                .replace("%3D", "=")
                                                : "/notes?select="
                                                        + URLEncoder.encode(noise, UTF_8);
                                int status = send(request(path)).statusCode();
                                assertThat(status).as("seed " + seed + ": " + path).isLessThan(500);
                            }
                            return true;
                        }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }
}
