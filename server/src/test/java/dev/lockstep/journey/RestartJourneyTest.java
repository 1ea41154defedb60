package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.postgres.embedded.ShutdownMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Whatever ends and begins again, a client that comes back misses nothing and hears nothing twice.
/// The rows count themselves.
class RestartJourneyTest {
    private static ServerRig rig;

    @BeforeAll
    static void start() {
        rig = ServerRig.startOn(TestDatabase.ownServer(Map.of()));
        rig.sql(
                "create table steps (id int primary key, note text)",
                "alter table steps replica identity full",
                "grant select on steps to authenticated",
                "alter publication supabase_realtime add table steps");
        rig.awaitPublished("steps");
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void empty() {
        rig.sql("delete from steps");
    }

    /// Follows the table, has something happen, writes more, and says which rows came since.
    private static List<Integer> heardAcross(Runnable event) {
        String token;
        try (LiveClient client = LiveClient.connect(rig.url(), rig.userToken())) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"steps\"}");
            view.awaitToken();
            rig.sql("insert into steps select n from generate_series(1, 10) n");
            view.awaitRow("10", "id", "10");
            token = view.token();
        }
        rig.sql("insert into steps select n from generate_series(11, 20) n");
        event.run();
        rig.sql("insert into steps select n from generate_series(21, 30) n");
        try (LiveClient client = LiveClient.connect(rig.url(), rig.userToken())) {
            client.join(
                    "realtime:f",
                    "{\"feeds\":[{\"table\":\"steps\",\"since\":\"" + token + "\"}]}");
            client.await(
                    "the last row",
                    f -> f.toString().contains("\"enter\"") && f.toString().contains("\"id\":30,"));
            assertThat(client.heard("realtime:f", "feed").toString()).doesNotContain("reset");
            List<Integer> ids = new ArrayList<>();
            for (JsonNode frame : client.heard("realtime:f", "feed")) {
                frame.path("enter").forEach(row -> ids.add(row.get("id").asInt()));
            }
            return ids;
        }
    }

    private static void assertNothingMissedNorTwice(List<Integer> heard) {
        assertThat(heard).isEqualTo(IntStream.rangeClosed(11, 30).boxed().toList());
    }

    @Test
    void a_restart_of_the_server_loses_and_repeats_nothing() {
        assertNothingMissedNorTwice(heardAcross(rig::restart));
    }

    @Test
    void a_fast_restart_of_postgresql_loses_and_repeats_nothing() {
        assertNothingMissedNorTwice(
                heardAcross(() -> rig.database().server().restart(ShutdownMode.FAST)));
    }

    @Test
    void an_immediate_restart_of_postgresql_loses_and_repeats_nothing() {
        assertNothingMissedNorTwice(
                heardAcross(() -> rig.database().server().restart(ShutdownMode.IMMEDIATE)));
    }

    @Test
    void a_killed_walsender_loses_and_repeats_nothing() {
        assertNothingMissedNorTwice(
                heardAcross(() ->
                        rig.sql(
                                "select pg_terminate_backend(active_pid)"
                                        + " from pg_replication_slots where active")));
    }

    @Test
    void a_lost_slot_is_a_new_epoch_and_loads_afresh() {
        try (LiveClient client = LiveClient.connect(rig.url(), rig.userToken())) {
            FeedView view = client.feed("realtime:f", "{\"table\":\"steps\"}");
            view.awaitToken();

            rig.sql("insert into steps values (1)");
            rig.dropSlot();
            rig.sql("insert into steps values (2)");
            view.awaitReset("epoch");

            view.awaitRow("2", "id", "2");
            assertThat(view.rows().keySet()).containsExactly("1", "2");
        }
    }

    /// What a client that only speaks `postgres_changes` is told: it cannot come back by itself.
    @Test
    void a_lost_slot_ends_channels_that_cannot_load_afresh() {
        try (LiveClient client = LiveClient.connect(rig.url(), rig.userToken())) {
            client.join(
                    "realtime:n",
                    "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\","
                            + "\"table\":\"steps\"}]}");
            client.awaitSubscribed("realtime:n");

            rig.dropSlot();

            client.await("the channel's end", f -> f.get(3).asString().equals("phx_error"));
            assertThat(client.heard("realtime:n", "system").toString())
                    .contains("Changes may have been lost");
        }
    }
}
