package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.channel.Handshake;
import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.BroadcastMessage;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BroadcastRoutesTest {
    private record Sent(String role, Topic topic, boolean restricted, BroadcastMessage message) {
        String payload() {
            return new String(message.payload(), UTF_8);
        }
    }

    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private final RunningServer running =
            new RunningServer(
                    Map.of(),
                    (routes, tokens) ->
                            BroadcastRoutes.addTo(
                                    routes,
                                    tokens,
                                    RunningServer.limits(Map.of("limits.messages", "3")),
                                    from -> (t, r, m) -> broadcast(from, t, r, m)));

    private void broadcast(
            Handshake from, Topic topic, boolean restricted, BroadcastMessage message) {
        if (topic.sub().equals("closed")) {
            throw new FailureException(new Failure.Forbidden("write to", "this topic"));
        }
        sent.add(new Sent(from.identity().role(), topic, restricted, message));
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @Test
    void a_batch_is_sent_message_by_message() throws Exception {
        HttpResponse<String> answer =
                batch(
                        "{\"messages\":[{\"topic\":\"room1\",\"event\":\"cursor\",\"payload\":{\"x\":0.50},\"private\":false},"
                                + "{\"topic\":\"closed\",\"event\":\"e\",\"payload\":{}},"
                                + "{\"topic\":\"b\",\"event\":\"e\",\"payload\":{},\"private\":true,\"id\":\"i\"}]}");

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.body()).isEmpty();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0).topic()).isEqualTo(new Topic("realtime:room1"));
        assertThat(sent.get(0).payload()).isEqualTo("{\"x\":0.50}");
        assertThat(sent.get(0).message().form()).isEqualTo(BroadcastMessage.Form.REST_OBJECT);
        assertThat(sent.get(1).restricted()).isTrue();
        assertThat(sent.get(1).message().meta()).contains("{\"id\":\"i\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    {} | {"errors":{"messages":["can't be blank"]}}
                    {"messages":[]} | {"errors":{"messages":["can't be blank"]}}
                    {"messages":7} | {"errors":{"messages":["is invalid"]}}
                    {"messages":[{"topic":"t","event":"e","payload":{}},{"topic":"t","payload":[]}]} | {"errors":{"messages":[{},{"event":["can't be blank"],"payload":["is invalid"]}]}}
                    """)
    void a_batch_with_a_fault_is_refused_whole(String body, String errors) throws Exception {
        HttpResponse<String> answer = batch(body);

        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.body()).isEqualTo(errors);
        assertThat(sent).isEmpty();
    }

    @Test
    void a_batch_that_is_not_json_is_400() throws Exception {
        assertThat(batch("{nonsense").statusCode()).isEqualTo(400);
    }

    @Test
    void without_a_good_token_nothing_is_sent() throws Exception {
        HttpRequest.Builder bare =
                running.request("/api/broadcast").POST(HttpRequest.BodyPublishers.ofString("{}"));
        for (HttpRequest.Builder request :
                List.of(bare.copy(), bare.copy().header("apikey", "nonsense"))) {
            HttpResponse<String> answer = running.send(request);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).isEqualTo("{\"message\":\"Unauthorized\"}");
        }
    }

    @Test
    void a_single_message_is_its_body() throws Exception {
        assertThat(
                        single(
                                "room1/events/cur%20sor%2F1?apikey=k&vsn=2.0.0",
                                "application/json", "{\"x\":2}"))
                .isEqualTo(202);
        assertThat(single("room1/events/b", "application/octet-stream", "\t\b")).isEqualTo(202);
        assertThat(
                        single(
                                "priv%3A1/events/e?private=true&persist%5Bttl%5D=60",
                                "application/json; charset=utf-8", "[1]"))
                .isEqualTo(202);

        assertThat(sent)
                .extracting(Sent::payload)
                .containsExactly("{\"x\":2}", "\t\b", "{\"_json\":[1]}");
        assertThat(sent.get(0).message().event()).isEqualTo("cur sor/1");
        assertThat(sent.get(0).message().form()).isEqualTo(BroadcastMessage.Form.JSON);
        assertThat(sent.get(1).message().form()).isEqualTo(BroadcastMessage.Form.BYTES);
        assertThat(sent.get(2).topic()).isEqualTo(new Topic("realtime:priv:1"));
        assertThat(sent.get(2).restricted()).isTrue();
    }

    @Test
    void a_single_message_has_its_own_refusals() throws Exception {
        assertThat(single("closed/events/e", "application/json", "{}")).isEqualTo(403);
        assertThat(single("a/events/e", "text/html", "{}")).isEqualTo(415);
        assertThat(single("a/events/e", "application/json", "{nonsense")).isEqualTo(400);
        assertThat(single("a/events/e", "application/octet-stream", "x".repeat(3_000_501)))
                .isEqualTo(422);
        assertThat(sent).isEmpty();
    }

    @Test
    void a_single_message_needs_no_content_type() throws Exception {
        HttpRequest.Builder request =
                running.request("/api/broadcast/a/events/e")
                        .header("authorization", "Bearer sb_publishable_k")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"));

        assertThat(running.send(request).statusCode()).isEqualTo(202);
        assertThat(sent).singleElement().satisfies(one -> assertThat(one.role()).isEqualTo("anon"));
        assertThat(Optional.of(sent.getFirst().message().form()))
                .contains(BroadcastMessage.Form.JSON);
    }

    private int single(String path, String type, String body) throws Exception {
        return running.send(
                        running.request("/realtime/v1/api/broadcast/" + path)
                                .header("apikey", running.anonKey())
                                .header("content-type", type)
                                .POST(HttpRequest.BodyPublishers.ofString(body)))
                .statusCode();
    }

    private HttpResponse<String> batch(String body) throws Exception {
        return running.send(
                running.request("/realtime/v1/api/broadcast?apikey=anon.key.jwt&vsn=2.0.0")
                        .header("apikey", "ignored")
                        .header("authorization", "Bearer " + running.anonKey())
                        .header("content-type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }
}
