package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// `postgres_changes`: every committed row, in order, to whoever asked for it and nobody else.
class ChangesJourneyTest {
    private static final String ALL =
            "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\",\"table\":\"notes\"}]}";
    private static ServerRig rig;

    @BeforeAll
    static void start() {
        rig = ServerRig.start();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void table() {
        // The server forgets the last test's table first, so that it is not taken for this one's.
        rig.sql("drop table if exists notes, extra");
        rig.awaitRefused("notes", rig.serviceKey());
        rig.sql(
                "create table notes (id int primary key, body text, kind text)",
                "grant select on notes to anon, authenticated",
                "alter publication supabase_realtime add table notes");
        rig.awaitPublished("notes");
    }

    private static LiveClient client() {
        return LiveClient.connect(rig.url(), rig.anonKey());
    }

    private static List<JsonNode> changes(LiveClient client) {
        return client.heard("realtime:n", "postgres_changes");
    }

    private static List<JsonNode> awaitChanges(LiveClient client, int count) {
        return client.await(
                count + " changes", () -> changes(client).size() >= count ? changes(client) : null);
    }

    @Test
    void a_row_that_is_committed_after_subscribed_was_said_always_comes() {
        for (int i = 0; i < 20; i++) {
            try (LiveClient client = client()) {
                client.join("realtime:n", ALL);
                client.awaitSubscribed("realtime:n");
                rig.sql("insert into notes values (" + i + ", 'x', null)");
                assertThat(awaitChanges(client, 1)).hasSize(1);
            }
        }
    }

    @Test
    void a_table_that_was_made_this_moment_can_be_followed() {
        for (int i = 0; i < 5; i++) {
            rig.sql(
                    "create table extra (id int primary key)",
                    "grant select on extra to anon",
                    "alter publication supabase_realtime add table extra");
            try (LiveClient client = client()) {
                client.join(
                        "realtime:n",
                        "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\","
                                + "\"table\":\"extra\"}]}");
                assertThat(
                                client.await("an answer", f -> f.get(3).asString().equals("system"))
                                        .toString())
                        .contains("Subscribed to PostgreSQL");
                rig.sql("insert into extra values (1)");
                awaitChanges(client, 1);
            }
            rig.sql("drop table extra");
        }
    }

    @Test
    void twenty_thousand_rows_of_one_transaction_come_in_order_and_once() {
        try (LiveClient client = client()) {
            client.join("realtime:n", ALL);
            client.awaitSubscribed("realtime:n");

            rig.sql("insert into notes select n, 'b', 'k' from generate_series(1, 20000) n");

            List<Integer> ids =
                    awaitChanges(client, 20_000).stream()
                            .map(c -> c.get("data").get("record").get("id").asInt())
                            .toList();
            assertThat(ids).isEqualTo(IntStream.rangeClosed(1, 20_000).boxed().toList());
        }
    }

    @Test
    void several_bindings_are_one_message_with_all_ids_and_other_columns_a_message_of_their_own() {
        try (LiveClient client = client()) {
            JsonNode reply =
                    client.join(
                            "realtime:n",
                            "{\"postgres_changes\":["
                                    + "{\"event\":\"*\",\"schema\":\"public\",\"table\":\"notes\"},"
                                    + "{\"event\":\"INSERT\",\"schema\":\"public\",\"table\":\"notes\","
                                    + "\"filter\":\"kind=eq.a\"},"
                                    + "{\"event\":\"*\",\"schema\":\"public\",\"table\":\"notes\","
                                    + "\"select\":[\"body\"]}]}");
            client.awaitSubscribed("realtime:n");

            rig.sql("insert into notes values (1, 'x', 'a')");

            List<JsonNode> both = awaitChanges(client, 2);
            JsonNode given = reply.get(4).get("response").get("postgres_changes");
            assertThat(both.get(0).get("ids").toString())
                    .isEqualTo("[" + given.get(0).get("id") + "," + given.get(1).get("id") + "]");
            assertThat(both.get(1).get("ids").toString())
                    .isEqualTo("[" + given.get(2).get("id") + "]");
            assertThat(both.get(1).get("data").get("record").toString())
                    .isEqualTo("{\"id\":1,\"body\":\"x\"}");
        }
    }

    @Test
    void a_filter_that_only_postgresql_can_decide_is_followed_in_order() {
        try (LiveClient client = client()) {
            client.join(
                    "realtime:n",
                    "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\","
                            + "\"table\":\"notes\",\"filter\":\"body=match.^[a-c]+$\"}]}");
            client.awaitSubscribed("realtime:n");

            rig.sql(
                    "insert into notes values (1, 'abc', null)",
                    "insert into notes values (2, 'xyz', null)",
                    "insert into notes values (3, 'cab', null)");

            assertThat(awaitChanges(client, 2))
                    .extracting(c -> c.get("data").get("record").get("id").asInt())
                    .containsExactly(1, 3);
        }
    }

    @Test
    void a_table_without_a_key_is_told_of_but_not_shown() {
        rig.sql(
                "create table extra (body text)",
                "alter table extra replica identity full",
                "grant select on extra to anon",
                "alter publication supabase_realtime add table extra");
        rig.awaitPublished("extra");
        try (LiveClient client = client()) {
            client.join(
                    "realtime:n",
                    "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\","
                            + "\"table\":\"extra\",\"filter\":\"body=eq.other\"}]}");
            client.awaitSubscribed("realtime:n");

            rig.sql("insert into extra values ('hidden')", "delete from extra");
            rig.sql("insert into extra values ('other')", "delete from extra");

            List<JsonNode> three = awaitChanges(client, 3);
            assertThat(three.get(0).get("data").toString())
                    .contains("\"errors\":[\"Error 400: Bad Request, no primary key\"]")
                    .contains("\"record\":{}")
                    .doesNotContain("hidden");
            assertThat(three.get(2).get("data").get("old_record").toString())
                    .isEqualTo("{\"body\":\"other\"}");
        }
    }

    @Test
    void a_table_that_is_published_later_reaches_a_wildcard() {
        try (LiveClient client = client()) {
            client.join(
                    "realtime:n",
                    "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\"}]}");
            client.awaitSubscribed("realtime:n");

            rig.sql(
                    "create table extra (id int primary key)",
                    "grant select on extra to anon",
                    "alter publication supabase_realtime add table extra");
            client.await(
                    "the second subscription",
                    () -> client.heard("realtime:n", "system").size() >= 2 ? this : null);
            rig.sql("insert into extra values (7)");

            assertThat(awaitChanges(client, 1).getFirst().get("data").get("table").asString())
                    .isEqualTo("extra");
        }
    }

    @Test
    void of_a_table_with_row_security_and_no_policy_nothing_is_sent() {
        rig.sql("alter table notes enable row level security");
        try (LiveClient client = client();
                LiveClient service = LiveClient.connect(rig.url(), rig.serviceKey())) {
            client.join("realtime:n", ALL);
            client.awaitSubscribed("realtime:n");
            service.join("realtime:n", ALL);
            service.awaitSubscribed("realtime:n");

            rig.sql("insert into notes values (1, 'forbidden', null)");
            awaitChanges(service, 1);
            rig.sql(
                    "alter table notes disable row level security",
                    "insert into notes values (2, 'for all', null)");

            assertThat(awaitChanges(client, 1)).hasSize(1);
            assertThat(client.heard().toString()).doesNotContain("forbidden");
        }
    }

    @Test
    void a_reader_that_stops_is_caught_up_when_it_reads_again_and_harms_nobody() throws Exception {
        try (StoppingReader reader = StoppingReader.connect(rig.url(), rig.anonKey());
                LiveClient other = client()) {
            reader.join("realtime:n", ALL);
            reader.awaitText("Subscribed to PostgreSQL");
            other.join("realtime:n", ALL);
            other.awaitSubscribed("realtime:n");
            String body = "b".repeat(2_000);

            reader.stop();
            for (int i = 0; i < 20; i++) {
                rig.sql(
                        "insert into notes select n, '%s', 'k' from generate_series(%d, %d) n"
                                .formatted(body, i * 500, i * 500 + 499));
            }
            awaitChanges(other, 10_000);
            reader.resume();
            reader.awaitText("\"id\":9999");

            List<Integer> expected = IntStream.range(0, 10_000).boxed().toList();
            assertThat(reader.ids()).isEqualTo(expected);
        }
    }

    @Test
    void an_expired_token_closes_the_channel_and_not_the_connection() {
        try (LiveClient client = client()) {
            String token = rig.token("authenticated", java.time.Duration.ofSeconds(2));
            client.send(
                    "realtime:n", "phx_join", "{\"config\":{},\"access_token\":\"" + token + "\"}");

            client.await("the end of the channel", f -> f.get(3).asString().equals("phx_close"));
            client.send("phoenix", "heartbeat", "{}");

            client.await("a heartbeat's answer", f -> f.get(2).asString().equals("phoenix"));
            assertThat(client.heard("realtime:n", "system").toString())
                    .contains("Token has expired");
        }
    }

    @Test
    void many_members_of_one_topic_hear_the_same() {
        List<LiveClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                LiveClient client = client();
                clients.add(client);
                client.join("realtime:n", ALL);
            }
            clients.forEach(client -> client.awaitSubscribed("realtime:n"));

            rig.sql("insert into notes values (1, 'x', 'a')", "delete from notes");

            for (LiveClient client : clients) {
                assertThat(awaitChanges(client, 2)).hasSize(2);
            }
        } finally {
            clients.forEach(LiveClient::close);
        }
    }
}
