package dev.lockstep.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// One demo's life as its user sees it, in processes of its own. The tests build on one another,
/// since a first start is the slow part of each.
@TestMethodOrder(OrderAnnotation.class)
class DemoLifecycleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static @Nullable Path home;
    private static @Nullable Process demo;

    @BeforeAll
    static void first_start() throws Exception {
        Path folder = Files.createTempDirectory("lockstep-demo-test");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        home = folder;
        launch("--port", "0");
    }

    @AfterAll
    static void remove() throws Exception {
        process().destroyForcibly().waitFor();
        Path data = data();
        dev.lockstep.postgres.embedded.EmbeddedPostgres.erase(data.resolve("postgres"));
        try (var all = Files.walk(java.util.Objects.requireNonNull(home))) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    @Order(1)
    void the_connection_file_is_for_its_owner_alone_and_there_once_the_port_is_open()
            throws Exception {
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(data().resolve(ConnectionFile.NAME))))
                .isEqualTo("rw-------");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    @Order(2)
    void whoever_sits_here_may_be_one_of_the_people() throws Exception {
        assertThat(get("/demo/people").body()).contains("tenant");
        HttpResponse<String> token =
                CLIENT.send(
                        HttpRequest.newBuilder(URI.create(connection().url() + "/demo/token"))
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"person\":\"" + firstPerson() + "\"}"))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(token.body()).contains("\"token\"");
    }

    @Test
    @Order(3)
    void a_page_from_elsewhere_may_be_nobody() throws Exception {
        HttpResponse<String> answer =
                CLIENT.send(
                        HttpRequest.newBuilder(URI.create(connection().url() + "/demo/people"))
                                .header("origin", "http://elsewhere.example")
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(403);
    }

    @Test
    @Order(4)
    void a_second_demo_in_the_folder_is_told_where_the_first_is() throws Exception {
        Process second = java("--port", "0");
        String words = errors(second);
        assertThat(second.waitFor()).isEqualTo(1);
        assertThat(words)
                .contains("already running in " + data())
                .contains("pid " + process().pid())
                .contains(connection().url());
    }

    @Test
    @Order(5)
    void after_kill_9_it_starts_again_with_the_same_keys_on_the_same_port() throws Exception {
        ConnectionFile first = connection();
        process().destroyForcibly().waitFor();
        Files.delete(data().resolve(ConnectionFile.NAME));
        launch();
        assertThat(connection()).isEqualTo(first);
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    @Order(6)
    void sigterm_stops_server_and_database_and_ends_with_status_0() throws Exception {
        Path postmaster = data().resolve("postgres/data/postmaster.pid");
        assertThat(postmaster).exists();
        process().destroy();
        assertThat(process().waitFor()).isZero();
        assertThat(postmaster).doesNotExist();
        assertThat(data().resolve(ConnectionFile.NAME)).doesNotExist();
    }

    @Test
    @Order(7)
    void reset_without_a_terminal_asks_for_a_yes_and_deletes_nothing() throws Exception {
        Process asked = java("--reset");
        String words = errors(asked);
        assertThat(asked.waitFor()).isEqualTo(1);
        assertThat(words).contains("--yes");
        assertThat(data().resolve("keys.properties")).exists();
    }

    private static String firstPerson() throws IOException, InterruptedException {
        String people = get("/demo/people").body();
        int start = people.indexOf("\"id\":\"") + 6;
        return people.substring(start, people.indexOf('"', start));
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(connection().url() + path)).build(),
                BodyHandlers.ofString());
    }

    private static ConnectionFile connection() {
        return ConnectionFile.read(data()).orElseThrow();
    }

    private static void launch(String... more) throws IOException {
        Process started = java(more);
        demo = started;
        await(
                "connection.json",
                () -> {
                    if (!started.isAlive()) {
                        throw new AssertionError("the demo ended: " + errors(started));
                    }
                    return ConnectionFile.read(data());
                });
    }

    private static String errors(Process ended) {
        try {
            return new String(ended.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static Process java(String... more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("dev.lockstep.app.Main", "demo", "--data", data().toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    private static <T> T await(String what, Supplier<Optional<T>> look) {
        Instant end = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(end)) {
            Optional<T> seen = look.get();
            if (seen.isPresent()) {
                return seen.get();
            }
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
        throw new AssertionError("waited " + PATIENCE + " for " + what);
    }

    private static Path data() {
        return java.util.Objects.requireNonNull(home).resolve("data");
    }

    private static Process process() {
        return java.util.Objects.requireNonNull(demo);
    }
}
