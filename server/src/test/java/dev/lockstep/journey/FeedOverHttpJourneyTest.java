package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The same feeds without a WebSocket: as a stream of events, and by polls that wait.
@Timeout(60) // A stream that was to be refused would be read for ever.
class FeedOverHttpJourneyTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String FEED = "/realtime/v1/feed";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static ServerRig rig;

    @BeforeAll
    static void start() {
        rig = ServerRig.start();
    }

    @AfterAll
    static void stop() {
        rig.close();
        HTTP.close();
    }

    @BeforeEach
    void table() {
        // The server forgets the last test's table first, so that it is not taken for this one's.
        rig.sql("drop table if exists jobs");
        rig.awaitRefused("jobs", rig.serviceKey());
        rig.sql(
                "create table jobs (id int primary key, status text not null, note text, more json,"
                        + " version int not null default 1)",
                "alter table jobs replica identity full",
                "grant select on jobs to authenticated",
                "alter publication supabase_realtime add table jobs");
        rig.awaitPublished("jobs");
    }

    private static String bearer() {
        return "Authorization: Bearer " + rig.userToken();
    }

    private static EventClient stream(String query, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add(bearer());
        return EventClient.get(rig.url(), FEED + "?" + query, all.toArray(String[]::new));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static HttpResponse<String> get(String target, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(rig.url() + target))
                        .timeout(Duration.ofSeconds(40));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode poll(String query) throws Exception {
        HttpResponse<String> answer =
                get(
                        FEED + "?" + query,
                        "accept",
                        "application/json",
                        "authorization",
                        "Bearer " + rig.userToken());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    // Streams

    @Test
    void a_stream_begins_with_the_rows_and_goes_on_with_every_change() {
        rig.sql("insert into jobs values (1, 'open', 'a'), (2, 'done', 'b')");
        try (EventClient client =
                stream("table=jobs&total=true&where=" + encoded("status=eq.open"))) {
            FeedView view = client.view();
            view.awaitReset("first");
            assertThat(view.rows().keySet()).containsExactly("1");
            assertThat(client.frames().getFirst().get("total").asInt()).isEqualTo(1);

            rig.sql("insert into jobs values (3, 'open', 'c')");
            view.awaitRow("3", "note", "c");
            rig.sql("update jobs set status = 'open' where id = 2");
            view.awaitRow("2", "note", "b");
            rig.sql("delete from jobs where id = 1");
            view.awaitGone("1");

            EventClient.Event last = client.events("feed").getLast();
            assertThat(last.json().get("leave").toString()).contains("deleted");
            assertThat(last.id()).isEqualTo(last.json().get("token").asString());
        }
    }

    @Test
    void a_stream_says_how_it_is_to_be_carried_and_what_it_holds() {
        try (EventClient client = stream("table=jobs", "Origin: https://else.where")) {
            JsonNode joined = client.awaitEvent("joined").json();

            assertThat(client.status()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(client.headers())
                    .containsEntry("content-type", "text/event-stream; charset=utf-8")
                    .containsEntry("cache-control", "no-cache, no-transform")
                    .containsEntry("x-accel-buffering", "no")
                    .containsEntry("connection", "close")
                    .containsEntry("access-control-allow-origin", "*")
                    .containsKey("access-control-expose-headers");
            assertThat(client.comments().getFirst()).hasSizeGreaterThan(2_000);
            assertThat(Integer.parseInt(client.retry())).isBetween(500, 4_000);
            assertThat(joined.get("feeds").get(0).get("table").asString()).isEqualTo("jobs");
            assertThat(joined.get("feeds").get(0).get("key").toString()).isEqualTo("[\"id\"]");
        }
    }

    @Test
    void a_client_that_returns_with_its_last_event_id_gets_what_it_missed_and_nothing_else() {
        rig.sql("insert into jobs values (1, 'open', 'a'), (2, 'open', 'b')");
        String id;
        try (EventClient client = stream("table=jobs")) {
            client.view().awaitToken();
            id = client.lastId();
        }
        rig.sql(
                "update jobs set note = 'missed' where id = 1",
                "delete from jobs where id = 2",
                "insert into jobs values (3, 'open', 'new')");
        // An old position in the address is the one that the page was opened with.
        try (EventClient client = stream("table=jobs&since=old", "Last-Event-ID: " + id)) {
            List<JsonNode> steps = client.await("three steps", () -> steps(client, 3));

            assertThat(steps).hasSize(3).noneMatch(step -> step.has("reset"));
            assertThat(steps.get(0).get("update").toString()).contains("missed");
            assertThat(steps.get(1).get("leave").toString()).contains("\"id\":2");
            assertThat(steps.get(2).get("enter").toString()).contains("new");
        }
    }

    private static @Nullable List<JsonNode> steps(EventClient client, int count) {
        List<JsonNode> steps =
                client.frames().stream()
                        .filter(f -> f.has("enter") || f.has("update") || f.has("leave"))
                        .toList();
        return steps.size() < count ? null : steps;
    }

    @Test
    void several_feeds_share_a_stream_and_one_id_brings_all_of_them_back() {
        rig.sql("insert into jobs values (1, 'open', 'a'), (2, 'done', 'b')");
        String query =
                "feed="
                        + encoded("{\"table\":\"jobs\",\"where\":\"status=eq.open\"}")
                        + "&feed="
                        + encoded("{\"table\":\"jobs\",\"where\":\"status=eq.done\"}");
        String id;
        try (EventClient client = stream(query)) {
            List<Integer> ids = ids(client);
            FeedView open = client.view(ids.get(0));
            FeedView done = client.view(ids.get(1));
            open.awaitToken();
            done.awaitToken();
            rig.sql("update jobs set note = 'c' where id = 2");
            done.awaitRow("2", "note", "c");

            assertThat(open.rows().keySet()).containsExactly("1");
            id = client.lastId();
            assertThat(id).isEqualTo(open.token() + "~" + done.token());
        }
        rig.sql(
                "update jobs set note = 'missed' where id = 1",
                "update jobs set note = 'd' where id = 2");
        try (EventClient client = stream(query, "Last-Event-ID: " + id)) {
            List<JsonNode> steps = client.await("two steps", () -> steps(client, 2));

            assertThat(steps).hasSize(2).noneMatch(step -> step.has("reset"));
            assertThat(steps.toString()).contains("missed").contains("\"d\"");

            rig.sql("update jobs set note = 'both', version = 2");
            client.await("live steps of both", () -> steps(client, 4));
        }
        try (EventClient client = stream("table=jobs", "Last-Event-ID: " + id)) {
            client.view().awaitReset("question");
        }
    }

    private static List<Integer> ids(EventClient client) {
        List<Integer> ids = new ArrayList<>();
        client.awaitEvent("joined").json().get("feeds").forEach(f -> ids.add(f.get("id").asInt()));
        return ids;
    }

    @Test
    void a_question_too_long_for_an_address_is_posted() throws Exception {
        rig.sql("insert into jobs values (1, 'open', 'a')");
        HttpResponse<String> answer =
                HTTP.send(
                        HttpRequest.newBuilder(URI.create(rig.url() + FEED))
                                .header("accept", "application/json")
                                .header("authorization", "Bearer " + rig.userToken())
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"feeds\":[{\"table\":\"jobs\"}]}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"reset\":\"first\"").contains("\"note\":\"a\"");
    }

    @Test
    void clients_of_one_question_hear_the_same_bytes() {
        try (EventClient one = stream("table=jobs");
                EventClient other = stream("table=jobs&limit=1000")) {
            one.view().awaitToken();
            other.view().awaitToken();
            int first = one.events("feed").size();
            try (EventClient late = stream("table=jobs")) {
                late.view().awaitToken();
                rig.sql("insert into jobs values (1, 'open', 'a')");
                late.view().awaitRow("1", "note", "a");
                one.view().awaitRow("1", "note", "a");

                assertThat(one.events("feed").subList(first, first + 1))
                        .isEqualTo(
                                late.events("feed").stream()
                                        .filter(e -> e.data().contains("enter\":[{"))
                                        .toList());
            }
        }
    }

    @Test
    void a_line_end_inside_a_value_does_not_end_the_event() {
        rig.sql(
                "insert into jobs values (1, 'open', E'two\\nlines\\r\\n\\n', E'{\\n\\n \"a\":\\r\\n1}')");
        try (EventClient client = stream("table=jobs")) {
            FeedView view = client.view();
            view.awaitRow("1", "note", "two\nlines\r\n\n");
            rig.sql("update jobs set more = E'{\\n\\n \"b\":\\r\\n2}'");
            client.await(
                    "the change",
                    () ->
                            view.update().rows().get("1").path("more").path("b").asInt(0) == 2
                                    ? 1
                                    : null);
        }
    }

    @Test
    void an_expired_token_ends_the_stream_and_says_why() {
        String token = rig.token("authenticated", Duration.ofSeconds(2));
        try (EventClient client =
                EventClient.get(
                        rig.url(), FEED + "?table=jobs", "Authorization: Bearer " + token)) {
            JsonNode error = client.awaitEvent("error").json();
            client.awaitEnd();

            assertThat(error.get("code").asString()).isEqualTo("auth.expired");
            assertThat(error.get("message").asString()).contains("Token has expired");
            assertThat(client.awaitEvent("system").data()).contains("Token has expired");
        }
    }

    @Test
    void a_reader_that_stops_is_caught_up_when_it_reads_again_and_harms_nobody() {
        try (EventClient reader = stream("table=jobs");
                EventClient other = stream("table=jobs")) {
            reader.view().awaitToken();
            other.view().awaitToken();
            String body = "b".repeat(2_000);

            reader.stop();
            for (int i = 0; i < 20; i++) {
                rig.sql(
                        "insert into jobs select n, 'open', '%s' from generate_series(%d, %d) n"
                                .formatted(body, i * 500, i * 500 + 499));
            }
            other.view().awaitRow("9999", "note", body);
            reader.resume();
            FeedView view = reader.view();
            view.awaitRow("9999", "note", body);

            assertThat(view.rows()).hasSize(10_000);
            assertThat(view.resets()).containsExactly("first");
        }
    }

    @Test
    void a_server_that_stops_ends_its_streams_and_they_go_on_where_they_were() {
        try (EventClient client = stream("table=jobs")) {
            client.view().awaitToken();
            rig.restart();
            client.awaitEnd();
            rig.sql("insert into jobs values (1, 'open', 'meanwhile')");
            rig.awaitPublished("jobs");
            try (EventClient again = stream("table=jobs", "Last-Event-ID: " + client.lastId())) {
                List<JsonNode> steps = again.await("a step", () -> steps(again, 1));
                assertThat(steps).hasSize(1);
                assertThat(steps.getFirst().has("reset")).isFalse();
            }
        }
    }

    // Polls

    @Test
    void a_poll_without_a_position_is_answered_with_the_rows_at_once() throws Exception {
        rig.sql("insert into jobs values (1, 'open', 'a')");

        JsonNode answer = poll("table=jobs");

        assertThat(answer.get("events").get(0).get("reset").asString()).isEqualTo("first");
        assertThat(answer.get("events").get(0).get("enter").toString()).contains("\"note\":\"a\"");
        assertThat(answer.get("token").asString()).isNotEmpty();
    }

    @Test
    void a_poll_waits_for_a_change_and_no_longer_than_it_was_told() throws Exception {
        String token = poll("table=jobs").get("token").asString();
        JsonNode nothing = poll("table=jobs&wait=1&since=" + token);
        assertThat(nothing.get("events")).isEmpty();

        String next = nothing.get("token").asString();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<JsonNode> waiting = threads.submit(() -> poll("table=jobs&since=" + next));
            rig.sql("insert into jobs select n, 'open', 'x' from generate_series(1, 3000) n");
            JsonNode answer = waiting.get();

            int rows = 0;
            for (JsonNode event : answer.get("events")) {
                rows += event.path("enter").size();
            }
            assertThat(rows).as("a transaction is told whole").isEqualTo(3_000);
            assertThat(
                            poll("table=jobs&wait=0&since=" + answer.get("token").asString())
                                    .get("events"))
                    .isEmpty();
        }
    }

    @Test
    void a_poll_that_does_not_wait_is_told_what_it_missed() throws Exception {
        String token = poll("table=jobs").get("token").asString();
        // Who follows the log says when the server has read that far; a snapshot is ahead of it.
        try (EventClient witness = stream("table=jobs")) {
            witness.view().awaitToken();
            rig.sql("insert into jobs values (1, 'open', 'a')");
            witness.view().awaitRow("1", "note", "a");

            assertThat(poll("table=jobs&wait=0&since=" + token).get("events").toString())
                    .contains("\"note\":\"a\"")
                    .doesNotContain("reset");
        }
    }

    @Test
    void pollers_under_load_end_with_the_rows_of_the_table() throws Exception {
        long seed = new Random().nextLong();
        AtomicBoolean writing = new AtomicBoolean(true);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int w = 0; w < 2; w++) {
                Random random = new Random(seed + w);
                int writer = w;
                all.add(threads.submit(() -> write(random, writer, writing)));
            }
            List<Future<TreeMap<String, String>>> pollers = new ArrayList<>();
            for (int p = 0; p < 4; p++) {
                boolean both = p % 2 == 1;
                pollers.add(threads.submit(() -> pollToTheEnd(both)));
            }
            rig.awaitCount("select sum(version) from jobs", 1_500);
            writing.set(false);
            for (Future<?> writer : all) {
                writer.get();
            }
            rig.sql("insert into jobs values (-1, 'open', 'end')");
            TreeMap<String, String> truth = new TreeMap<>();
            for (String row :
                    rig.database()
                            .values("select id || '=' || note from jobs where status = 'open'")) {
                String[] parts = java.util.Objects.requireNonNull(row).split("=", 2);
                truth.put(parts[0], parts[1]);
            }
            for (Future<TreeMap<String, String>> poller : pollers) {
                assertThat(poller.get()).as("seed %d", seed).isEqualTo(truth);
            }
        }
    }

    private static Void write(Random random, int writer, AtomicBoolean writing) {
        while (writing.get()) {
            int first = writer * 1_000 + random.nextInt(100);
            rig.sql(
                    "insert into jobs select n, '%s', '%d' from generate_series(%d, %d) n on conflict (id)"
                                    .formatted(
                                            random.nextBoolean() ? "open" : "done",
                                            random.nextLong(),
                                            first,
                                            first + random.nextInt(4))
                            + " do update set status = excluded.status, note = excluded.note,"
                            + " version = jobs.version + 1");
        }
        return null;
    }

    /// @param both whether another feed is asked for beside it
    private static TreeMap<String, String> pollToTheEnd(boolean both) throws Exception {
        String query = "feed=" + encoded("{\"table\":\"jobs\",\"where\":\"status=eq.open\"}");
        if (both) {
            query += "&feed=" + encoded("{\"table\":\"jobs\",\"where\":\"status=eq.done\"}");
        }
        List<JsonNode> heard = new ArrayList<>();
        FeedView view =
                new FeedView(
                        new FeedView.Ear() {
                            @Override
                            public List<JsonNode> frames() {
                                return heard;
                            }

                            @Override
                            public <T> T await(
                                    String what, java.util.function.Supplier<@Nullable T> look) {
                                throw new UnsupportedOperationException();
                            }
                        });
        String since = "";
        while (!view.update().rows().containsKey("-1")) {
            JsonNode answer = poll(query + (since.isEmpty() ? "" : "&since=" + encoded(since)));
            since = answer.get("token").asString();
            int open = answer.get("feeds").get(0).get("id").asInt();
            answer.get("events")
                    .forEach(event -> {
                        if (event.get("id").asInt() == open) {
                            heard.add(event);
                        }
                    });
        }
        assertThat(view.resets()).containsExactly("first");
        TreeMap<String, String> rows = new TreeMap<>();
        for (var row : view.rows().entrySet()) {
            ObjectNode held = row.getValue();
            rows.put(row.getKey(), held.get("note").asString());
        }
        return rows;
    }

    // Refusals

    @Test
    void what_cannot_be_served_is_refused_before_a_byte_of_a_stream() throws Exception {
        rig.sql(
                "create table if not exists secrets (id int primary key)",
                "revoke all on secrets from anon, authenticated",
                "alter table secrets replica identity full",
                "alter table jobs replica identity full",
                "create table if not exists bare (id int primary key)",
                "grant select on bare to authenticated");
        rig.sql("alter publication supabase_realtime set table jobs, secrets, bare");
        rig.awaitPublished("bare");
        String user = rig.userToken();

        assertRefused("table=jobs", "", 401, "auth.required");
        assertRefused("table=jobs", "no.such.token", 401, "auth.required");
        assertRefused(
                "table=jobs",
                rig.token("authenticated", Duration.ofMinutes(-5)),
                401,
                "auth.expired");
        // What may not be read is not told apart from what is not there.
        assertRefused("table=secrets", user, 404, "data.not-found");
        assertRefused("table=nowhere", user, 404, "data.not-found");
        assertRefused("table=bare", user, 400, "request.invalid");
        assertRefused("table=jobs&where=" + encoded("status=eq"), user, 400, "request.invalid");
        assertRefused("table=jobs&limit=many", user, 400, "request.invalid");
        assertRefused("table=jobs&wait=61", user, 400, "request.invalid");
        assertRefused("feed=%5B1%5D", user, 400, "request.invalid");
        assertRefused("", user, 400, "request.invalid");
        assertRefused(
                IntStream.range(0, 101)
                        .mapToObj(_ -> "feed=%7B%22table%22%3A%22jobs%22%7D")
                        .collect(java.util.stream.Collectors.joining("&")),
                user,
                400,
                "request.invalid");
        rig.sql("drop table secrets, bare");
    }

    private static void assertRefused(String query, String token, int status, String code)
            throws Exception {
        for (String accept : List.of("text/event-stream", "application/json")) {
            HttpResponse<String> answer =
                    token.isEmpty()
                            ? get(FEED + "?" + query, "accept", accept)
                            : get(
                                    FEED + "?" + query,
                                    "accept",
                                    accept,
                                    "authorization",
                                    "Bearer " + token);
            assertThat(answer.statusCode()).as(query + answer.body()).isEqualTo(status);
            assertThat(answer.body())
                    .contains("\"code\":\"" + code + "\"")
                    .contains("\"hint\":\"")
                    .containsPattern("\"requestId\":\"r-[0-9a-z]+\"");
            assertThat(answer.headers().firstValue("content-type").orElse(""))
                    .startsWith("application/json");
        }
    }

    // Tickets

    @Test
    void a_ticket_opens_one_stream_for_who_asked_for_it() throws Exception {
        HttpResponse<String> issued =
                HTTP.send(
                        HttpRequest.newBuilder(URI.create(rig.url() + "/realtime/v1/ticket"))
                                .header("authorization", "Bearer " + rig.userToken())
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(issued.statusCode()).isEqualTo(200);
        JsonNode body = JSON.readTree(issued.body());
        assertThat(body.get("expiresIn").asInt()).isEqualTo(60);
        String ticket = body.get("ticket").asString();
        // A gateway may want the public key beside it.
        String target = FEED + "?table=jobs&apikey=" + rig.anonKey() + "&ticket=" + ticket;

        try (EventClient client = EventClient.get(rig.url(), target)) {
            client.view().awaitToken();
        }
        HttpResponse<String> second = get(target);
        assertThat(second.statusCode()).isEqualTo(401);
        assertThat(second.body()).contains("\"code\":\"auth.required\"").doesNotContain(ticket);
    }
}
