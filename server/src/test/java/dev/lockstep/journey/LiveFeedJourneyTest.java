package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A live feed from its first row on: what a client holds is what the table holds.
class LiveFeedJourneyTest {
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
        rig.sql("drop table if exists jobs");
        rig.awaitRefused("jobs", rig.serviceKey());
        rig.sql(
                "create table jobs (id int primary key, status text not null, note text,"
                        + " version int not null default 1)",
                "alter table jobs replica identity full",
                "grant select on jobs to authenticated",
                "alter publication supabase_realtime add table jobs");
        rig.awaitPublished("jobs");
    }

    private static LiveClient client() {
        return LiveClient.connect(rig.url(), rig.userToken());
    }

    @Test
    void the_first_load_holds_the_rows_of_the_filter_in_their_order() {
        rig.sql("insert into jobs values (1, 'open', 'a'), (2, 'done', 'b'), (3, 'open', null)");
        try (LiveClient client = client()) {
            FeedView view =
                    client.feed(
                            "realtime:f",
                            "{\"table\":\"jobs\",\"where\":\"status=eq.open\",\"order\":\"id.desc\","
                                    + "\"total\":true}");
            view.awaitReset("first");

            JsonNode reset = client.heard("realtime:f", "feed").getFirst();
            assertThat(reset.get("total").asInt()).isEqualTo(2);
            assertThat(reset.get("enter").toString())
                    .isEqualTo(
                            "[{\"id\":3,\"status\":\"open\",\"note\":null,\"version\":1},"
                                    + "{\"id\":1,\"status\":\"open\",\"note\":\"a\",\"version\":1}]");
        }
    }

    @Test
    void rows_enter_change_and_leave() {
        rig.sql("insert into jobs values (1, 'open', 'a')");
        try (LiveClient client = client()) {
            FeedView view =
                    client.feed("realtime:f", "{\"table\":\"jobs\",\"where\":\"status=eq.open\"}");
            view.awaitReset("first");

            rig.sql("insert into jobs values (2, 'open', 'b')");
            view.awaitRow("2", "note", "b");
            rig.sql("update jobs set note = 'c', version = 2 where id = 2");
            view.awaitRow("2", "note", "c");
            rig.sql("update jobs set status = 'done' where id = 1");
            view.awaitGone("1");
            rig.sql("delete from jobs where id = 2");
            view.awaitGone("2");

            String all = client.heard("realtime:f", "feed").toString();
            assertThat(all)
                    .contains(
                            "\"update\":[{\"key\":{\"id\":2},\"set\":{\"note\":\"c\",\"version\":2},"
                                    + "\"base\":{\"version\":1}}]")
                    .contains("\"leave\":[{\"key\":{\"id\":1},\"why\":\"left\"}]")
                    .contains("\"leave\":[{\"key\":{\"id\":2},\"why\":\"deleted\"}]");
        }
    }

    @Test
    void a_transaction_is_told_whole() {
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\"}");
            view.awaitReset("first");
            view.awaitToken();
            int before = view.steps();

            rig.sql("insert into jobs select n, 'open', 'x' from generate_series(1, 3000) n");
            view.awaitRow("3000", "note", "x");

            assertThat(view.rows()).hasSize(3_000);
            assertThat(view.steps() - before).isEqualTo(1);
        }
    }

    @Test
    void a_client_that_returns_with_its_token_gets_what_it_missed_and_nothing_else() {
        rig.sql("insert into jobs values (1, 'open', 'a'), (2, 'open', 'b')");
        String token;
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\"}");
            view.awaitReset("first");
            view.awaitToken();
            token = view.token();
        }
        rig.sql(
                "update jobs set note = 'missed' where id = 1",
                "delete from jobs where id = 2",
                "insert into jobs values (3, 'open', 'new')");
        try (LiveClient client = client()) {
            client.join(
                    "realtime:f", "{\"feeds\":[{\"table\":\"jobs\",\"since\":\"" + token + "\"}]}");
            client.await(
                    "three steps",
                    () ->
                            client.heard("realtime:f", "feed").stream()
                                                    .filter(f ->
                                                            f.has("enter")
                                                                    || f.has("update")
                                                                    || f.has("leave"))
                                                    .count()
                                            == 3
                                    ? this
                                    : null);
            String all = client.heard("realtime:f", "feed").toString();
            assertThat(all)
                    .doesNotContain("reset")
                    .contains("\"set\":{\"note\":\"missed\"}")
                    .contains("\"leave\":[{\"key\":{\"id\":2},\"why\":\"deleted\"}]")
                    .contains("\"enter\":[{\"id\":3");
        }
    }

    @Test
    void a_token_of_another_question_loads_afresh() {
        String token;
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\"}");
            view.awaitToken();
            token = view.token();
            client.join(
                    "realtime:g",
                    "{\"feeds\":[{\"table\":\"jobs\",\"where\":\"status=eq.open\",\"since\":\""
                            + token
                            + "\"}]}");
            new FeedView(client, "realtime:g").awaitReset("question");
        }
    }

    @Test
    void a_truncated_table_loads_afresh() {
        rig.sql("insert into jobs values (1, 'open', 'a')");
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\"}");
            view.awaitToken();

            rig.sql("truncate jobs");
            view.awaitReset("truncated");

            assertThat(view.rows()).isEmpty();
        }
    }

    @Test
    void a_transaction_larger_than_a_load_loads_afresh() {
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\",\"limit\":10}");
            view.awaitToken();

            rig.sql("insert into jobs select n, 'open', 'x' from generate_series(1, 12000) n");
            view.awaitReset("large");

            assertThat(view.rows()).hasSize(10);
        }
    }

    @Test
    void a_column_that_the_filter_needs_is_dropped_and_the_client_is_told() {
        try (LiveClient client = client()) {
            FeedView view =
                    client.feed("realtime:f", "{\"table\":\"jobs\",\"where\":\"note=eq.a\"}");
            view.awaitToken();

            rig.sql("alter table jobs drop column note", "insert into jobs values (1, 'open')");

            client.await("the end of the channel", f -> f.get(3).asString().equals("phx_error"));
        }
    }

    @Test
    void an_added_column_reaches_those_who_ask_for_all() {
        rig.sql("insert into jobs values (1, 'open', 'a')");
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\"}");
            view.awaitToken();

            rig.sql("alter table jobs add column colour text", "update jobs set colour = 'red'");

            view.awaitRow("1", "colour", "red");
        }
    }

    @Test
    void row_security_that_is_turned_on_ends_the_feed_before_the_next_row() {
        rig.sql("insert into jobs values (1, 'open', 'a')");
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\"}");
            view.awaitToken();

            rig.sql(
                    "alter table jobs enable row level security",
                    "insert into jobs values (2, 'open', 'forbidden')");
            view.awaitReset("rights");

            assertThat(view.rows()).isEmpty();
            assertThat(client.heard().toString()).doesNotContain("forbidden");
        }
    }

    @Test
    void a_column_that_is_revoked_is_not_sent_any_more() {
        rig.sql("insert into jobs values (1, 'open', 'a')");
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\"}");
            view.awaitToken();

            rig.sql(
                    "revoke select on jobs from authenticated",
                    "grant select (id, status, version) on jobs to authenticated",
                    "update jobs set note = 'forbidden', status = 'done'");
            view.awaitReset("rights");
            view.awaitRow("1", "status", "done");

            assertThat(client.heard().toString()).doesNotContain("forbidden");
            assertThat(view.rows().get("1").has("note")).isFalse();
        }
    }

    @Test
    void a_filter_that_only_postgresql_can_decide_is_followed() {
        try (LiveClient client = client()) {
            FeedView view =
                    client.feed(
                            "realtime:f", "{\"table\":\"jobs\",\"where\":\"note=match.^(ab)+$\"}");
            view.awaitReset("first");

            rig.sql("insert into jobs values (1, 'open', 'abab'), (2, 'open', 'aba')");
            view.awaitRow("1", "note", "abab");
            rig.sql("update jobs set note = 'ab' where id = 2");
            view.awaitRow("2", "note", "ab");
            rig.sql("update jobs set note = 'x' where id = 1");
            view.awaitGone("1");
        }
    }

    @Test
    void a_feed_that_gathers_tells_of_many_changes_of_a_row_in_one_step() {
        rig.sql(
                "insert into jobs values (1, 'open', 'a')",
                "insert into jobs values (2, 'x', 'y')");
        try (LiveClient client = client()) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"jobs\",\"batchMs\":3000}");
            view.awaitReset("first");
            view.awaitToken();
            // The first change after a silence is told at once.
            rig.sql("update jobs set note = 'b' where id = 1");
            view.awaitRow("1", "note", "b");
            int before = view.steps();

            List<String> changes = new ArrayList<>();
            for (int i = 2; i <= 100; i++) {
                changes.add(
                        "update jobs set note = '%d', version = %d where id = 1".formatted(i, i));
            }
            changes.add("update jobs set status = 'done' where id = 1");
            changes.add("insert into jobs values (3, 'open', 'for a moment')");
            changes.add("delete from jobs where id = 3");
            changes.add("delete from jobs where id = 2");
            rig.sql(changes.toArray(String[]::new));
            view.awaitGone("2");

            assertThat(view.steps() - before).isBetween(1, 50);
            assertThat(view.rows().get("1").toString())
                    .isEqualTo("{\"id\":1,\"status\":\"done\",\"note\":\"100\",\"version\":100}");
            assertThat(view.rows().keySet()).containsExactly("1");
        }
    }

    @Test
    void a_longer_time_to_gather_than_there_is_is_refused() {
        try (LiveClient client = client()) {
            JsonNode reply =
                    client.join(
                            "realtime:f", "{\"feeds\":[{\"table\":\"jobs\",\"batchMs\":10001}]}");

            assertThat(reply.toString())
                    .contains("batchMs is 10001: give a number from 0 to 10000");
        }
    }

    @Test
    void a_table_without_a_full_identity_is_refused_with_the_sql_that_mends_it() {
        rig.sql("alter table jobs replica identity default");

        ServerRig.await(
                "the refusal",
                () -> {
                    try (LiveClient client = client()) {
                        String reply =
                                client.join("realtime:f", "{\"feeds\":[{\"table\":\"jobs\"}]}")
                                        .get(4)
                                        .toString();
                        return reply.contains("\"status\":\"error\"")
                                && reply.contains("REPLICA IDENTITY FULL");
                    }
                });
    }

    /// Writers at full speed while clients come, go and return at random places: in the end each
    /// holds what the table holds, and none was told anything twice.
    @Test
    void clients_that_come_and_go_under_load_end_with_the_rows_of_the_table() throws Exception {
        long seed = new Random().nextLong();
        AtomicBoolean writing = new AtomicBoolean(true);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                Random random = new Random(seed + w);
                writers.add(threads.submit(() -> write(random, writing)));
            }
            List<Future<TreeMap<String, String>>> clients = new ArrayList<>();
            for (int c = 0; c < 12; c++) {
                Random random = new Random(seed + 100 + c);
                clients.add(threads.submit(() -> follow(random, writing)));
            }
            rig.awaitCount("select sum(version) from jobs", 4_000);
            writing.set(false);
            for (Future<?> writer : writers) {
                writer.get();
            }
            TreeMap<String, String> truth = new TreeMap<>();
            for (String row :
                    rig.database()
                            .values("select id || '=' || note from jobs where status = 'open'")) {
                String[] parts = java.util.Objects.requireNonNull(row).split("=", 2);
                truth.put(parts[0], parts[1]);
            }
            rig.sql("insert into jobs values (-1, 'open', 'end')");
            truth.put("-1", "end");
            for (Future<TreeMap<String, String>> client : clients) {
                assertThat(client.get()).as("seed %d", seed).isEqualTo(truth);
            }
        }
    }

    private static Void write(Random random, AtomicBoolean writing) throws Exception {
        try (Connection connection = rig.database().connection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                "insert into jobs values (?, ?, ?) on conflict (id) do update set"
                                        + " status = excluded.status, note = excluded.note,"
                                        + " version = jobs.version + 1")) {
            while (writing.get()) {
                connection.setAutoCommit(false);
                for (int i = random.nextInt(4); i >= 0; i--) {
                    statement.setInt(1, random.nextInt(200));
                    statement.setString(2, random.nextBoolean() ? "open" : "done");
                    statement.setString(3, Long.toString(random.nextLong()));
                    statement.addBatch();
                }
                try {
                    statement.executeBatch();
                    connection.commit();
                } catch (java.sql.BatchUpdateException e) {
                    // Two writers met in opposite order; one of them gave way.
                    connection.rollback();
                }
            }
        }
        return null;
    }

    private static TreeMap<String, String> follow(Random random, AtomicBoolean writing) {
        String request = "{\"table\":\"jobs\",\"where\":\"status=eq.open\"";
        FeedView held = null;
        TreeMap<String, tools.jackson.databind.node.ObjectNode> rows = new TreeMap<>();
        String token = "";
        while (true) {
            boolean last = !writing.get();
            try (LiveClient client = client()) {
                String since = token.isEmpty() ? "}" : ",\"since\":\"" + token + "\"}";
                client.join("realtime:f", "{\"feeds\":[" + request + since + "]}");
                FeedView view = new FeedView(client, "realtime:f");
                if (!token.isEmpty()) {
                    view.rows().putAll(rows);
                }
                held = view;
                if (last) {
                    view.awaitRow("-1", "note", "end");
                    TreeMap<String, String> result = new TreeMap<>();
                    view.rows().forEach((key, row) -> result.put(key, row.get("note").asString()));
                    return result;
                }
                long until = System.nanoTime() + random.nextLong(600_000_000L);
                client.await("a while", () -> System.nanoTime() > until ? view : null);
            }
            held.update();
            rows = held.rows();
            token = held.token();
        }
    }
}
