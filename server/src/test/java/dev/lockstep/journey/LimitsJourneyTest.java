package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class LimitsJourneyTest {
    private static final ServerRig RIG =
            ServerRig.start(
                    Map.ofEntries(
                            Map.entry("limits.burst", "60s"),
                            Map.entry("limits.users-per-address", "1"),
                            Map.entry("limits.connections-per-user", "4"),
                            Map.entry("limits.joins-per-user", "1"),
                            Map.entry("limits.messages-per-user", "1"),
                            Map.entry("limits.presence-calls", "3"),
                            Map.entry("limits.presence-bytes", "1KiB"),
                            Map.entry("limits.join-bytes", "2KiB"),
                            Map.entry("limits.feeds-per-user", "2")));

    @AfterAll
    static void stop() {
        RIG.close();
    }

    /// A user that no other test is.
    private static String user(String subject) {
        return RIG.tokenOf(subject);
    }

    private static LiveClient connect(String subject) {
        return LiveClient.connect(RIG.url(), user(subject));
    }

    private static JsonNode lastWords(LiveClient client, String topic) {
        client.await(
                "the end of " + topic,
                f -> f.get(2).asString().equals(topic) && f.get(3).asString().equals("phx_close"));
        return client.heard(topic, "system").getLast();
    }

    @Test
    void one_who_says_too_much_is_told_the_limit_and_its_channel_closes() {
        try (LiveClient client = connect("talker");
                LiveClient witness = connect("witness")) {
            client.join("realtime:talk", "{}");
            client.join("realtime:other", "{}");
            witness.join("realtime:talk", "{}");
            for (int i = 0; i < 100; i++) {
                client.send("realtime:talk", "broadcast", "{\"event\":\"e\",\"payload\":{}}");
            }
            JsonNode words = lastWords(client, "realtime:talk");
            assertThat(words.get("message").asString()).isEqualTo("Too many messages per second");
            assertThat(words.get("status").asString()).isEqualTo("error");
            assertThat(words.get("code").asString()).isEqualTo("limit.messages-per-user");
            assertThat(words.get("details").get("value").asInt()).isEqualTo(1);
            assertThat(words.get("retryAfter").asInt()).isEqualTo(1);
            // The connection, its other channels and everybody else live on.
            client.join("realtime:third", "{}");
            witness.send("realtime:talk", "broadcast", "{\"event\":\"e\",\"payload\":{}}");
        }
    }

    @Test
    void presence_beyond_the_limit_of_its_channel_closes_it() {
        try (LiveClient client = connect("tracker")) {
            client.join("realtime:here", "{\"presence\":{\"enabled\":true}}");
            for (int i = 0; i < 4; i++) {
                client.send(
                        "realtime:here",
                        "presence",
                        "{\"type\":\"presence\",\"event\":\"track\",\"payload\":{\"n\":"
                                + i
                                + "}}");
            }
            assertThat(lastWords(client, "realtime:here").get("message").asString())
                    .isEqualTo("Client presence rate limit exceeded");
        }
    }

    @Test
    void a_presence_that_is_too_large_closes_its_channel() {
        try (LiveClient client = connect("large")) {
            client.join("realtime:large", "{\"presence\":{\"enabled\":true}}");
            client.send(
                    "realtime:large",
                    "presence",
                    "{\"type\":\"presence\",\"event\":\"track\",\"payload\":{\"n\":\""
                            + "x".repeat(1_024)
                            + "\"}}");
            assertThat(lastWords(client, "realtime:large").get("message").asString())
                    .isEqualTo("Track message size exceeded");
        }
    }

    @Test
    void one_who_joins_without_end_is_cut_off_and_met_by_the_handshake() {
        try (LiveClient client = connect("joiner")) {
            JsonNode reply = joinUntilRefused(client);
            assertThat(reply.get("response").get("reason").asString())
                    .isEqualTo("ClientJoinRateLimitReached: Too many joins per second");
            assertThat(reply.get("response").get("details").get("limit").asString())
                    .isEqualTo("joins-per-user");
            client.awaitClosed(1001);
        }
        // Time gives a join back every second, and a slow machine may take that long.
        ServerRig.await("a handshake to be refused", LimitsJourneyTest::joinerIsRefused);
        try (LiveClient other = connect("not the joiner")) {
            other.join("realtime:j", "{}");
        }
    }

    private static JsonNode joinUntilRefused(LiveClient client) {
        try {
            for (int i = 0; i < 100; i++) {
                client.send(
                        "realtime:j" + i,
                        "phx_join",
                        "{\"config\":{\"feeds\":[{\"table\":\"x\"}]}}");
            }
        } catch (CompletionException e) {
            // The server has hung up already; what it said before is what counts.
            assertThat(e).hasCauseInstanceOf(IOException.class);
        }
        return client.await(
                        "the refusal",
                        f ->
                                f.get(3).asString().equals("phx_reply")
                                        && f.toString().contains("ClientJoinRateLimitReached"))
                .get(4);
    }

    private static boolean joinerIsRefused() {
        try (LiveClient client = connect("joiner")) {
            joinUntilRefused(client);
            return false;
        } catch (CompletionException e) {
            assertThat(e)
                    .cause()
                    .isInstanceOfSatisfying(
                            WebSocketHandshakeException.class,
                            refused -> {
                                HttpResponse<?> answer = refused.getResponse();
                                assertThat(answer.statusCode()).isEqualTo(429);
                                assertThat(answer.headers().firstValue("retry-after"))
                                        .contains("1");
                            });
            return true;
        }
    }

    @Test
    void connections_of_one_user_are_bounded() {
        try (LiveClient a = connect("many");
                LiveClient b = connect("many");
                LiveClient c = connect("many")) {
            LiveClient d = connect("many");
            assertThatThrownBy(() -> connect("many"))
                    .cause()
                    .isInstanceOf(WebSocketHandshakeException.class);
            d.close();
            ServerRig.await(
                    "room for another connection",
                    () -> {
                        try (LiveClient again = connect("many")) {
                            return again != a && again != b && again != c;
                        } catch (CompletionException _) {
                            return false;
                        }
                    });
        }
    }

    @Test
    void what_a_join_makes_the_server_keep_is_bounded() {
        try (LiveClient client = connect("hoarder")) {
            JsonNode reply =
                    client.join(
                            "realtime:keep",
                            "{\"presence\":{\"key\":\"" + "k".repeat(2_048) + "\"}}");
            assertThat(reply.get(4).get("response").get("reason").asString())
                    .startsWith("InvalidJoinPayload: ");
        }
    }

    @Test
    void feeds_of_one_user_are_bounded_and_come_free_again() {
        RIG.sql(
                "create table plants (id int primary key)",
                "alter table plants replica identity full",
                "grant select on plants to authenticated",
                "alter publication supabase_realtime add table plants");
        RIG.awaitPublished("plants");
        String feeds =
                "{\"feeds\":[{\"table\":\"plants\"},{\"table\":\"plants\",\"where\":\"id=gt.1\"}]}";
        try (LiveClient client = connect("gardener")) {
            assertThat(client.join("realtime:a", feeds).get(4).get("status").asString())
                    .isEqualTo("ok");
            JsonNode refused = client.join("realtime:b", feeds).get(4);
            assertThat(refused.get("response").get("code").asString())
                    .isEqualTo("limit.feeds-per-user");
            assertThat(refused.get("response").get("details").get("value").asInt()).isEqualTo(2);
            client.send("realtime:a", "phx_leave", "{}");
            assertThat(client.join("realtime:b", feeds).get(4).get("status").asString())
                    .isEqualTo("ok");
        }
    }

    @Test
    void broadcasts_by_rest_say_how_much_is_left_and_are_refused_beyond_it() throws Exception {
        HttpResponse<String> first = broadcast(40);
        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(first.headers().firstValue("x-rate-limit")).contains("1");
        assertThat(first.headers().firstValue("x-rate-limit-remaining")).isPresent();
        assertThat(broadcast(61).body())
                .contains("Too many messages to broadcast, please reduce the batch size");
        HttpResponse<String> refused = broadcast(40);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body())
                .contains("\"message\":\"Too many requests\"")
                .contains("\"limit\":\"messages-per-user\",\"value\":1");
        assertThat(refused.headers().firstValue("retry-after")).isPresent();
    }

    private static HttpResponse<String> broadcast(int count) throws Exception {
        String one = "{\"topic\":\"r\",\"event\":\"e\",\"payload\":{}}";
        String body = "{\"messages\":[" + (one + ",").repeat(count - 1) + one + "]}";
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(RIG.url() + "/realtime/v1/api/broadcast"))
                            .header("authorization", "Bearer " + user("poster"))
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}
