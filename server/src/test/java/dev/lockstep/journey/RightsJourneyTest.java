package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Row policies on the live path: nobody ever receives a value of a row that they may not see.
class RightsJourneyTest {
    private static final String ALL =
            "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\",\"table\":\"files\"}]}";
    private static final String ANNA = "a0000000-0000-4000-8000-00000000000a";
    private static final String BEN = "b0000000-0000-4000-8000-00000000000b";
    private static final String BY_TENANT = "tenant = (auth.jwt() ->> 'tenant')";
    private static final String BY_MEMBERSHIP =
            "tenant in (select m.tenant from crew m where m.person = auth.uid())";
    private static final String ASKED = "public.may_see(tenant)";
    private static ServerRig rig;

    @BeforeAll
    static void start() {
        rig = ServerRig.start();
        rig.sql(
                "create function public.may_see(what text) returns boolean language plpgsql stable"
                        + " as $$ begin return what = (auth.jwt() ->> 'tenant'); end $$");
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void tables() {
        // The server forgets the last test's table first, so that it is not taken for this one's.
        rig.sql("drop table if exists files", "drop table if exists crew");
        rig.awaitRefused("files", rig.serviceKey());
    }

    private static void secured(String policy) {
        rig.sql(
                "create table crew (tenant text, person uuid, primary key (tenant, person))",
                "grant select on crew to authenticated",
                "create table files (id int primary key, tenant text not null, body text)",
                "alter table files replica identity full",
                "grant select on files to authenticated, service_role",
                "alter table files enable row level security",
                "create policy see on files for select to authenticated using (" + policy + ")",
                "alter publication supabase_realtime add table files");
        rig.awaitPublished("files");
    }

    private static LiveClient client(String person, String tenant) {
        return LiveClient.connect(rig.url(), token(person, tenant));
    }

    private static String token(String person, String tenant) {
        return rig.token(Map.of("role", "authenticated", "sub", person, "tenant", tenant));
    }

    private static List<JsonNode> changes(LiveClient client) {
        return client.heard("realtime:n", "postgres_changes").stream()
                .map(payload -> payload.get("data"))
                .toList();
    }

    private static JsonNode awaitChange(LiveClient client, String type, int id) {
        return client.await(
                type + " of " + id,
                () ->
                        changes(client).stream()
                                .filter(data -> data.get("type").asString().equals(type))
                                .filter(data ->
                                        data.path("record").path("id").asInt(-1) == id
                                                || data.path("old_record").path("id").asInt(-1)
                                                        == id)
                                .findFirst()
                                .orElse(null));
    }

    private static void subscribe(LiveClient client) {
        client.join("realtime:n", ALL);
        client.awaitSubscribed("realtime:n");
    }

    private static FeedView feed(LiveClient client) {
        FeedView view = client.feed("realtime:f", "{\"table\":\"files\"}");
        view.awaitReset("first");
        view.awaitToken();
        return view;
    }

    private static void insert(int id, String tenant) {
        rig.sql("insert into files values (%d, '%s', '%s-%d')".formatted(id, tenant, tenant, id));
    }

    /// What two tenants see, of a life of rows that belong to one, the other, and move between.
    private static void twoTenantsHearOnlyTheirs() {
        insert(1, "alpha");
        insert(2, "beta");
        try (LiveClient anna = client(ANNA, "alpha");
                LiveClient ben = client(BEN, "beta")) {
            FeedView alpha = feed(anna);
            FeedView beta = feed(ben);
            subscribe(anna);
            subscribe(ben);

            insert(3, "alpha");
            insert(4, "beta");
            rig.sql("update files set body = 'alpha-new' where id = 1");
            rig.sql("update files set body = 'beta-new' where id = 2");
            // From one to the other: it leaves here, and enters there.
            rig.sql("update files set tenant = 'beta', body = 'beta-moved' where id = 3");
            rig.sql("delete from files where id = 1");
            rig.sql("delete from files where id = 2");
            insert(5, "alpha");
            insert(6, "beta");

            alpha.awaitRow("5", "body", "alpha-5");
            beta.awaitRow("6", "body", "beta-6");
            awaitChange(anna, "INSERT", 5);
            awaitChange(ben, "INSERT", 6);
            assertThat(alpha.update().rows().keySet()).containsExactly("5");
            assertThat(beta.update().rows().keySet()).containsExactly("3", "4", "6");
            assertThat(anna.received()).contains("alpha-new").doesNotContain("beta");
            assertThat(ben.received()).contains("beta-new").doesNotContain("alpha");
            assertThat(awaitChange(ben, "UPDATE", 3).get("old_record").toString())
                    .isEqualTo("{\"id\":3}");
            assertThat(awaitChange(ben, "UPDATE", 2).get("old_record").get("body").asString())
                    .isEqualTo("beta-2");
            assertThat(awaitChange(anna, "DELETE", 1).get("old_record").get("id").asInt())
                    .isEqualTo(1);
            assertThat(changes(anna).stream().map(c -> c.get("type").asString()).toList())
                    .containsExactly("INSERT", "UPDATE", "DELETE", "INSERT");
        }
    }

    @Test
    void a_compiled_policy_lets_nothing_of_others_through() {
        secured(BY_TENANT);
        twoTenantsHearOnlyTheirs();
    }

    @Test
    void a_membership_lets_nothing_of_others_through() {
        secured(BY_MEMBERSHIP);
        rig.sql("insert into crew values ('alpha', '%s'), ('beta', '%s')".formatted(ANNA, BEN));
        twoTenantsHearOnlyTheirs();
    }

    @Test
    void a_policy_that_only_postgresql_can_decide_lets_nothing_of_others_through() {
        secured(ASKED);
        twoTenantsHearOnlyTheirs();
    }

    @Test
    void a_policy_that_fails_on_a_row_is_told_after_what_came_before_and_nothing_twice() {
        secured("public.may_see(tenant) or 1 / length(tenant) > 7");
        try (LiveClient anna = client(ANNA, "alpha")) {
            subscribe(anna);
            rig.sql(
                    "insert into files values (1, 'alpha', 'a'), (2, 'beta', 'forbidden'),"
                            + " (3, 'alpha', 'c'), (4, '', 'd'), (5, 'alpha', 'e')");
            anna.await(
                    "the loss",
                    frame ->
                            frame.get(3).asString().equals("system")
                                    && frame.toString().contains("a row policy fails"));
            assertThat(changes(anna))
                    .extracting(change -> change.get("record").get("id").asInt())
                    .containsExactly(1, 3);
            assertThat(anna.received()).doesNotContain("forbidden");

            anna.forget();
            subscribe(anna);
            insert(6, "alpha");
            awaitChange(anna, "INSERT", 6);
        }
    }

    @Test
    void changes_go_on_after_rows_changed_that_only_postgresql_looks_at() {
        secured(
                "exists (select from crew m where m.tenant > files.tenant and m.person ="
                        + " auth.uid())");
        try (LiveClient anna = client(ANNA, "")) {
            subscribe(anna);
            rig.sql("insert into crew values ('beta', '%s')".formatted(ANNA));
            insert(1, "alpha");
            awaitChange(anna, "INSERT", 1);
            rig.sql("insert into crew values ('gamma', '%s')".formatted(ANNA));
            insert(2, "beta");
            insert(3, "zeta");
            awaitChange(anna, "INSERT", 2);
            rig.sql("delete from crew");
            rig.sql("insert into files values (4, 'alpha', 'forbidden')");
            insert(5, "alpha");
            rig.sql("insert into crew values ('beta', '%s')".formatted(BEN));
            try (LiveClient ben = client(BEN, "")) {
                subscribe(ben);
                insert(6, "alpha");
                awaitChange(ben, "INSERT", 6);
            }
            assertThat(changes(anna)).hasSize(2);
            assertThat(anna.received()).doesNotContain("forbidden");
        }
    }

    @Test
    void who_is_taken_out_of_a_membership_loses_its_rows_before_the_next_one() {
        secured(BY_MEMBERSHIP);
        rig.sql("insert into crew values ('alpha', '%s'), ('beta', '%s')".formatted(ANNA, ANNA));
        insert(1, "alpha");
        insert(2, "beta");
        try (LiveClient anna = client(ANNA, "")) {
            FeedView view = feed(anna);
            subscribe(anna);
            assertThat(view.rows()).hasSize(2);

            rig.sql("delete from crew where tenant = 'beta'");
            rig.sql("insert into files values (3, 'beta', 'forbidden')");
            insert(4, "alpha");

            view.awaitRow("4", "body", "alpha-4");
            awaitChange(anna, "INSERT", 4);
            assertThat(view.update().rows().keySet()).containsExactly("1", "4");
            assertThat(anna.received()).doesNotContain("forbidden");

            rig.sql("insert into crew values ('beta', '%s')".formatted(ANNA));
            view.awaitRow("3", "body", "forbidden");
            insert(5, "beta");
            view.awaitRow("5", "body", "beta-5");
            awaitChange(anna, "INSERT", 5);
            assertThat(view.update().rows().keySet()).containsExactly("1", "2", "3", "4", "5");
            // Its subscription went on by itself, and was said once.
            assertThat(anna.heard("realtime:n", "system")).hasSize(1);
        }
    }

    @Test
    void a_membership_of_others_changes_nothing_for_me() {
        secured(BY_MEMBERSHIP);
        rig.sql("insert into crew values ('alpha', '%s')".formatted(ANNA));
        try (LiveClient anna = client(ANNA, "")) {
            FeedView view = feed(anna);

            rig.sql("insert into crew values ('alpha', '%s')".formatted(BEN));
            rig.sql("delete from crew where person = '%s'".formatted(BEN));
            insert(1, "alpha");

            view.awaitRow("1", "body", "alpha-1");
            assertThat(view.resets()).containsExactly("first");
        }
    }

    @Test
    void a_policy_that_is_changed_counts_before_the_next_row() {
        secured(BY_TENANT);
        insert(1, "alpha");
        try (LiveClient anna = client(ANNA, "alpha")) {
            FeedView view = feed(anna);
            subscribe(anna);

            rig.sql(
                    "alter policy see on files using (false)",
                    "insert into files values (2, 'alpha', 'forbidden')");
            view.awaitReset("rights");
            rig.sql("alter policy see on files using (tenant <> 'alpha')");
            insert(3, "beta");

            view.awaitRow("3", "body", "beta-3");
            awaitChange(anna, "INSERT", 3);
            assertThat(view.update().rows().keySet()).containsExactly("3");
            assertThat(anna.received()).doesNotContain("forbidden");
        }
    }

    @Test
    void a_token_with_other_claims_counts_from_its_arrival_on() {
        secured(BY_TENANT);
        insert(1, "alpha");
        insert(2, "beta");
        try (LiveClient anna = client(ANNA, "alpha")) {
            FeedView view = feed(anna);
            subscribe(anna);

            anna.send(
                    "realtime:f",
                    "access_token",
                    "{\"access_token\":\"" + token(ANNA, "beta") + "\"}");
            anna.send(
                    "realtime:n",
                    "access_token",
                    "{\"access_token\":\"" + token(ANNA, "beta") + "\"}");
            view.awaitReset("rights");
            anna.await(
                    "the second subscription",
                    () -> anna.heard("realtime:n", "system").size() == 2 ? this : null);
            rig.sql("insert into files values (3, 'alpha', 'forbidden')");
            insert(4, "beta");

            view.awaitRow("4", "body", "beta-4");
            awaitChange(anna, "INSERT", 4);
            assertThat(view.update().rows().keySet()).containsExactly("2", "4");
            assertThat(anna.received()).doesNotContain("forbidden");
        }
    }

    @Test
    void a_token_with_the_same_rights_goes_on_without_a_gap() {
        secured(BY_TENANT);
        try (LiveClient anna = client(ANNA, "alpha")) {
            FeedView view = feed(anna);
            subscribe(anna);

            for (int i = 1; i <= 20; i++) {
                insert(2 * i, "alpha");
                String renewed =
                        rig.token(
                                Map.of(
                                        "role",
                                        "authenticated",
                                        "sub",
                                        ANNA,
                                        "tenant",
                                        "alpha",
                                        "jti",
                                        Integer.toString(i)));
                anna.send("realtime:f", "access_token", "{\"access_token\":\"" + renewed + "\"}");
                anna.send("realtime:n", "access_token", "{\"access_token\":\"" + renewed + "\"}");
                insert(2 * i + 1, "alpha");
            }

            view.awaitRow("41", "body", "alpha-41");
            awaitChange(anna, "INSERT", 41);
            assertThat(view.update().rows()).hasSize(40);
            assertThat(view.resets()).containsExactly("first");
            assertThat(changes(anna).stream().map(c -> c.get("record").get("id").asInt()).toList())
                    .isEqualTo(java.util.stream.IntStream.rangeClosed(2, 41).boxed().toList());
        }
    }

    @Test
    void who_returns_under_other_rights_loads_afresh() {
        secured(BY_MEMBERSHIP);
        rig.sql("insert into crew values ('alpha', '%s')".formatted(ANNA));
        insert(1, "alpha");
        String token;
        try (LiveClient anna = client(ANNA, "")) {
            token = feed(anna).token();
        }
        rig.sql("delete from crew");
        rig.sql("insert into files values (2, 'alpha', 'forbidden')");
        try (LiveClient anna = client(ANNA, "")) {
            FeedView view =
                    anna.feed("realtime:f", "{\"table\":\"files\",\"since\":\"" + token + "\"}");
            view.awaitReset("rights");
            assertThat(view.rows()).isEmpty();
            assertThat(anna.received()).doesNotContain("forbidden");
        }
    }

    @Test
    void who_returns_after_rights_came_and_went_loads_afresh() {
        secured(BY_MEMBERSHIP);
        rig.sql("insert into crew values ('alpha', '%s')".formatted(ANNA));
        String token;
        try (LiveClient anna = client(ANNA, "")) {
            token = feed(anna).token();
        }
        rig.sql("delete from crew");
        rig.sql("insert into files values (1, 'alpha', 'forbidden')");
        rig.sql("update files set body = 'allowed'");
        rig.sql("insert into crew values ('alpha', '%s')".formatted(ANNA));
        try (LiveClient anna = client(ANNA, "")) {
            FeedView view =
                    anna.feed("realtime:f", "{\"table\":\"files\",\"since\":\"" + token + "\"}");
            view.awaitReset("rights");
            view.awaitRow("1", "body", "allowed");
            assertThat(anna.received()).doesNotContain("forbidden");
        }
    }

    @Test
    void deletes_whose_old_image_lacks_what_the_policy_reads_are_withheld() {
        secured(BY_TENANT);
        rig.sql("alter table files replica identity default");
        try (LiveClient anna = client(ANNA, "alpha")) {
            subscribe(anna);

            insert(1, "alpha");
            rig.sql("update files set body = 'alpha-new' where id = 1");
            rig.sql("delete from files");
            insert(2, "alpha");
            awaitChange(anna, "INSERT", 2);

            assertThat(changes(anna).stream().map(c -> c.get("type").asString()).toList())
                    .containsExactly("INSERT", "UPDATE", "INSERT");
            assertThat(changes(anna).get(1).get("old_record").toString()).isEqualTo("{\"id\":1}");
        }
    }

    @Test
    void a_secured_table_without_a_key_is_told_only_to_those_who_see_the_row() {
        secured(BY_TENANT);
        rig.sql("alter table files drop constraint files_pkey");
        try (LiveClient anna = client(ANNA, "alpha")) {
            subscribe(anna);

            insert(1, "beta");
            insert(2, "alpha");
            anna.await("a change", () -> changes(anna).isEmpty() ? null : this);
            insert(3, "alpha");
            anna.await("a second one", () -> changes(anna).size() < 2 ? null : this);

            assertThat(changes(anna)).hasSize(2);
            assertThat(anna.received()).doesNotContain("beta").doesNotContain("alpha-");
        }
    }

    @Test
    void rights_of_one_never_change_what_another_is_sent() {
        secured(BY_MEMBERSHIP);
        rig.sql("insert into crew values ('alpha', '%s'), ('alpha', '%s')".formatted(ANNA, BEN));
        try (LiveClient anna = client(ANNA, "");
                LiveClient ben = client(BEN, "")) {
            subscribe(anna);
            subscribe(ben);
            insert(1, "alpha");
            awaitChange(anna, "INSERT", 1);

            rig.sql("insert into crew values ('beta', '%s')".formatted(BEN));
            insert(2, "beta");
            rig.sql("update files set tenant = 'alpha' where id = 2");
            awaitChange(anna, "UPDATE", 2);
            awaitChange(ben, "UPDATE", 2);

            assertThat(awaitChange(anna, "UPDATE", 2).get("old_record").toString())
                    .isEqualTo("{\"id\":2}");
            assertThat(awaitChange(ben, "UPDATE", 2).get("old_record").toString())
                    .contains("beta-2");
            assertThat(changes(anna)).hasSize(2);
            assertThat(changes(ben)).hasSize(3);
        }
    }

    /// A standby that is away: a commit is in the log, and nobody sees it yet, the server neither.
    @Test
    void a_membership_that_is_gone_but_not_yet_visible_lets_nothing_more_through()
            throws Exception {
        try (ServerRig own = ServerRig.startOn(TestDatabase.ownServer(Map.of()))) {
            own.sql(
                    "create table crew (tenant text, person uuid, primary key (tenant, person))",
                    "grant select on crew to authenticated",
                    "create table files (id int primary key, tenant text not null, body text)",
                    "alter table files replica identity full",
                    "grant select on files to authenticated, service_role",
                    "alter table files enable row level security",
                    "create policy see on files for select to authenticated using ("
                            + BY_MEMBERSHIP
                            + ")",
                    "insert into crew values ('beta', '" + ANNA + "'), ('alpha', '" + ANNA + "')",
                    "alter publication supabase_realtime add table files");
            own.awaitPublished("files");
            String key = own.token(Map.of("role", "authenticated", "sub", ANNA));
            try (LiveClient anna = LiveClient.connect(own.url(), key);
                    LiveClient service = LiveClient.connect(own.url(), own.serviceKey());
                    var waiting = Executors.newVirtualThreadPerTaskExecutor()) {
                FeedView view = feed(anna);
                subscribe(anna);
                subscribe(service);

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
                Future<?> removal =
                        waiting.submit(() -> own.sql("delete from crew where tenant = 'beta'"));
                own.awaitCount(
                        "select count(*) from pg_stat_activity where wait_event = 'SyncRep'", 1);
                Future<?> insertion =
                        waiting.submit(
                                () -> own.sql("insert into files values (1, 'beta', 'forbidden')"));
                // Who may see all is told of the row; it comes from the log.
                awaitChange(service, "INSERT", 1);

                own.sql("alter system reset synchronous_standby_names", "select pg_reload_conf()");
                removal.get();
                insertion.get();
                own.sql("insert into files values (2, 'alpha', 'alpha-2')");
                view.awaitRow("2", "body", "alpha-2");
                awaitChange(anna, "INSERT", 2);

                assertThat(view.update().rows().keySet()).containsExactly("2");
                assertThat(anna.received()).doesNotContain("forbidden");
            }
        }
    }

    /// The fan-out matches with an index and shares what it says; a cursor tests one question by
    /// itself. Whoever comes back is told the very words that those were told who stayed.
    @Test
    void what_is_told_again_is_what_was_told() {
        secured(BY_TENANT);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (LiveClient anna = client(ANNA, "alpha");
                LiveClient back = client(ANNA, "alpha")) {
            FeedView view =
                    anna.feed("realtime:f", "{\"table\":\"files\",\"where\":\"body=neq.hidden\"}");
            view.awaitToken();
            String token = view.token();
            int told = anna.heard("realtime:f", "feed").size();

            for (int i = 0; i < 150; i++) {
                rig.sql(randomTransaction(random));
            }
            rig.sql("insert into files values (1000, 'alpha', 'the end')");
            view.awaitRow("1000", "body", "the end");
            FeedView again =
                    back.feed(
                            "realtime:f",
                            "{\"table\":\"files\",\"where\":\"body=neq.hidden\",\"since\":\""
                                    + token
                                    + "\"}");
            back.await("the end", () -> back.received().contains("the end") ? again : null);

            assertThat(said(back, 0)).as("seed " + seed).isEqualTo(said(anna, told));
            assertThat(anna.received()).as("seed " + seed).doesNotContain("beta");
        }
    }

    private static String randomTransaction(Random random) {
        StringBuilder sql = new StringBuilder("do $$ begin ");
        int statements = 1 + random.nextInt(4);
        for (int i = 0; i < statements; i++) {
            int id = random.nextInt(30);
            String tenant = random.nextBoolean() ? "alpha" : "beta";
            String body = random.nextInt(4) == 0 ? "hidden" : tenant + random.nextInt(5);
            sql.append(
                    switch (random.nextInt(4)) {
                        case 0 -> "delete from files where id = " + id;
                        case 1 ->
                                "update files set id = id + 31 where id = "
                                        + id
                                        + " and not exists"
                                        + " (select from files where id = "
                                        + (id + 31)
                                        + ")";
                        case 2 ->
                                "update files set tenant = '"
                                        + tenant
                                        + "', body = '"
                                        + body
                                        + "' where id % 7 = "
                                        + id % 7;
                        default ->
                                "insert into files values ("
                                        + id
                                        + ", '"
                                        + tenant
                                        + "', '"
                                        + body
                                        + "') on conflict (id) do update set tenant = excluded.tenant,"
                                        + " body = excluded.body";
                    });
            sql.append("; ");
        }
        return sql.append("end $$").toString();
    }

    /// The steps after the first `skip` frames, without their tokens; to their last word.
    private static List<String> said(LiveClient client, int skip) {
        List<String> all =
                client.received()
                        .lines()
                        .filter(line -> line.contains("\"feed\",{"))
                        .skip(skip)
                        .map(line -> line.replaceAll(",\"token\":\"[^\"]*\"", ""))
                        .filter(line -> !line.matches(".*\\{\"id\":\\d+}]"))
                        .toList();
        int end = 0;
        while (end < all.size() && !all.get(end).contains("the end")) {
            end++;
        }
        return all.subList(0, Math.min(all.size(), end + 1));
    }
}
