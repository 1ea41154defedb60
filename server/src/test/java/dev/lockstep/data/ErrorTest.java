package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// Every refusal of the protocol's table, literally.
class ErrorTest {
    private static final RestRig rig = RestRig.with(Shop.SCHEMA);

    @AfterAll
    static void close() {
        rig.close();
    }

    private static void refused(RestRig.Answer answer, int status, String body) {
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo("application/json; charset=utf-8");
        String code = body.replaceFirst("\\{\"code\":\"([^\"]+)\".*", "$1");
        assertThat(answer.header("proxy-status")).isEqualTo("PostgREST; error=" + code);
    }

    private static String error(String code, String details, String hint, String message) {
        return "{\"code\":\"%s\",\"details\":%s,\"hint\":%s,\"message\":\"%s\"}"
                .formatted(code, quoted(details), quoted(hint), message);
    }

    private static String quoted(String text) {
        return text.isEmpty() ? "null" : "\"" + text + "\"";
    }

    @Test
    void what_is_badly_written() {
        refused(
                rig.anon().get("/jobs?id=0"),
                400,
                error(
                        "PGRST100",
                        "unexpected \\\"0\\\" expecting \\\"not\\\" or operator (eq, gt, ...)",
                        "",
                        "\\\"failed to parse filter (0)\\\" (line 1, column 1)"));
        refused(
                rig.anon().get("/jobs?order=id.asc.nullslasttt"),
                400,
                error(
                        "PGRST100",
                        "unexpected \\\"t\\\" expecting \\\",\\\" or end of input",
                        "",
                        "\\\"failed to parse order (id.asc.nullslasttt)\\\" (line 1, column 17)"));
        refused(
                rig.anon().post("/labels", "nope"),
                400,
                error("PGRST102", "", "", "Empty or invalid json"));
        refused(
                rig.anon().get("/jobs/1/2"),
                404,
                error("PGRST125", "", "", "Invalid path specified in request URL"));
        refused(
                rig.anon().with("accept", "image/png").get("/jobs"),
                406,
                error("PGRST107", "", "", "None of these media types are available: image/png"));
        refused(
                rig.anon().prefer("handling=strict, foo, bar").get("/jobs"),
                400,
                error(
                        "PGRST122",
                        "Invalid preferences: foo, bar",
                        "",
                        "Invalid preferences given with handling=strict"));
    }

    @Test
    void what_is_not_there() {
        refused(
                rig.anon().get("/jobz"),
                404,
                error(
                        "PGRST205",
                        "",
                        "Perhaps you meant the table 'public.jobs'",
                        "Could not find the table 'public.jobz' in the schema cache"));
        refused(
                rig.anon().get("/zzz"),
                404,
                error(
                        "PGRST205",
                        "",
                        "",
                        "Could not find the table 'public.zzz' in the schema cache"));
        refused(
                rig.anon().get("/jobs?select=foo"),
                400,
                error("42703", "", "", "column jobs.foo does not exist"));
        refused(
                rig.anon().get("/jobs?foo=eq.1"),
                400,
                error("42703", "", "", "column jobs.foo does not exist"));
        refused(
                rig.anon().get("/jobs?select=labelz"),
                400,
                error("42703", "", "", "column jobs.labelz does not exist"));
        refused(
                rig.anon().get("/jobs?select=secrets(*)"),
                400,
                error(
                        "PGRST200",
                        "Searched for a foreign key relationship between 'jobs' and 'secrets' in the schema 'public', but no matches were found.",
                        "",
                        "Could not find a relationship between 'jobs' and 'secrets' in the schema cache"));
        refused(
                rig.anon().get("/jobs?items.qty=gt.1"),
                400,
                error(
                        "PGRST108",
                        "",
                        "Verify that 'items' is included in the 'select' query parameter.",
                        "'items' is not an embedded resource in this request"));
        assertThat(rig.anon().get("/jobs?select=*,items(*)&order=items(qty)").body())
                .contains("PGRST118", "A related order on 'items' is not possible");
        refused(
                rig.anon().with("accept-profile", "auth").get("/users"),
                406,
                error(
                        "PGRST106",
                        "",
                        "Only the following schemas are exposed: public",
                        "Invalid schema: auth"));
    }

    @Test
    void what_could_be_meant_in_several_ways() {
        var answer = rig.anon().get("/jobs?select=users(*)");
        assertThat(answer.status()).isEqualTo(300);
        assertThat(answer.body())
                .contains("\"code\":\"PGRST201\"")
                .contains(
                        "{\"cardinality\":\"many-to-one\",\"embedding\":\"jobs with users\",\"relationship\":\"jobs_assigned_fkey using jobs(assigned_to) and users(id)\"}")
                .contains("Try changing 'users' to one of the following: ")
                .contains("'users!jobs_created_fkey'")
                .contains(
                        "Could not embed because more than one relationship was found for 'jobs' and 'users'");
    }

    @Test
    void what_postgresql_refuses_comes_in_its_words() {
        refused(
                rig.anon().post("/users", "{\"id\":1,\"name\":\"x\"}"),
                409,
                error(
                        "23505",
                        "Key (id)=(1) already exists.",
                        "",
                        "duplicate key value violates unique constraint \\\"users_pkey\\\""));
        assertThat(rig.anon().post("/items", "{\"id\":99,\"job_id\":999}").status()).isEqualTo(409);
        assertThat(rig.anon().post("/users", "{\"id\":77}").status()).isEqualTo(400);
        assertThat(rig.anon().patch("/jobs?id=eq.1", "{\"state\":\"no\"}").body())
                .contains("23514");
        refused(
                rig.anon().get("/jobs?id=eq.abc"),
                400,
                error("22P02", "", "", "invalid input syntax for type integer: \\\"abc\\\""));
    }

    @Test
    void who_may_not_is_told_whether_to_sign_in() {
        var anon = rig.anon().get("/closed");
        assertThat(anon.status()).isEqualTo(401);
        assertThat(anon.header("www-authenticate")).isEqualTo("Bearer");
        assertThat(anon.body()).contains("42501", "permission denied for table closed");
        assertThat(rig.as("authenticated").get("/closed").status()).isEqualTo(403);
        assertThat(rig.anon().get("/clozed").body()).contains("\"hint\":null");
    }

    @Test
    void tokens_are_refused_with_the_reason() {
        assertThat(rig.new Asking("x").get("/labels").body())
                .isEqualTo(error("PGRST301", "", "", "Expected 3 parts in JWT; got 1"));
        assertThat(rig.anon().with("authorization", "Bearer ").get("/labels").body())
                .contains("PGRST301", "Empty JWT is sent in Authorization header");
        String good = rig.token("authenticated", "x");
        var tampered = rig.new Asking(good.substring(0, good.length() - 4) + "AAAA").get("/labels");
        assertThat(tampered.status()).isEqualTo(401);
        assertThat(tampered.body())
                .isEqualTo(
                        error(
                                "PGRST301",
                                "None of the keys was able to decode the JWT",
                                "",
                                "No suitable key or wrong key type"));
        assertThat(tampered.header("www-authenticate"))
                .isEqualTo(
                        "Bearer error=\"invalid_token\", error_description=\"No suitable key or wrong key type\"");
        var expired =
                rig.new Asking(rig.token(Map.of("role", "anon"), Duration.ofSeconds(-60)))
                        .get("/labels");
        assertThat(expired.body()).isEqualTo(error("PGRST303", "", "", "JWT expired"));
        assertThat(expired.status()).isEqualTo(401);
        assertThat(
                        rig.new Asking(rig.token(Map.of("role", "anon"), Duration.ofSeconds(-10)))
                                .get("/labels")
                                .status())
                .as("within the skew")
                .isEqualTo(200);
        assertThat(
                        rig
                                .new Asking(
                                        rig.token(
                                                Map.of("nbf", 9_999_999_999L), Duration.ofHours(1)))
                                .get("/labels")
                                .body())
                .contains("PGRST303", "JWT not yet valid");
        var stranger = rig.new Asking(rig.token("postgres", "x")).get("/labels");
        assertThat(stranger.status()).isEqualTo(401);
        assertThat(stranger.body()).contains("22023", "role \\\"postgres\\\" does not exist");
        assertThat(
                        rig.new Asking(rig.token(Map.of("sub", "x"), Duration.ofHours(1)))
                                .post("/rpc/context", "{}")
                                .body())
                .as("a token without a role is the anonymous one's")
                .contains("\"role\" : \"anon\"");
    }

    @Test
    void without_an_anonymous_role_a_token_is_needed() {
        try (RestRig strict = RestRig.with(Shop.SCHEMA, Map.of("rest.anon-role", "none"))) {
            var answer = strict.anon().get("/labels");
            refused(answer, 401, error("PGRST302", "", "", "Anonymous access is disabled"));
            assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "08006, 503", "09000, 500", "0L000, 403", "0P000, 403", "21000, 500", "22P02, 400",
        "23503, 409", "23505, 409", "23502, 400", "25000, 500", "25006, 405", "28000, 403",
        "2D000, 500", "38000, 500", "39000, 500", "3B000, 500", "40001, 500", "42883, 404",
        "42P01, 404", "42703, 400", "42501, 403", "53300, 503", "53400, 500", "54000, 500",
        "55000, 500", "57014, 500", "57P01, 503", "58000, 500", "F0000, 500", "HV000, 500",
        "P0001, 400", "P0002, 500", "XX000, 500", "PT418, 418", "PTxyz, 400", "12345, 400"
    })
    void each_sqlstate_has_its_status(String state, int status) {
        SQLException problem =
                new PSQLException(new ServerErrorMessage("SERROR\0C" + state + "\0Mwords\0\0"));
        RestError error = SqlErrors.of(problem, false);
        assertThat(error.status()).isEqualTo(status);
        assertThat(error.code()).isEqualTo(state);
        if (status == 503) {
            assertThat(error.headers()).containsEntry("retry-after", "1");
        }
    }

    @Test
    void a_full_pool_is_told_in_time() throws InterruptedException {
        try (RestRig small =
                RestRig.with(
                        Shop.SCHEMA
                                + "create function doze() returns void language sql as $$ select pg_sleep(60) $$;",
                        Map.of("rest.pool-size", "1"))) {
            Thread sleeper = Thread.ofVirtual().start(() -> small.anon().post("/rpc/doze", "{}"));
            long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (!"1"
                            .equals(
                                    small.database.value(
                                            "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"))
                    && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            var answer = small.anon().get("/labels");
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body())
                    .isEqualTo(
                            error(
                                    "PGRST003",
                                    "",
                                    "",
                                    "Timed out acquiring connection from connection pool."));
            assertThat(answer.header("retry-after")).isEqualTo("1");
            small.database.execute(
                    "select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
            sleeper.join();
            assertThat(small.anon().get("/labels").status()).isEqualTo(200);
        }
    }
}
