package dev.lockstep.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpServerTest {
    private final CountDownLatch slowMayEnd = new CountDownLatch(1);
    private final RunningServer running =
            new RunningServer(
                    Map.of("http.head-timeout", "800ms", "http.max-body", "10000"),
                    (routes, _) -> {
                        SystemRoutes.addTo(routes, Optional::empty, Optional.of("the-key"));
                        routes.add("GET", "/echo/:a/x/:b", HttpServerTest::echo)
                                .add("POST", "/body", r -> new Response(200, Map.of(), r.body()))
                                .add("GET", "/bug", _ -> Response.empty(bug()))
                                .add("GET", "/slow", _ -> slow())
                                .add("GET", "/busy", _ -> busy());
                    });

    @AfterEach
    void stop() {
        running.close();
    }

    private static Response echo(Request request) {
        return Response.json(
                200,
                request.parameter("a")
                        + "|"
                        + request.parameter("b")
                        + "|"
                        + request.query("q").orElse("-"));
    }

    private static int bug() {
        throw new IllegalStateException("a secret detail");
    }

    private static Response busy() {
        throw new FailureException(
                new Failure.TooMany("joins", "Too many joins.", Duration.ofMillis(1500)));
    }

    private Response slow() {
        try {
            slowMayEnd.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return Response.json(200, "\"slow\"");
    }

    @Test
    void a_route_gets_its_decoded_parameters_and_query() throws Exception {
        assertThat(running.get("/echo/a%20b%2F1/x/c+d?q=1+%2B2&q=3").body())
                .isEqualTo("a b/1|c+d|1 +2");
    }

    @Test
    void a_head_request_gets_the_head_of_get() throws Exception {
        HttpResponse<String> head =
                running.send(running.request("/healthz").method("HEAD", none()));

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("content-length")).contains("15");
        assertThat(head.body()).isEmpty();
        assertThat(running.get("/healthz").body()).isEqualTo("{\"status\":\"ok\"}");
    }

    @Test
    void an_unknown_address_and_a_wrong_method_are_failures_with_a_request_id() throws Exception {
        HttpResponse<String> unknown = running.get("/nowhere");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body())
                .contains("\"code\":\"route.not-found\"")
                .containsPattern("\"requestId\":\"r-[0-9a-z]+\"");

        HttpResponse<String> wrong =
                running.send(running.request("/healthz").method("DELETE", none()));
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("allow")).contains("GET");
        assertThat(wrong.body()).contains("\"code\":\"route.method-not-allowed\"");
    }

    @Test
    void a_bug_is_answered_without_its_text() throws Exception {
        HttpResponse<String> answer = running.get("/bug");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("\"code\":\"internal\"").doesNotContain("secret detail");
    }

    @Test
    void a_failure_that_passes_says_when_to_come_back() throws Exception {
        HttpResponse<String> answer = running.get("/busy");

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("retry-after")).contains("2");
        assertThat(answer.body()).contains("\"code\":\"limit.joins\"");
    }

    @Test
    void the_settings_for_clients_hold_the_public_key() throws Exception {
        assertThat(running.get("/config").body())
                .contains("\"realtime\":\"/realtime/v1\"")
                .contains("\"anonKey\":\"the-key\"");
    }

    @Test
    void any_origin_may_ask_with_any_header() throws Exception {
        HttpResponse<String> preflight =
                running.send(
                        running.request("/body")
                                .method("OPTIONS", none())
                                .header("Origin", "https://app.example")
                                .header("Access-Control-Request-Method", "POST")
                                .header("Access-Control-Request-Headers", "apikey, x-new"));

        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight.headers().map())
                .containsEntry("access-control-allow-origin", List.of("*"))
                .containsEntry("access-control-allow-headers", List.of("apikey, x-new"))
                .containsEntry("access-control-max-age", List.of("86400"));
        assertThat(running.get("/nowhere").headers().firstValue("access-control-expose-headers"))
                .hasValueSatisfying(exposed -> assertThat(exposed).contains("Content-Range"));
    }

    @Test
    void an_address_of_60_kilobytes_is_served_and_a_longer_one_is_414() throws Exception {
        assertThat(running.get("/echo/a/x/b?q=" + "v".repeat(60_000)).statusCode()).isEqualTo(200);
        try (RawClient raw = running.raw()) {
            assertThat(raw.say("GET /" + "v".repeat(70_000) + " HTTP/1.1\r\n\r\n").hearAll())
                    .startsWith("HTTP/1.1 414 ")
                    .contains("request.address-too-long");
        }
    }

    @Test
    void headers_beyond_the_bound_are_431() throws Exception {
        try (RawClient raw = running.raw()) {
            raw.say("GET /healthz HTTP/1.1\r\nA: " + "v".repeat(40_000) + "\r\n");
            assertThat(raw.say("B: " + "v".repeat(40_000) + "\r\n\r\n").hearAll())
                    .startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void a_body_beyond_the_bound_is_413_announced_or_not() throws Exception {
        assertThat(running.send(running.request("/body").POST(bytes(10_000))).statusCode())
                .isEqualTo(200);
        try (RawClient raw = running.raw()) {
            assertThat(raw.say("POST /body HTTP/1.1\r\nContent-Length: 10001\r\n\r\n").hearAll())
                    .startsWith("HTTP/1.1 413 ");
        }
        try (RawClient raw = running.raw()) {
            raw.say("POST /body HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n");
            assertThat(raw.say("v".repeat(0x4000)).hearAll()).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void bodies_that_are_together_too_large_are_told_to_come_back() throws Exception {
        try (RunningServer small =
                new RunningServer(
                        Map.of("http.max-bodies", "8KiB"),
                        (routes, _) -> routes.add("POST", "/body", _ -> Response.empty(204)))) {
            assertThat(small.send(small.request("/body").POST(bytes(9_000))).statusCode())
                    .isEqualTo(503);
            for (int i = 0; i < 3; i++) {
                assertThat(small.send(small.request("/body").POST(bytes(8_000))).statusCode())
                        .isEqualTo(204);
            }
        }
    }

    @Test
    void bodies_of_a_connection_that_ends_count_no_more() throws Exception {
        try (RunningServer small =
                new RunningServer(
                        Map.of("http.max-bodies", "8KiB"),
                        (routes, _) ->
                                routes.add("GET", "/slow", _ -> slow())
                                        .add("POST", "/body", _ -> Response.empty(204)))) {
            try (RawClient raw = small.raw()) {
                raw.say(
                        "GET /slow HTTP/1.1\r\n\r\nPOST /body HTTP/1.1\r\nContent-Length: 5000\r\n\r\n");
                raw.say(new byte[5000]);
            }
            slowMayEnd.countDown();
            Deadline.await("the end", () -> small.server.status().connections() == 0);
            assertThat(small.send(small.request("/body").POST(bytes(8_000))).statusCode())
                    .isEqualTo(204);
        }
    }

    @Test
    void what_is_no_http_is_400() throws Exception {
        for (String nonsense :
                new String[] {"\u0001\u0002 x\r\n\r\n", "GET / HTTP/9\r\nX\r\n\r\n"}) {
            try (RawClient raw = running.raw()) {
                assertThat(raw.say(nonsense).hearAll()).startsWith("HTTP/1.1 400 ");
            }
        }
        assertThat(rawAnswer("GET /healthz?a=%zz HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(rawAnswer("GET /echo/%zz/x/b HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
    }

    private String rawAnswer(String request) throws Exception {
        try (RawClient raw = running.raw()) {
            return raw.say(request).hearAll();
        }
    }

    @Test
    void a_head_that_comes_too_slowly_is_cut() throws Exception {
        try (RawClient raw = running.raw()) {
            assertThat(raw.say("GET /healthz HTTP/1.1\r\nHost:").hearAll())
                    .startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void requests_sent_at_once_are_answered_in_order() throws Exception {
        try (RawClient raw = running.raw()) {
            raw.say(
                    "GET /slow HTTP/1.1\r\n\r\nPOST /body HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
                            + "GET /healthz HTTP/1.1\r\n\r\nnonsense\r\n\r\n");
            slowMayEnd.countDown();
            assertThat(raw.hearResponse()).endsWith("\"slow\"");
            assertThat(raw.hearResponse()).endsWith("hi");
            assertThat(raw.hearResponse()).endsWith("{\"status\":\"ok\"}");
            assertThat(raw.hearAll()).startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void a_client_that_asks_first_is_told_to_go_on() throws Exception {
        try (RawClient raw = running.raw()) {
            raw.say("POST /body HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertThat(raw.hearResponse()).startsWith("HTTP/1.1 100 ");
            assertThat(raw.say("hi").hearResponse()).startsWith("HTTP/1.1 200 ").endsWith("hi");
        }
    }

    @Test
    void a_port_that_is_taken_is_named() {
        assertThatThrownBy(() ->
                        new RunningServer(Map.of("http.port", Integer.toString(running.port()))))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("port " + running.port() + " is in use")
                .hasMessageContaining("http.port");
    }

    @Test
    void a_running_request_ends_before_the_server_does() throws Exception {
        try (RawClient raw = running.raw()) {
            raw.say("GET /slow HTTP/1.1\r\n\r\n");
            Deadline.await("the request", () -> running.server.status().requests() == 1);
            Thread closing = Thread.ofVirtual().start(running.server::close);
            slowMayEnd.countDown();
            assertThat(raw.hearResponse()).endsWith("\"slow\"");
            closing.join();
        }
        assertThat(running.server.status().connections()).isZero();
    }

    private static HttpRequest.BodyPublisher none() {
        return HttpRequest.BodyPublishers.noBody();
    }

    private static HttpRequest.BodyPublisher bytes(int count) {
        return HttpRequest.BodyPublishers.ofByteArray(new byte[count]);
    }
}
