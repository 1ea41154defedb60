package dev.lockstep.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.Ref;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How feeds are carried, with channels that say what the test tells them to.
class FeedRoutesTest {
    private static final Topic TOPIC = new Topic("realtime:any");
    private static final String STREAM = "/realtime/v1/feed?table=jobs";
    private final Map<String, String> settings =
            Map.of(
                    "http.sse-heartbeat", "200ms",
                    "http.max-streams", "2",
                    "http.idle-timeout", "2s",
                    "http.allowed-origins", "https://good.example");
    private final RecordingSessions sessions = new RecordingSessions();
    private final RunningServer running =
            new RunningServer(
                    settings,
                    (routes, tokens) ->
                            FeedRoutes.addTo(
                                    routes,
                                    HttpConfig.of(dev.lockstep.config.Settings.of(settings)),
                                    tokens,
                                    sessions,
                                    InstantSource.system(),
                                    new SecureRandom()));

    @AfterEach
    void stop() {
        running.close();
    }

    private String request(String target, String version, String... headers) {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/" + version + "\r\n");
        request.append("Host: x\r\nAuthorization: Bearer ").append(running.anonKey());
        request.append("\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request + "\r\n";
    }

    /// The session of the request, once it has asked.
    private RecordingSessions.Opened asked(int number) {
        Deadline.await(
                "a join",
                () -> sessions.all.size() > number && !sessions.all.get(number).frames().isEmpty());
        return sessions.all.get(number);
    }

    private static void answer(RecordingSessions.Opened session, Codec.Status status, String said) {
        session.outbox().send(session.codec().reply(Ref.NULL, Ref.NULL, TOPIC, status, said));
    }

    private static void grant(RecordingSessions.Opened session) {
        answer(session, Codec.Status.OK, "{\"feeds\":[{\"table\":\"jobs\",\"id\":7}]}");
    }

    private static void say(RecordingSessions.Opened session, String token) {
        session.outbox().send(FeedPayload.token(session.codec().envelope(TOPIC, "feed"), 7, token));
    }

    private static String hearUntil(RawClient client, String end) throws Exception {
        StringBuilder heard = new StringBuilder();
        while (!heard.toString().endsWith(end)) {
            heard.append(new String(client.hear(1), StandardCharsets.UTF_8));
        }
        return heard.toString();
    }

    @Test
    void a_stream_is_one_join_and_is_as_plain_for_an_old_client() throws Exception {
        try (RawClient client = running.raw()) {
            client.say(request(STREAM, "1.0"));
            RecordingSessions.Opened session = asked(0);
            assertThat(session.frames()).singleElement().isInstanceOf(ClientFrame.Join.class);
            grant(session);
            say(session, "T1");
            String heard = hearUntil(client, "\nid: T1\n\n");

            assertThat(heard.toLowerCase(java.util.Locale.ROOT))
                    .contains("connection: close")
                    .doesNotContain("transfer-encoding")
                    .doesNotContain("content-length");
            assertThat(heard)
                    .contains("event: feed\ndata: {\"id\":7,\"token\":\"T1\"}\nid: T1\n\n");
        }
    }

    @Test
    void a_refused_join_is_a_failure_with_its_status() throws Exception {
        try (RawClient client = running.raw()) {
            for (String accept : List.of("text/event-stream", "application/json")) {
                int next = sessions.all.size();
                client.say(request(STREAM, "1.1", "Accept: " + accept));
                RecordingSessions.Opened session = asked(next);
                answer(
                        session,
                        Codec.Status.ERROR,
                        "{\"reason\":\"You may not.\",\"code\":\"policy.forbidden\"}");
                assertThat(client.hearResponse())
                        .startsWith("HTTP/1.1 403")
                        .contains("\"message\":\"You may not.\"");
                Deadline.await("the session to end", () -> session.ends().get() == 1);
            }
        }
    }

    @Test
    void a_limit_that_was_met_says_when_to_come_back() throws Exception {
        try (RawClient client = running.raw()) {
            client.say(request(STREAM, "1.1"));
            answer(
                    asked(0),
                    Codec.Status.ERROR,
                    "{\"reason\":\"Too many joins\",\"code\":\"limit.joins\","
                            + "\"details\":{\"limit\":\"joins\"},\"retryAfter\":7}");
            assertThat(client.hearResponse())
                    .startsWith("HTTP/1.1 429")
                    .contains("retry-after: 7")
                    .contains("\"details\":{\"limit\":\"joins\"}");
        }
    }

    @Test
    void a_client_that_goes_ends_its_session_at_once() throws Exception {
        for (String accept : List.of("text/event-stream", "application/json")) {
            RecordingSessions.Opened session;
            int next = sessions.all.size();
            try (RawClient client = running.raw()) {
                client.say(request(STREAM, "1.1", "Accept: " + accept));
                session = asked(next);
                grant(session);
            }
            Deadline.await(accept + " to end", () -> session.ends().get() == 1);
        }
    }

    @Test
    void more_streams_than_the_server_carries_are_told_so() throws Exception {
        try (RawClient one = running.raw();
                RawClient two = running.raw();
                RawClient three = running.raw()) {
            one.say(request(STREAM, "1.1"));
            asked(0);
            two.say(request(STREAM, "1.1", "Accept: application/json"));
            asked(1);
            three.say(request(STREAM, "1.1"));
            assertThat(three.hearResponse())
                    .startsWith("HTTP/1.1 429")
                    .contains("\"code\":\"limit.streams\"")
                    .contains("\"value\":2")
                    .contains("retry-after: ");
            one.close();
            Deadline.await("room", () -> sessions.all.getFirst().ends().get() == 1);
            three.say(request(STREAM, "1.1"));
            asked(2);
        }
    }

    @Test
    void a_quiet_stream_has_a_heartbeat_that_keeps_it_alive() throws Exception {
        try (RawClient client = running.raw()) {
            client.say(request(STREAM, "1.1"));
            grant(asked(0));
            hearUntil(
                    client, "event: joined\ndata: {\"feeds\":[{\"table\":\"jobs\",\"id\":7}]}\n\n");
            // Longer than a connection may be idle.
            for (int beat = 0; beat < 15; beat++) {
                assertThat(hearUntil(client, "\n\n")).isEqualTo(":\n\n");
            }
            say(asked(0), "T2");
            assertThat(hearUntil(client, "id: T2\n\n")).contains("\"token\":\"T2\"");
        }
    }

    @Test
    void a_client_that_takes_nothing_is_given_up_and_the_stream_is_bounded() throws Exception {
        try (RawClient client = running.raw()) {
            client.say(request(STREAM, "1.1"));
            RecordingSessions.Opened session = asked(0);
            grant(session);
            String large = "x".repeat(1_000_000);
            for (int i = 0; i < 20; i++) {
                say(session, large);
            }
            assertThat(session.outbox().pendingBytes()).isPositive();
            Deadline.await("the session to end", () -> session.ends().get() == 1);
        }
    }

    @Test
    void a_server_that_stops_says_when_to_come_back() throws Exception {
        try (RawClient client = running.raw();
                RawClient polling = running.raw()) {
            client.say(request(STREAM, "1.1"));
            grant(asked(0));
            hearUntil(client, "]}\n\n");
            polling.say(request(STREAM + "&since=T1", "1.1", "Accept: application/json"));
            grant(asked(1));
            Thread.ofVirtual().start(running::close);

            assertThat(client.hearAll()).containsPattern("retry: \\d+\n\n$");
            assertThat(polling.hearAll())
                    .startsWith("HTTP/1.1 200")
                    .contains("{\"events\":[],")
                    .contains("\"token\":\"T1\"");
        }
    }

    @Test
    void polls_follow_one_another_on_one_connection() throws Exception {
        try (RawClient client = running.raw()) {
            for (int poll = 0; poll < 3; poll++) {
                client.say(request(STREAM + "&wait=0&since=T0", "1.1", "Accept: application/json"));
                RecordingSessions.Opened session = asked(poll);
                grant(session);
                say(session, "T" + poll);
                assertThat(client.hearResponse())
                        .startsWith("HTTP/1.1 200")
                        .contains("\"token\":\"T" + poll + "\"");
                Deadline.await("the session to end", () -> session.ends().get() == 1);
            }
        }
    }

    @Test
    void a_step_that_is_half_told_is_waited_for() throws Exception {
        try (RawClient client = running.raw()) {
            client.say(request(STREAM + "&wait=0&since=T0", "1.1", "Accept: application/json"));
            RecordingSessions.Opened session = asked(0);
            grant(session);
            FeedPayload payload = new FeedPayload();
            for (int row = 0; row < 1_001; row++) {
                payload.enter(("{\"n\":" + row + "}").getBytes(StandardCharsets.UTF_8));
            }
            List<Frame> parts =
                    FeedPayload.frames(
                            session.codec().envelope(TOPIC, "feed"),
                            FeedPayload.Head.of(7, 1, Optional.of("T1")),
                            payload.bodies());
            session.outbox().send(parts.get(0));
            // Long past the moment in which what follows a change may come along.
            long later = System.nanoTime() + 200_000_000;
            Deadline.await("a while", () -> System.nanoTime() > later);
            session.outbox().send(parts.get(1));

            assertThat(client.hearResponse())
                    .contains("{\"n\":0}")
                    .contains("{\"n\":1000}")
                    .endsWith("\"token\":\"T1\"}");
        }
    }

    @Test
    void the_head_is_told_without_a_stream() throws Exception {
        HttpResponse<String> head =
                running.send(
                        running.request(STREAM)
                                .header("authorization", "Bearer " + running.anonKey())
                                .method("HEAD", HttpRequest.BodyPublishers.noBody()));

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("content-type"))
                .contains("text/event-stream; charset=utf-8");
        assertThat(head.headers().firstValue("content-length")).isEmpty();
        assertThat(sessions.all).isEmpty();
    }

    @Test
    void a_page_of_another_origin_may_ask_before_it_asks() throws Exception {
        HttpResponse<String> preflight =
                running.send(
                        running.request(STREAM)
                                .header("origin", "https://good.example")
                                .header("access-control-request-method", "GET")
                                .header(
                                        "access-control-request-headers",
                                        "authorization,last-event-id")
                                .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));

        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight.headers().firstValue("access-control-allow-origin"))
                .contains("https://good.example");
        assertThat(preflight.headers().firstValue("access-control-allow-headers").orElse(""))
                .contains("last-event-id");
    }

    private String ticket() throws Exception {
        HttpResponse<String> answer =
                running.send(
                        running.request("/realtime/v1/ticket")
                                .header("authorization", "Bearer " + running.anonKey())
                                .POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
        return answer.body().replaceFirst(".*\"ticket\":\"([^\"]+)\".*", "$1");
    }

    @Test
    void a_ticket_is_good_for_one_stream_from_an_origin_that_is_allowed() throws Exception {
        String ticket = ticket();
        assertThat(ticket).hasSize(43);
        String head = "GET " + STREAM + "&ticket=" + ticket + " HTTP/1.1\r\nHost: x\r\n";
        try (RawClient client = running.raw()) {
            assertThat(client.say(head + "Origin: https://evil.example\r\n\r\n").hearResponse())
                    .startsWith("HTTP/1.1 403");
            assertThat(client.say(head.replace("GET", "HEAD") + "\r\n").hearResponse())
                    .startsWith("HTTP/1.1 200");
            client.say(head + "Origin: https://good.example\r\n\r\n");
            assertThat(asked(0).identity().role()).isEqualTo("anon");
            assertThat(asked(0).key()).isEmpty();
        }
        try (RawClient client = running.raw()) {
            assertThat(client.say(head + "\r\n").hearResponse())
                    .startsWith("HTTP/1.1 401")
                    .doesNotContain(ticket);
        }
    }

    @Test
    void a_request_in_a_log_shows_neither_token_nor_ticket() {
        Request request =
                new Request(
                        "r-1",
                        "GET",
                        "/realtime/v1/feed",
                        "::1",
                        Map.of(),
                        Map.of("ticket", List.of("secret")),
                        Map.of("authorization", "Bearer secret"),
                        "secret".getBytes());
        assertThat(request.toString()).doesNotContain("secret").contains("r-1");
    }

    @Test
    void what_is_no_form_of_ours_is_refused() throws Exception {
        HttpResponse<String> answer =
                running.send(
                        running.request(STREAM)
                                .header("authorization", "Bearer " + running.anonKey())
                                .header("accept", "image/png"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("text/event-stream");
    }

    @Test
    void a_key_in_the_address_is_as_good_as_on_a_socket() throws Exception {
        try (RawClient client = running.raw()) {
            client.say(
                    "GET "
                            + STREAM
                            + "&apikey="
                            + running.token("anon", Duration.ofHours(1))
                            + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(asked(0).identity().role()).isEqualTo("anon");
        }
    }
}
