package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class WriteTest {
    private static final RestRig rig =
            RestRig.with(Shop.SCHEMA, Map.of("rest.transaction-end", "true"));

    @AfterAll
    static void close() {
        rig.close();
    }

    private static final String REPRESENTATION = "return=representation";

    @Test
    void an_insert_answers_with_nothing_unless_asked() {
        var plain = rig.anon().post("/labels", "{\"id\":10,\"word\":\"green\"}");
        assertThat(plain.status()).isEqualTo(201);
        assertThat(plain.body()).isEmpty();
        assertThat(plain.range()).isEqualTo("*/*");
        assertThat(plain.answer().headers()).doesNotContainKeys("content-type", "location");
        assertThat(plain.header("lockstep-position")).matches("[0-9A-F]+/[0-9A-F]+");
        var shown =
                rig.anon()
                        .prefer("count=exact, missing=default, return=representation")
                        .post(
                                "/jobs?columns=\"title\",\"state\"&select=title,state,version",
                                "[{\"title\":\"n1\"},{\"title\":\"n2\",\"state\":\"late\"}]");
        assertThat(shown.status()).as(shown.toString()).isEqualTo(201);
        assertThat(shown.range()).isEqualTo("*/2");
        assertThat(shown.header("preference-applied"))
                .isEqualTo("missing=default, return=representation, count=exact");
        assertThat(shown.json())
                .isEqualTo(
                        "[{\"title\":\"n1\",\"state\":\"open\",\"version\":1},{\"title\":\"n2\",\"state\":\"late\",\"version\":1}]");
    }

    @Test
    void a_missing_key_is_null_and_an_unknown_one_is_refused() {
        var nothing =
                rig.anon().post("/jobs?columns=\"title\",\"state\"", "[{\"title\":\"no state\"}]");
        assertThat(nothing.status()).isEqualTo(400);
        assertThat(nothing.body()).contains("23502");
        var unknown = rig.anon().post("/jobs", "{\"foo\":1}");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.body())
                .isEqualTo(
                        "{\"code\":\"PGRST204\",\"details\":null,\"hint\":null,\"message\":\"Could not find the 'foo' column of 'jobs' in the schema cache\"}");
        var uneven = rig.anon().post("/labels", "[{\"id\":1},{\"word\":\"x\"}]");
        assertThat(uneven.body()).contains("PGRST102", "All object keys must match");
        assertThat(rig.anon().post("/labels", "{nope").body())
                .contains("PGRST102", "Empty or invalid json");
        assertThat(rig.anon().post("/labels", "").status()).isEqualTo(400);
        assertThat(rig.anon().post("/labels", "[]").status()).isEqualTo(201);
        assertThat(rig.anon().prefer(REPRESENTATION).post("/labels", "[]").body()).isEqualTo("[]");
    }

    @Test
    void rows_of_defaults_alone_can_be_made() {
        rig.database.execute(
                "create table defaults (id int generated always as identity, at int default 7,"
                        + " twice int generated always as (at * 2) stored)");
        rig.schemas.since(System.nanoTime());
        assertThat(rig.anon().prefer(REPRESENTATION).post("/defaults", "{}").json())
                .isEqualTo("[{\"id\":1,\"at\":7,\"twice\":14}]");
        assertThat(rig.anon().prefer(REPRESENTATION).post("/defaults", "[{},{}]").json())
                .isEqualTo("[{\"id\":2,\"at\":7,\"twice\":14},{\"id\":3,\"at\":7,\"twice\":14}]");
        assertThat(
                        rig.anon()
                                .prefer("missing=default, return=representation")
                                .post("/defaults?columns=at", "[{},{\"at\":1}]")
                                .json())
                .isEqualTo("[{\"id\":4,\"at\":7,\"twice\":14},{\"id\":5,\"at\":1,\"twice\":2}]");
    }

    @Test
    void an_upsert_tells_inserts_from_updates() {
        var asked = "resolution=merge-duplicates, return=representation";
        var made =
                rig.anon()
                        .prefer(asked)
                        .post(
                                "/codes?on_conflict=code&columns=\"code\",\"n\"&select=code,n",
                                "[{\"code\":\"a\",\"n\":1},{\"code\":\"b\",\"n\":2}]");
        assertThat(made.status()).as(made.toString()).isEqualTo(201);
        assertThat(made.header("preference-applied"))
                .isEqualTo("resolution=merge-duplicates, return=representation");
        var merged =
                rig.anon()
                        .prefer(asked)
                        .post(
                                "/codes?on_conflict=code&select=code,n",
                                "[{\"code\":\"a\",\"n\":10}]");
        assertThat(merged.status()).isEqualTo(200);
        assertThat(merged.json()).isEqualTo("[{\"code\":\"a\",\"n\":10}]");
        var both =
                rig.anon()
                        .prefer(asked)
                        .post(
                                "/codes?select=code,n",
                                "[{\"code\":\"a\",\"n\":11},{\"code\":\"c\",\"n\":3}]");
        assertThat(both.status()).isEqualTo(201);
        var ignored =
                rig.anon()
                        .prefer("resolution=ignore-duplicates, return=representation")
                        .post(
                                "/codes?select=code,n",
                                "[{\"code\":\"a\",\"n\":99},{\"code\":\"d\",\"n\":4}]");
        assertThat(ignored.status()).isEqualTo(201);
        assertThat(ignored.json()).isEqualTo("[{\"code\":\"d\",\"n\":4}]");
        var other =
                rig.anon()
                        .prefer(asked)
                        .post("/codes?on_conflict=n&select=code", "{\"code\":\"z\",\"n\":4}");
        assertThat(other.json()).isEqualTo("[{\"code\":\"z\"}]");
    }

    @Test
    void a_versioned_update_hits_or_is_undone() {
        rig.database.execute("insert into jobs (id, title, version) values (50, 'v', 3)");
        var hit =
                rig.anon()
                        .single()
                        .prefer(REPRESENTATION)
                        .patch("/jobs?id=eq.50&version=eq.3&select=id,version", "{\"version\":4}");
        assertThat(hit.status()).as(hit.toString()).isEqualTo(200);
        assertThat(hit.body()).isEqualTo("{\"id\":50,\"version\":4}");
        assertThat(hit.range()).isEqualTo("0-0/*");
        assertThat(hit.header("preference-applied")).isEqualTo(REPRESENTATION);
        assertThat(hit.header("lockstep-position")).isNotEmpty();
        var miss =
                rig.anon()
                        .single()
                        .prefer(REPRESENTATION)
                        .patch("/jobs?id=eq.50&version=eq.3&select=id", "{\"version\":9}");
        assertThat(miss.status()).isEqualTo(406);
        assertThat(miss.body()).contains("PGRST116", "The result contains 0 rows");
        var several =
                rig.anon()
                        .single()
                        .prefer(REPRESENTATION)
                        .patch("/jobs?id=in.(1,2)&select=id", "{\"title\":\"undone\"}");
        assertThat(several.status()).isEqualTo(406);
        assertThat(rig.database.value("select count(*) from jobs where title = 'undone'"))
                .isEqualTo("0");
    }

    @Test
    void updates_and_deletes_say_how_many() {
        rig.database.execute(
                "insert into labels values (20, 'a'), (21, 'b'), (22, 'c'), (23, 'd')");
        var plain = rig.anon().patch("/labels?id=in.(20,21)", "{\"word\":\"x\"}");
        assertThat(plain.status()).isEqualTo(204);
        assertThat(plain.range()).isEqualTo("0-1/*");
        assertThat(plain.answer().headers()).doesNotContainKey("content-type");
        assertThat(rig.anon().patch("/labels?id=eq.999", "{\"word\":\"x\"}").range())
                .isEqualTo("*/*");
        var counted =
                rig.anon()
                        .prefer("count=exact, return=representation")
                        .patch("/labels?id=in.(20,21)&select=id&order=id.desc", "{\"word\":\"y\"}");
        assertThat(counted.status()).isEqualTo(200);
        assertThat(counted.range()).isEqualTo("0-1/2");
        assertThat(counted.json()).isEqualTo("[{\"id\":21},{\"id\":20}]");
        assertThat(counted.header("preference-applied"))
                .isEqualTo("return=representation, count=exact");
        var empty = rig.anon().patch("/labels?id=eq.20", "{}");
        assertThat(empty.status()).isEqualTo(204);
        assertThat(empty.range()).isEqualTo("*/*");
        var gone = rig.anon().delete("/labels?id=eq.22");
        assertThat(gone.status()).isEqualTo(204);
        assertThat(gone.range()).isEqualTo("*/*");
        var shown =
                rig.anon()
                        .prefer("count=exact, return=representation")
                        .delete("/labels?id=eq.23&select=*");
        assertThat(shown.status()).isEqualTo(200);
        assertThat(shown.range()).isEqualTo("*/1");
        assertThat(shown.json()).isEqualTo("[{\"id\":23,\"word\":\"d\"}]");
    }

    @Test
    void what_was_written_is_shown_with_embeds() {
        var shown =
                rig.anon()
                        .prefer(REPRESENTATION)
                        .post(
                                "/jobs?select=name:title,total::text,companies(name),items(id),shout,siblings(id)&siblings.order=id&siblings.limit=1",
                                "{\"title\":\"with\",\"company_id\":2,\"total\":1.5}");
        assertThat(shown.status()).as(shown.toString()).isEqualTo(201);
        assertThat(shown.json())
                .isEqualTo(
                        "[{\"name\":\"with\",\"total\":\"1.50\",\"shout\":\"WITH!\",\"companies\":{\"name\":\"Über\"},\"items\":[],\"siblings\":[{\"id\":3}]}]");
    }

    @Test
    void a_location_is_told_for_one_row_whose_headers_were_asked_for() {
        var answer =
                rig.anon()
                        .prefer("return=headers-only")
                        .post("/labels", "{\"id\":60,\"word\":\"l\"}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("location")).isEqualTo("/labels?id=eq.60");
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void a_bound_on_what_is_affected_undoes_what_exceeds_it() {
        var answer =
                rig.anon()
                        .prefer("handling=strict, max-affected=1")
                        .patch("/companies?id=gt.0", "{\"city\":\"nowhere\"}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("PGRST124", "The query affects 3 rows");
        assertThat(rig.database.value("select count(*) from companies where city = 'nowhere'"))
                .isEqualTo("0");
        var within =
                rig.anon()
                        .prefer("handling=strict, max-affected=3, return=minimal")
                        .patch("/companies?id=gt.5", "{\"city\":\"nowhere\"}");
        assertThat(within.header("preference-applied"))
                .isEqualTo("return=minimal, handling=strict, max-affected=3");
    }

    @Test
    void a_transaction_can_be_rolled_back_on_request() {
        var answer =
                rig.anon()
                        .prefer("tx=rollback, return=representation")
                        .post("/labels", "{\"id\":70,\"word\":\"gone\"}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("preference-applied"))
                .isEqualTo("return=representation, tx=rollback");
        assertThat(rig.database.value("select count(*) from labels where id = 70")).isEqualTo("0");
    }

    @Test
    void a_forgotten_filter_changes_nothing() {
        var update = rig.anon().patch("/labels", "{\"word\":\"all\"}");
        assertThat(update.status()).isEqualTo(400);
        assertThat(update.body()).contains("21000", "UPDATE requires a WHERE clause");
        assertThat(rig.anon().delete("/labels").body()).contains("DELETE requires a WHERE clause");
        assertThat(rig.as("authenticated").delete("/labels?limit=1").status()).isEqualTo(400);
        assertThat(rig.service().prefer("tx=rollback").delete("/codes").status()).isEqualTo(204);
    }

    @Test
    void a_put_makes_or_replaces_one_row() {
        assertThat(
                        rig.anon()
                                .send("PUT", "/labels?id=eq.80", "{\"id\":80,\"word\":\"p\"}")
                                .status())
                .isEqualTo(201);
        assertThat(
                        rig.anon()
                                .send("PUT", "/labels?id=eq.80", "{\"id\":80,\"word\":\"q\"}")
                                .status())
                .isEqualTo(204);
        assertThat(
                        rig.anon()
                                .prefer(REPRESENTATION)
                                .send("PUT", "/labels?id=eq.80", "{\"id\":80,\"word\":\"r\"}")
                                .json())
                .isEqualTo("[{\"id\":80,\"word\":\"r\"}]");
        var other = rig.anon().send("PUT", "/labels?id=eq.80", "{\"id\":81,\"word\":\"p\"}");
        assertThat(other.status()).isEqualTo(400);
        assertThat(other.body()).contains("PGRST115");
        assertThat(rig.anon().send("PUT", "/labels?word=eq.x", "{\"id\":80,\"word\":\"p\"}").body())
                .contains("PGRST105");
    }

    @Test
    void row_policies_hold() {
        var own = rig.as("authenticated");
        assertThat(own.get("/secrets?select=word").json()).isEqualTo("[{\"word\":\"mine\"}]");
        var other =
                own.post(
                        "/secrets",
                        "{\"id\":9,\"owner\":\"7c1e0000-0000-4000-8000-000000000002\",\"word\":\"x\"}");
        assertThat(other.status()).isEqualTo(403);
        assertThat(other.body())
                .contains(
                        "42501",
                        "new row violates row-level security policy for table \\\"secrets\\\"");
        assertThat(own.patch("/secrets?id=eq.2", "{\"word\":\"stolen\"}").range()).isEqualTo("*/*");
    }

    @Test
    void a_write_to_a_strict_table_that_misses_its_version_is_an_error_and_not_silence() {
        rig.database.execute(
                "create table strict_jobs (id int primary key, title text)",
                "grant all on strict_jobs to anon",
                "select lockstep.track('strict_jobs', strict_version => true)",
                "insert into strict_jobs values (1, 'a')");
        rig.schemas.since(System.nanoTime());
        var missed = rig.anon().patch("/strict_jobs?id=eq.1&version=eq.7", "{\"title\":\"b\"}");
        assertThat(missed.status()).as(missed.toString()).isEqualTo(406);
        assertThat(missed.body()).contains("PGRST116", "0 rows");
        assertThat(rig.anon().delete("/strict_jobs?id=eq.1&version=eq.7").status()).isEqualTo(406);
        assertThat(
                        rig.anon()
                                .patch("/strict_jobs?id=eq.1&version=eq.1", "{\"title\":\"b\"}")
                                .status())
                .isEqualTo(204);
        assertThat(rig.database.value("select title || version from strict_jobs")).isEqualTo("b2");
        // Without a version nothing is claimed; with the rows in the answer they can be counted.
        assertThat(rig.anon().patch("/strict_jobs?id=eq.9", "{\"title\":\"c\"}").status())
                .isEqualTo(204);
        assertThat(
                        rig.anon()
                                .prefer(REPRESENTATION)
                                .patch("/strict_jobs?version=eq.7", "{\"title\":\"c\"}")
                                .body())
                .isEqualTo("[]");
        assertThat(rig.anon().patch("/strict_jobs?version=gt.7", "{\"title\":\"c\"}").status())
                .isEqualTo(204);
    }

    @Test
    void a_table_that_is_no_longer_strict_is_silent_again() {
        rig.database.execute(
                "create table loose_jobs (id int primary key)",
                "grant all on loose_jobs to anon",
                "select lockstep.track('loose_jobs', strict_version => true)",
                "insert into loose_jobs values (1)");
        rig.schemas.since(System.nanoTime());
        assertThat(rig.anon().delete("/loose_jobs?version=eq.7").status()).isEqualTo(406);
        rig.database.execute("select lockstep.track('loose_jobs', strict_version => false)");
        rig.schemas.since(System.nanoTime());
        assertThat(rig.anon().delete("/loose_jobs?version=eq.7").status()).isEqualTo(204);
    }
}
