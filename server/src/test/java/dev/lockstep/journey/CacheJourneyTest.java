package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the read cache keeps, what it does not, and what ends an answer's life.
class CacheJourneyTest {
    private static final ServerRig RIG =
            ServerRig.start(Map.of("cache.except-tables", "public.excepted"));
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void tables() {
        RIG.sql(
                "create table notes (id int primary key, team text not null, word text,"
                        + " at timestamptz default '2020-01-01')",
                "insert into notes values (1, 'a', 'one'), (2, 'b', 'two')",
                "create table lines (id int primary key, note int references notes, qty int)",
                "insert into lines values (1, 1, 5)",
                "alter table notes enable row level security",
                "create policy team on notes for select to authenticated"
                        + " using (team = (auth.jwt() ->> 'team'))",
                "create table excepted (id int primary key)",
                "create table hidden (id int primary key)",
                "create table part (id int primary key)",
                "create view noted as select id, word from notes",
                "create view timed as select id, now() as now from notes",
                "create view hiding as select n.id from notes n join hidden h on h.id = n.id",
                "create function words() returns setof text language sql stable"
                        + " as 'select word from notes order by id'",
                "create function moved() returns int language plpgsql volatile"
                        + " as 'begin return 1; end'",
                "create function shout(notes) returns text language sql stable"
                        + " as 'select upper($1.word)'",
                "create function dice(notes) returns float8 language sql volatile"
                        + " as 'select random()'",
                "create function since(d timestamptz default now()) returns timestamptz language sql"
                        + " stable as 'select d'",
                "alter publication supabase_realtime add table notes, lines, excepted,"
                        + " part where (id > 1)");
        RIG.awaitPublished("lines");
    }

    @AfterAll
    static void stop() {
        HTTP.close();
        RIG.close();
    }

    private static CacheClient as(Map<String, Object> claims) {
        return new CacheClient(RIG, HTTP, RIG.token(claims));
    }

    private static CacheClient team(String team) {
        return as(Map.of("role", "authenticated", "sub", "someone", "team", team));
    }

    private static CacheClient service() {
        return new CacheClient(RIG, HTTP, RIG.serviceKey());
    }

    @Test
    void an_answer_is_kept_until_a_row_of_its_tables_changes() {
        CacheClient client = service();
        String path = "/notes?select=word&id=eq.1";
        String before = client.awaitHit(path).body();
        RIG.sql("update notes set word = word || '!' where id = 1");
        ServerRig.await("the new row", () -> !client.get(path).body().equals(before));
        assertThat(client.awaitHit(path).body()).isEqualTo(before.replace("\"}]", "!\"}]"));
    }

    @Test
    void who_writes_through_this_server_reads_it_at_once() {
        CacheClient client = service();
        for (int i = 0; i < 200; i++) {
            client.send("PATCH", "/lines?id=eq.1", "{\"qty\":" + i + "}");
            assertThat(client.get("/lines?select=qty&id=eq.1").body())
                    .isEqualTo("[{\"qty\":" + i + "}]");
        }
    }

    @Test
    void an_embed_stands_on_both_tables() {
        CacheClient client = service();
        String path = "/notes?select=id,lines(note)&id=eq.2";
        assertThat(client.awaitHit(path).body()).isEqualTo("[{\"id\":2,\"lines\":[]}]");
        client.send("POST", "/lines", "{\"id\":77,\"note\":2}");
        assertThat(client.get(path).body()).isEqualTo("[{\"id\":2,\"lines\":[{\"note\":2}]}]");
    }

    @Test
    void people_whose_claims_differ_where_a_policy_looks_share_nothing() {
        String path = "/notes?select=id&order=id";
        assertThat(team("a").awaitHit(path).body()).isEqualTo("[{\"id\":1}]");
        assertThat(team("b").get(path).body()).isEqualTo("[{\"id\":2}]");
        assertThat(as(Map.of("role", "authenticated")).get(path).body()).isEqualTo("[]");
        assertThat(as(Map.of("role", "authenticated", "team", 1)).get(path).body()).isEqualTo("[]");
        assertThat(service().get(path).body()).isEqualTo("[{\"id\":1},{\"id\":2}]");
        assertThat(team("b").awaitHit(path).body()).isEqualTo("[{\"id\":2}]");
    }

    @Test
    void people_whose_claims_differ_elsewhere_share_an_answer() {
        String path = "/notes?select=id&order=id&limit=9";
        team("a").awaitHit(path);
        assertThat(
                        as(Map.of("role", "authenticated", "sub", "somebody else", "team", "a"))
                                .get(path)
                                .cache())
                .isEqualTo("hit");
    }

    @Test
    void views_and_functions_are_looked_through() {
        CacheClient client = service();
        assertThat(client.awaitHit("/noted?id=eq.2").body()).contains("two");
        assertThat(client.awaitHit("/rpc/words").body()).contains("two");
        assertThat(client.awaitHit("/notes?select=shout&id=eq.2").body()).contains("TWO");
        client.send("PATCH", "/notes?id=eq.2", "{\"word\":\"two\"}");
        assertThat(client.get("/rpc/words").cache()).isEqualTo("miss");
    }

    @Test
    void what_depends_on_more_than_rows_and_claims_is_not_kept() {
        Map<String, String> reasons =
                Map.ofEntries(
                        Map.entry("/timed", "function"),
                        Map.entry("/rpc/moved", "function"),
                        Map.entry("/rpc/since", "function"),
                        Map.entry("/notes?select=dice", "function"),
                        Map.entry("/notes?select=word::timestamptz&id=eq.0", "function"),
                        Map.entry("/notes?at=lt.now", "moment"),
                        Map.entry("/notes?at=in.(\"2020-01-01\",\"Today 12:00\")", "moment"),
                        Map.entry("/hidden", "unpublished"),
                        Map.entry("/part", "unpublished"),
                        Map.entry("/hiding", "unpublished"),
                        Map.entry("/excepted", "excepted"));
        reasons.forEach((path, reason) -> {
            for (int i = 0; i < 2; i++) {
                CacheClient.Answer answer = service().get(path);
                assertThat(answer.status()).as(path + " " + answer.body()).isEqualTo(200);
                assertThat(answer.cache()).as(path).isEqualTo("bypass; reason=" + reason);
            }
        });
        assertThat(service().get("/lines", "Prefer", "count=planned").cache())
                .isEqualTo("bypass; reason=estimate");
    }

    @Test
    void a_caller_may_ask_for_the_database() {
        CacheClient client = service();
        client.awaitHit("/lines?id=eq.1");
        assertThat(client.get("/lines?id=eq.1", "Cache-Control", "no-cache").cache())
                .isEqualTo("bypass; reason=request");
    }

    @Test
    void what_the_asker_has_already_is_not_sent_again() {
        CacheClient client = service();
        CacheClient.Answer answer = client.get("/notes?id=eq.2");
        String tag = answer.header("etag");
        assertThat(tag).matches("\"[\\w-]{22}\"");
        assertThat(answer.header("cache-control")).isEqualTo("private, no-cache");
        CacheClient.Answer again = client.get("/notes?id=eq.2", "If-None-Match", "\"x\", W/" + tag);
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.header("etag")).isEqualTo(tag);
        assertThat(client.get("/notes?id=eq.1", "If-None-Match", tag).status()).isEqualTo(200);
        assertThat(client.get("/timed?select=id&id=eq.2", "If-None-Match", "*").status())
                .as("also of what is not kept")
                .isEqualTo(304);
    }

    @Test
    void requests_that_differ_in_what_is_heeded_are_different_questions() {
        CacheClient client = service();
        String path = "/notes?select=id&order=id";
        client.awaitHit(path);
        assertThat(client.get(path, "Range", "0-0").body()).isEqualTo("[{\"id\":1}]");
        assertThat(client.get(path, "Accept", "text/csv").body()).startsWith("id");
        assertThat(client.get(path, "Prefer", "count=exact").header("content-range"))
                .isEqualTo("0-1/2");
        assertThat(client.get("/notes?order=id&select=id").cache())
                .as("an order of parameters that says nothing")
                .isEqualTo("hit");
    }

    @Test
    void truncate_ends_every_answer_of_the_table() {
        RIG.sql(
                "create table gone (id int primary key)",
                "insert into gone values (1)",
                "alter publication supabase_realtime add table gone");
        CacheClient client = service();
        assertThat(client.awaitHit("/gone").body()).isEqualTo("[{\"id\":1}]");
        RIG.sql("truncate gone");
        ServerRig.await("no rows", () -> client.get("/gone").body().equals("[]"));
        assertThat(client.awaitHit("/gone").body()).isEqualTo("[]");
    }

    @Test
    void ddl_ends_what_was_known_of_shapes() {
        RIG.sql(
                "create table shaped (id int primary key)",
                "insert into shaped values (1)",
                "alter publication supabase_realtime add table shaped");
        CacheClient client = service();
        client.awaitHit("/shaped");
        RIG.sql("alter table shaped add column word text default 'x'");
        ServerRig.await(
                "the column",
                () -> client.get("/shaped").body().equals("[{\"id\":1,\"word\":\"x\"}]"));
        client.awaitHit("/shaped");
        RIG.sql("alter publication supabase_realtime drop table shaped");
        ServerRig.await(
                "the table to be read anew",
                () -> client.get("/shaped").cache().equals("bypass; reason=unpublished"));
    }

    @Test
    void rights_that_are_taken_away_hold_for_what_was_kept() {
        RIG.sql(
                "create table rights (id int primary key, open bool)",
                "insert into rights values (1, true), (2, false)",
                "alter publication supabase_realtime add table rights");
        CacheClient client = team("a");
        String path = "/rights?select=id&order=id";
        assertThat(client.awaitHit(path).body()).isEqualTo("[{\"id\":1},{\"id\":2}]");

        RIG.sql(
                "alter table rights enable row level security",
                "create policy open on rights for select to authenticated using (open)");
        ServerRig.await("the policy", () -> client.get(path).body().equals("[{\"id\":1}]"));
        client.awaitHit(path);

        RIG.sql("revoke select on rights from authenticated, anon");
        ServerRig.await("the refusal", () -> client.get(path).status() == 403);
        RIG.sql("grant select on rights to authenticated");
        ServerRig.await("the right", () -> client.get(path).status() == 200);
    }

    @Test
    void a_role_that_loses_another_is_read_anew() {
        String role = "readers_" + RIG.database().name();
        RIG.sql(
                "create table shared (id int primary key)",
                "insert into shared values (1)",
                "revoke all on shared from authenticated, anon",
                "alter publication supabase_realtime add table shared",
                "create role " + role,
                "grant select on shared to " + role,
                "grant " + role + " to authenticated with inherit true");
        CacheClient client = team("a");
        try {
            ServerRig.await("the right", () -> client.get("/shared").status() == 200);
            client.awaitHit("/shared");
            RIG.sql("revoke " + role + " from authenticated");
            ServerRig.await("the refusal", () -> client.get("/shared").status() == 403);
        } finally {
            RIG.sql("drop owned by " + role, "drop role " + role);
        }
    }

    @Test
    void a_failure_is_nobody_elses() {
        CacheClient client = service();
        for (int i = 0; i < 3; i++) {
            assertThat(client.get("/notes?id=eq.word").status()).isEqualTo(400);
        }
        assertThat(
                        client.get("/notes?id=eq.1", "Accept", "application/vnd.pgrst.object+json")
                                .status())
                .isEqualTo(200);
        assertThat(client.get("/notes", "Accept", "application/vnd.pgrst.object+json").status())
                .isEqualTo(406);
    }

    @Test
    void equal_questions_at_once_are_one_query() throws Exception {
        RIG.sql(
                "create table slow (id int primary key)",
                "insert into slow select generate_series(1, 300)",
                "alter publication supabase_realtime add table slow");
        CacheClient client = service();
        String heavy = "/slow?select=id&and=(id.gt.0,id.lt.999)&order=id";
        client.awaitHit(heavy);
        String before =
                RIG.database()
                        .value(
                                "select xact_commit from pg_stat_database where datname = current_database()");
        assertThat(before).isNotNull();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RIG.sql("update slow set id = id where id = 1");
            List<Future<CacheClient.Answer>> all =
                    IntStream.range(0, 100)
                            .mapToObj(_ -> threads.submit(() -> client.get(heavy)))
                            .toList();
            long misses = 0;
            for (Future<CacheClient.Answer> one : all) {
                assertThat(one.get().status()).isEqualTo(200);
                misses += one.get().hit() ? 0 : 1;
            }
            assertThat(misses).isLessThan(50);
        }
    }

    @Test
    void nothing_is_served_from_here_while_the_log_is_not_read() {
        try (ServerRig own = ServerRig.startOn(TestDatabase.ownServer(Map.of()))) {
            own.sql(
                    "create table plain (id int primary key, word text)",
                    "insert into plain values (1, 'old')",
                    "alter publication supabase_realtime add table plain");
            CacheClient client = new CacheClient(own, HTTP, own.serviceKey());
            client.awaitHit("/plain");
            own.sql(
                    "alter publication lockstep_internal rename to away",
                    "select pg_terminate_backend(active_pid) from pg_replication_slots where active");
            ServerRig.await(
                    "the cache to be off",
                    () -> client.get("/plain").cache().equals("bypass; reason=log"));
            for (int i = 0; i < 200; i++) {
                own.sql("update plain set word = 'new " + i + "'");
                CacheClient.Answer answer = client.get("/plain");
                assertThat(answer.cache()).isEqualTo("bypass; reason=log");
                assertThat(answer.body()).contains("new " + i);
            }
            own.sql("alter publication away rename to lockstep_internal");
            assertThat(client.awaitHit("/plain").body()).contains("new 199");
        }
    }

    /// A standby that is away: a commit is in the log, and no query sees it. An answer from before
    /// must not be taken for true by its age, nor one from within the gap be kept past its end.
    @Test
    void a_commit_that_is_told_before_it_is_visible_is_not_missed() throws Exception {
        try (ServerRig own = ServerRig.startOn(TestDatabase.ownServer(Map.of()));
                var waiting = Executors.newVirtualThreadPerTaskExecutor()) {
            own.sql(
                    "create table gap (id int primary key, n int)",
                    "create table calm (id int primary key)",
                    "insert into gap values (1, 1)",
                    "alter publication supabase_realtime add table gap, calm");
            own.awaitPublished("gap");
            CacheClient client = new CacheClient(own, HTTP, own.serviceKey());
            String path = "/gap?select=n";
            client.awaitHit(path);
            try (LiveClient witness = LiveClient.connect(own.url(), own.serviceKey())) {
                witness.join(
                        "realtime:gap",
                        "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\",\"table\":\"gap\"}]}");
                witness.await("the subscription", f -> f.get(3).asString().equals("system"));
                own.sql(
                        "alter system set synchronous_standby_names = 'ghost'",
                        "select pg_reload_conf()");
                ServerRig.await(
                        "the standby to be waited for",
                        () ->
                                "ghost"
                                        .equals(
                                                own.database()
                                                        .value("show synchronous_standby_names")));
                Future<?> update = waiting.submit(() -> own.sql("update gap set n = 2"));
                witness.await(
                        "the change to be told",
                        f -> f.get(3).asString().equals("postgres_changes"));
                for (int i = 0; i < 20; i++) {
                    CacheClient.Answer within = client.get(path);
                    assertThat(within.body()).isEqualTo("[{\"n\":1}]");
                    assertThat(within.cache()).as("read %d", i).isEqualTo("miss");
                }
                client.awaitHit("/calm");
                own.sql("alter system reset synchronous_standby_names", "select pg_reload_conf()");
                update.get();
                assertThat(client.get(path).body()).isEqualTo("[{\"n\":2}]");
                assertThat(client.awaitHit(path).body()).isEqualTo("[{\"n\":2}]");
            }
        }
    }
}
