package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class CallTest {
    private static final RestRig rig = RestRig.with(Shop.SCHEMA);

    @AfterAll
    static void close() {
        rig.close();
    }

    private static String call(String function, String body) {
        var answer = rig.anon().post("/rpc/" + function, body);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void what_a_function_gives_decides_the_shape() {
        assertThat(call("add", "{\"a\":1}")).isEqualTo("3");
        assertThat(call("add", "{\"a\":1,\"b\":5}")).isEqualTo("6");
        assertThat(call("ping", "{}")).isEqualTo("\"pong\"");
        assertThat(call("ping", "")).isEqualTo("\"pong\"");
        assertThat(call("numbers", "{\"n\":3}")).isEqualTo("[1, 2, 3]");
        assertThat(call("pairs", "{\"n\":2}"))
                .isEqualTo("[{\"i\":1,\"word\":\"w1\"},{\"i\":2,\"word\":\"w2\"}]");
        assertThat(call("a_job?select=id,title", "{\"id\":1}"))
                .isEqualTo("{\"id\":1,\"title\":\"first\"}");
        assertThat(call("total_of", "{\"numbers\":[1,2,3]}")).isEqualTo("6");
        assertThat(call("echo", "[1,{\"a\":null}]")).isEqualTo("[1,{\"a\":null}]");
        assertThat(call("big", "{\"n\":\"9007199254740993\"}")).isEqualTo("9007199254740993");
        var nothing = rig.anon().post("/rpc/nothing", "{}");
        assertThat(nothing.status()).isEqualTo(204);
        assertThat(nothing.body()).isEmpty();
    }

    @Test
    void arguments_come_by_get_too() {
        assertThat(rig.anon().get("/rpc/add?a=1&b=4").body()).isEqualTo("5");
        assertThat(rig.anon().get("/rpc/total_of?numbers={1,2}").body()).isEqualTo("3");
        assertThat(rig.anon().get("/rpc/total_of?numbers=1&numbers=5").body()).isEqualTo("6");
        var head = rig.anon().prefer("count=exact").head("/rpc/all_jobs");
        assertThat(head.range()).isEqualTo("0-3/4");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void rows_of_a_function_are_filtered_ordered_and_paged() {
        var page =
                rig.anon()
                        .prefer("count=exact, return=representation")
                        .post(
                                "/rpc/all_jobs?select=id,companies(name)&state=eq.open&order=id.desc&offset=1&limit=1",
                                "{}");
        assertThat(page.status()).as(page.toString()).isEqualTo(206);
        assertThat(page.range()).isEqualTo("1-1/2");
        assertThat(page.json()).isEqualTo("[{\"id\":1,\"companies\":{\"name\":\"Acme & Co\"}}]");
        assertThat(rig.anon().get("/rpc/pairs?n=4&i=gt.2&select=word").json())
                .isEqualTo("[{\"word\":\"w3\"},{\"word\":\"w4\"}]");
        assertThat(rig.anon().single().post("/rpc/all_jobs?id=eq.2&select=id", "{}").body())
                .isEqualTo("{\"id\":2}");
        assertThat(rig.anon().single().post("/rpc/all_jobs", "{}").status()).isEqualTo(406);
    }

    @Test
    void a_function_that_is_not_there_is_told_with_what_was_looked_for() {
        var answer = rig.anon().post("/rpc/ad", "{\"b\":1,\"a\":2}");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"code\":\"PGRST202\",\"details\":\"Searched for the function public.ad with parameters a, b or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.\",\"hint\":null,\"message\":\"Could not find the function public.ad(a, b) in the schema cache\"}");
        assertThat(rig.anon().post("/rpc/add", "{\"a\":1,\"c\":1}").status()).isEqualTo(404);
        assertThat(rig.anon().post("/rpc/nothingg", "{}").body())
                .contains("Perhaps you meant to call the function public.nothing");
        var both = rig.anon().post("/rpc/over", "{\"a\":1}");
        assertThat(both.status()).isEqualTo(300);
        assertThat(both.body())
                .contains("PGRST203", "public.over(a => integer)", "public.over(a => text)");
    }

    @Test
    void only_a_volatile_function_that_is_posted_may_write() {
        assertThat(
                        rig.anon()
                                .post("/rpc/rename_all?select=city&limit=1", "{\"name\":\"Ulm\"}")
                                .json())
                .isEqualTo("[{\"city\":\"Ulm\"}]");
        var get = rig.anon().get("/rpc/rename_all?name=Ulm");
        assertThat(get.status()).isEqualTo(405);
        assertThat(get.body()).contains("25006");
        assertThat(rig.anon().post("/rpc/sneaky", "{}").status()).isIn(405, 400);
        assertThat(rig.anon().patch("/rpc/add", "{}").status()).isEqualTo(405);
    }

    @Test
    void the_transaction_knows_who_asks_and_what() {
        var body =
                rig.as("authenticated")
                        .with("x-tenant", "t1")
                        .with("cookie", "a=1; b=2")
                        .prefer("timezone=Europe/Zurich")
                        .post("/rpc/context", "{}")
                        .json();
        assertThat(body)
                .contains(
                        "\"role\" : \"authenticated\"",
                        "\"method\" : \"POST\"",
                        "\"path\" : \"/rpc/context\"")
                .contains("\"x-tenant\":\"t1\"", "\"cookies\" : {\"a\":\"1\",\"b\":\"2\"}")
                .contains(
                        "\"zone\" : \"Europe/Zurich\"",
                        "\"uid\" : \"7c1e0000-0000-4000-8000-000000000001\"")
                .doesNotContain("\"cookie\":");
        assertThat(rig.anon().post("/rpc/context", "{}").json())
                .contains("\"role\" : \"anon\"", "\"zone\" : \"UTC\"", "\"uid\" : null");
    }

    @Test
    void a_role_has_its_own_settings() {
        rig.database.execute(
                "alter role authenticated in database "
                        + rig.database.name()
                        + " set statement_timeout = '1234ms'");
        try {
            rig.schemas.since(System.nanoTime());
            assertThat(rig.as("authenticated").post("/rpc/context", "{}").json())
                    .contains("\"timeout\" : \"1234ms\"");
            assertThat(rig.anon().post("/rpc/context", "{}").json())
                    .contains("\"timeout\" : \"30s\"");
        } finally {
            rig.database.execute(
                    "alter role authenticated in database "
                            + rig.database.name()
                            + " reset statement_timeout");
        }
    }

    @Test
    void a_function_may_say_what_is_answered() {
        var tea = rig.anon().post("/rpc/respond", "{}");
        assertThat(tea.status()).isEqualTo(418);
        assertThat(tea.header("x-tea")).isEqualTo("pot");
        assertThat(tea.header("cache-control")).isEqualTo("no-store");
        var paid =
                rig.anon()
                        .post(
                                "/rpc/fail",
                                "{\"state\":\"PT402\",\"message\":\"Pay\",\"hint\":\"now\"}");
        assertThat(paid.status()).isEqualTo(402);
        assertThat(paid.body()).contains("\"message\":\"Pay\"", "\"hint\":\"now\"");
        var raised =
                rig.anon()
                        .post(
                                "/rpc/fail",
                                "{\"state\":\"PGRST\",\"message\":\"{\\\"code\\\":\\\"123\\\",\\\"message\\\":\\\"m\\\"}\","
                                        + "\"detail\":\"{\\\"status\\\":332,\\\"headers\\\":{\\\"X-A\\\":\\\"b\\\"}}\"}");
        assertThat(raised.status()).isEqualTo(332);
        assertThat(raised.header("x-a")).isEqualTo("b");
        assertThat(raised.body())
                .isEqualTo("{\"code\":\"123\",\"details\":null,\"hint\":null,\"message\":\"m\"}");
        var split =
                rig.anon()
                        .post(
                                "/rpc/fail",
                                "{\"state\":\"PGRST\",\"message\":\"{\\\"code\\\":\\\"1\\\",\\\"message\\\":\\\"m\\\"}\","
                                        + "\"detail\":\"{\\\"status\\\":400,\\\"headers\\\":{\\\"X-A\\\":\\\"b\\\\r\\\\nX-B: c\\\"}}\"}");
        assertThat(split.answer().headers()).doesNotContainKey("x-a");
    }

    @Test
    void a_function_of_the_operator_can_run_before_each() {
        String guard =
                "create function public.gate() returns void language plpgsql as $$ begin"
                        + " if current_setting('request.headers')::json ->> 'x-gate' = 'shut' then"
                        + " raise sqlstate 'PT403' using message = 'shut'; end if; end $$;";
        try (RestRig gated =
                RestRig.with(Shop.SCHEMA + guard, Map.of("rest.pre-request", "public.gate"))) {
            assertThat(gated.anon().get("/labels?select=id&id=eq.1").json())
                    .isEqualTo("[{\"id\":1}]");
            assertThat(gated.anon().with("x-gate", "shut").get("/labels").status()).isEqualTo(403);
        }
    }

    @Test
    void a_bound_on_affected_rows_needs_rows() {
        assertThat(
                        rig.anon()
                                .prefer("handling=strict, max-affected=1")
                                .post("/rpc/add", "{\"a\":1}")
                                .body())
                .contains("PGRST128");
        assertThat(
                        rig.anon()
                                .prefer("handling=strict, max-affected=1")
                                .post("/rpc/rename_all", "{\"name\":\"x\"}")
                                .body())
                .contains("PGRST124");
    }
}
