package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.postgres.embedded.ShutdownMode;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What can break, broken under load: in the end each client holds the rows of its filter, it was
/// told nothing twice and nothing was left out, and nobody loaded afresh who did not have to.
class FaultsTest {
    private static final int PARTS = 5;
    private static final long PAUSE = 2_000_000;
    private static final long PATIENCE_SECONDS = 20;

    private static ServerRig rig;
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final List<Follower> followers = new ArrayList<>();
    private Writers writers;

    @BeforeAll
    static void start() {
        rig =
                ServerRig.startProcess(
                        TestDatabase.ownServer(Map.of()),
                        Map.of("channel.token-every", "1s"),
                        settings -> ServerProcess.start(settings, "384m"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void load() {
        rig.sql("drop table if exists steps, other");
        rig.awaitRefused("steps", rig.serviceKey());
        rig.sql(Writers.table("steps"));
        rig.awaitPublished("steps");
        writers = Writers.start(rig.database(), "steps", PARTS, 3, PAUSE, seed);
    }

    @AfterEach
    void end() {
        writers.close();
        followers.forEach(Follower::close);
    }

    private Follower follow(Supplier<URI> server, int part) {
        Follower follower =
                new Follower(
                                server,
                                rig.tokenOf(UUID.randomUUID().toString()),
                                Writers.REQUEST.formatted("steps", part),
                                List.of("id"))
                        .begin();
        followers.add(follower);
        return follower;
    }

    private void followAll(Supplier<URI> server, int count) {
        for (int i = 0; i < count; i++) {
            follow(server, i % PARTS);
        }
        followers.forEach(
                f -> f.await("a token", held -> !held.token().isEmpty(), PATIENCE_SECONDS));
    }

    private void awaitWritten(long more) {
        long until = writers.transactions() + more;
        ServerRig.await(more + " transactions", () -> writers.transactions() >= until);
    }

    /// All hold the truth, and came to it step by step.
    private void assertNothingLostNorTwice() {
        writers.finish();
        for (int i = 0; i < followers.size(); i++) {
            TreeMap<String, String> truth = writers.truth(i % PARTS);
            Follower follower = followers.get(i);
            follower.await(
                    "the rows of part " + i % PARTS + ", seed " + seed,
                    _ -> follower.column("n").equals(truth),
                    PATIENCE_SECONDS);
            assertThat(follower.faults()).as("seed %d", seed).isEmpty();
        }
    }

    private void assertNobodyLoadedAfresh() {
        for (Follower follower : followers) {
            assertThat(follower.resets()).as("seed %d", seed).containsOnly("first");
        }
    }

    @Test
    void a_server_that_is_killed_again_and_again_loses_and_repeats_nothing() {
        followAll(rig::url, 20);
        for (int i = 0; i < 3; i++) {
            awaitWritten(random.nextInt(300));
            rig.restart();
        }
        awaitWritten(50);
        assertNothingLostNorTwice();
        assertNobodyLoadedAfresh();
    }

    @Test
    void postgresql_that_restarts_fast_and_at_once_loses_and_repeats_nothing() {
        followAll(rig::url, 20);
        awaitWritten(random.nextInt(200));
        rig.database().server().restart(ShutdownMode.FAST);
        awaitWritten(random.nextInt(200));
        rig.database().server().restart(ShutdownMode.IMMEDIATE);
        awaitWritten(100);
        assertNothingLostNorTwice();
        assertNobodyLoadedAfresh();
    }

    @Test
    void a_walsender_that_is_ended_again_and_again_loses_and_repeats_nothing() {
        followAll(rig::url, 20);
        for (int i = 0; i < 5; i++) {
            awaitWritten(random.nextInt(200));
            rig.sql(
                    "select pg_terminate_backend(active_pid) from pg_replication_slots"
                            + " where active");
        }
        awaitWritten(50);
        assertNothingLostNorTwice();
        assertNobodyLoadedAfresh();
    }

    @Test
    void a_line_that_is_slow_and_breaks_in_the_middle_of_frames_loses_and_repeats_nothing() {
        try (TcpProxy proxy = new TcpProxy(rig.url())) {
            followAll(proxy::url, 20);
            // Like packets that are lost now and then, and sent again a little later.
            proxy.delay(
                    () -> ThreadLocalRandom.current().nextInt(20) == 0 ? 300_000_000 : 1_000_000);
            for (int i = 0; i < 20; i++) {
                awaitWritten(random.nextInt(60));
                proxy.breakAfter(random.nextInt(20_000));
                followers.get(random.nextInt(followers.size())).cut();
            }
            proxy.freeze();
            awaitWritten(100);
            proxy.cutAll();
            proxy.thaw();
            awaitWritten(100);
            proxy.delay(() -> 0);
            assertNothingLostNorTwice();
            assertNobodyLoadedAfresh();
        }
    }

    @Test
    void a_thousand_clients_that_come_back_at_once_are_all_live_again_and_miss_nothing() {
        int bound = 16; // database.pool-size, as it is when nobody sets it
        // A hundred changes a second, so that this machine has time for a thousand clients too.
        writers.pause(75_000_000);
        followAll(rig::url, 1_000);
        awaitWritten(50);
        List<Integer> before = followers.stream().map(Follower::connections).toList();

        followers.forEach(Follower::cut);
        ServerRig.await(
                "all to be back",
                PATIENCE_SECONDS,
                () -> {
                    String used =
                            rig.database()
                                    .value(
                                            "select count(*) from pg_stat_activity where usename = 'authenticator'");
                    assertThat(Integer.parseInt(Objects.requireNonNull(used)))
                            .isLessThanOrEqualTo(bound);
                    for (int i = 0; i < before.size(); i++) {
                        if (followers.get(i).connections() <= before.get(i)) {
                            return false;
                        }
                    }
                    return true;
                });

        awaitWritten(50);
        assertNothingLostNorTwice();
        assertNobodyLoadedAfresh();
    }

    @Test
    void a_slot_that_is_dropped_is_a_new_epoch_and_everybody_loads_afresh() {
        followAll(rig::url, 10);
        awaitWritten(50);
        rig.dropSlot();
        followers.forEach(f ->
                f.await("a new epoch", held -> held.resets().contains("epoch"), PATIENCE_SECONDS));
        awaitWritten(50);
        writers.finish();
        for (int i = 0; i < followers.size(); i++) {
            TreeMap<String, String> truth = writers.truth(i % PARTS);
            Follower follower = followers.get(i);
            follower.await("the rows", _ -> follower.column("n").equals(truth), PATIENCE_SECONDS);
        }
    }

    /// What the log tells while a standby that must agree is away is not yet visible to anybody's
    /// SELECT: a first load and the log have to meet all the same.
    @Test
    void a_synchronous_standby_that_is_away_takes_nothing_from_those_who_join_meanwhile() {
        followAll(rig::url, 5);
        awaitWritten(100);
        try {
            rig.sql(
                    "alter system set synchronous_standby_names = 'ghost'",
                    "select pg_reload_conf()");
            ServerRig.await(
                    "commits to hang",
                    () ->
                            "3"
                                    .equals(
                                            rig.database()
                                                    .value(
                                                            "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")));
            followAll(rig::url, 10);
        } finally {
            rig.sql("alter system reset synchronous_standby_names", "select pg_reload_conf()");
        }
        awaitWritten(50);
        assertNothingLostNorTwice();
        assertNobodyLoadedAfresh();
    }

    @Test
    void what_is_done_to_one_table_is_told_to_its_followers_and_leaves_the_others_alone() {
        followAll(rig::url, 10);
        rig.sql(Writers.table("other"));
        rig.awaitPublished("other");
        Writers others = Writers.start(rig.database(), "other", 1, 1, PAUSE, seed + 100);
        Follower other =
                new Follower(
                                rig::url,
                                rig.tokenOf(UUID.randomUUID().toString()),
                                Writers.REQUEST.formatted("other", 0),
                                List.of("id"))
                        .begin();
        try (others;
                other) {
            other.await("a token", held -> !held.token().isEmpty(), PATIENCE_SECONDS);
            rig.sql("truncate other");
            other.await(
                    "to load afresh",
                    held -> held.resets().contains("truncated"),
                    PATIENCE_SECONDS);
            rig.sql("alter table other drop column note, add column note text default 'new'");
            other.await(
                    "the new column",
                    held ->
                            !held.rows().isEmpty()
                                    && held.rows().values().stream()
                                            .anyMatch(row ->
                                                    "new".equals(row.path("note").asString(""))
                                                            || row.has("note")),
                    40);
            rig.sql("alter publication supabase_realtime drop table other");
            other.await("a refusal", _ -> !other.refusals().isEmpty(), PATIENCE_SECONDS);
            rig.sql("alter publication supabase_realtime add table other");
            others.finish();
            TreeMap<String, String> truth = others.truth(0);
            other.await("the rows", _ -> other.column("n").equals(truth), PATIENCE_SECONDS);
            int refusals = other.refusals().size();
            rig.sql("drop table other");
            other.await("a refusal", _ -> other.refusals().size() > refusals, PATIENCE_SECONDS);
        }
        assertNothingLostNorTwice();
        assertNobodyLoadedAfresh();
    }

    @Test
    void two_hundred_thousand_rows_in_one_transaction_starve_nobody() throws Exception {
        followAll(rig::url, 10);
        Thread large =
                Thread.ofVirtual()
                        .start(() ->
                                rig.sql(
                                        "insert into steps select n, 100, n, repeat('x', 100), 1 from generate_series(1000, 200999) n"));
        while (large.isAlive()) {
            long steps = followers.getFirst().steps();
            awaitWritten(30);
            followers.getFirst().await("small ones to come", held -> held.steps() > steps, 10);
        }
        large.join();
        awaitWritten(100);
        assertNothingLostNorTwice();
        assertNobodyLoadedAfresh();
    }
}
