package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Corners of the protocol where clients notice a difference, each as one request and its answer.
class ProtocolTest {
    private static final RestRig rig =
            RestRig.with(
                    Shop.SCHEMA, Map.of("rest.transaction-end", "true", "rest.aggregates", "true"));
    private static final String OBJECT = "application/vnd.pgrst.object+json";
    private static final String SHOW = "return=representation";

    @AfterAll
    static void close() {
        rig.close();
    }

    /// @param prefer beside the roll-back that each asks for
    record Asked(String method, String url, String prefer, String accept, String body) {}

    /// @param answer with the line ends between rows left out
    record Corner(Asked asked, int status, String range, String answer) {
        @Override
        public String toString() {
            return asked.method() + " " + asked.url() + " " + asked.prefer();
        }
    }

    private static Corner get(String url, int status, String range, String answer) {
        return get(url, "", status, range, answer);
    }

    private static Corner get(String url, String prefer, int status, String range, String answer) {
        return new Corner(new Asked("GET", url, prefer, "*/*", ""), status, range, answer);
    }

    private static Corner write(
            String method,
            String url,
            String prefer,
            String body,
            int status,
            String range,
            String answer) {
        return new Corner(new Asked(method, url, prefer, "*/*", body), status, range, answer);
    }

    private static String error(String code, String details, String hint, String message) {
        return "{\"code\":\"%s\",\"details\":%s,\"hint\":%s,\"message\":\"%s\"}"
                .formatted(code, details, hint, message);
    }

    static final List<Corner> CORNERS =
            List.of(
                    get(
                            "/jobs?select=id&or=(and(id.gt.1,id.lt.3),not.and(id.neq.1,id.neq.4))&order=id",
                            200,
                            "0-2/*",
                            "[{\"id\":1},{\"id\":2},{\"id\":4}]"),
                    get(
                            "/jobs?select=id&not.or=(id.eq.1,id.eq.2)&order=id",
                            200,
                            "0-1/*",
                            "[{\"id\":3},{\"id\":4}]"),
                    get(
                            "/companies?select=id&or=(name.eq.\"Acme %26 Co\",city.eq.\"Be\\\"rn\")",
                            200, "0-0/*", "[{\"id\":1}]"),
                    get(
                            "/jobs?select=id&or=(tags.cs.{a,b},span.ov.\"[20,21)\")&order=id",
                            200,
                            "0-1/*",
                            "[{\"id\":1},{\"id\":4}]"),
                    get("/jobs?select=id&id=in.()", 200, "*/*", "[]"),
                    get("/jobs?select=id&limit=0", 200, "*/*", "[]"),
                    get("/jobs?select=id&offset=4", "count=exact", 206, "*/4", "[]"),
                    get("/jobs?select=id&id=eq.9", "count=exact", 200, "*/0", "[]"),
                    get(
                            "/jobs?select=id&offset=5",
                            "count=exact",
                            416,
                            "*/4",
                            error(
                                    "PGRST103",
                                    "\"An offset of 5 was requested, but there are only 4 rows.\"",
                                    "null",
                                    "Requested range not satisfiable")),
                    get(
                            "/jobs?select=id&limit=-1",
                            416,
                            "",
                            error(
                                    "PGRST103",
                                    "\"Limit should be greater than or equal to zero.\"",
                                    "null",
                                    "Requested range not satisfiable")),
                    get(
                            "/companies?select=id,jobs(count())&order=id",
                            200,
                            "0-2/*",
                            "[{\"id\":1,\"jobs\":[{\"count\":2}]},{\"id\":2,\"jobs\":[{\"count\":1}]},{\"id\":3,\"jobs\":[{\"count\":0}]}]"),
                    get(
                            "/jobs?select=state,n:count(),total.sum()&order=state",
                            200,
                            "0-2/*",
                            "[{\"state\":\"done\",\"n\":1,\"sum\":20.00},{\"state\":\"late\",\"n\":1,\"sum\":null},{\"state\":\"open\",\"n\":2,\"sum\":15.50}]"),
                    get(
                            "/companies?select=id,jobs(id)&order=jobs(id)",
                            400,
                            "",
                            error(
                                    "PGRST118",
                                    "\"'companies' and 'jobs' do not form a many-to-one or"
                                            + " one-to-one relationship\"",
                                    "null",
                                    "A related order on 'jobs' is not possible")),
                    get(
                            "/jobs?select=id&companies.name=eq.x",
                            400,
                            "",
                            error(
                                    "PGRST108",
                                    "null",
                                    "\"Verify that 'companies' is included in the 'select' query"
                                            + " parameter.\"",
                                    "'companies' is not an embedded resource in this request")),
                    get(
                            "/job?select=id",
                            404,
                            "",
                            error(
                                    "PGRST205",
                                    "null",
                                    "\"Perhaps you meant the table 'public.jobs'\"",
                                    "Could not find the table 'public.job' in the schema cache")),
                    get(
                            "/jobs?id=eq.abc",
                            400,
                            "",
                            error(
                                    "22P02",
                                    "null",
                                    "null",
                                    "invalid input syntax for type integer: \\\"abc\\\"")),
                    get("/rpc/big?n=9007199254740993", 200, "0-0/*", "9007199254740993"),
                    new Corner(
                            new Asked("HEAD", "/jobs?select=id", "count=exact", "*/*", ""),
                            200,
                            "0-3/4",
                            ""),
                    new Corner(
                            new Asked("DELETE", "/labels?id=eq.9", SHOW, OBJECT, ""),
                            406,
                            "",
                            error(
                                    "PGRST116",
                                    "\"The result contains 0 rows\"",
                                    "null",
                                    "Cannot coerce the result to a single JSON object")),
                    new Corner(
                            new Asked(
                                    "POST",
                                    "/labels",
                                    SHOW,
                                    "APPLICATION/vnd.pgrst.object",
                                    "{\"id\":70,\"word\":\"w\"}"),
                            201,
                            "*/*",
                            "{\"id\":70,\"word\":\"w\"}"),
                    write("PATCH", "/jobs?id=eq.1", "", "{}", 204, "*/*", ""),
                    write("PATCH", "/jobs?id=eq.1", SHOW, "{}", 200, "*/*", "[]"),
                    write(
                            "PATCH",
                            "/jobs?id=in.(1,2)",
                            "count=exact",
                            "{\"version\":2}",
                            204,
                            "0-1/2",
                            ""),
                    write("DELETE", "/labels?id=eq.2", "count=exact", "", 409, "", ""),
                    write("DELETE", "/items?id=gt.1", "count=exact", "", 204, "*/2", ""),
                    write(
                            "POST",
                            "/labels?select=word",
                            SHOW + ",return=minimal",
                            "{\"id\":71,\"word\":\"x\"}",
                            201,
                            "*/*",
                            "[{\"word\":\"x\"}]"),
                    write(
                            "POST",
                            "/labels",
                            "count=exact",
                            "[{\"id\":72},{\"id\":73}]",
                            201,
                            "*/2",
                            ""),
                    write(
                            "POST",
                            "/labels?columns=id,word&select=id,word&on_conflict=id",
                            "resolution=merge-duplicates," + SHOW,
                            "[{\"id\":1,\"word\":\"dark\",\"more\":1},{\"id\":74}]",
                            201,
                            "*/*",
                            "[{\"id\":1,\"word\":\"dark\"},{\"id\":74,\"word\":null}]"),
                    write(
                            "POST",
                            "/jobs?columns=id,title,state&select=title,state&on_conflict=id",
                            "resolution=merge-duplicates,missing=default," + SHOW,
                            "[{\"id\":1,\"title\":\"again\"},{\"id\":900,\"title\":\"new\"}]",
                            201,
                            "*/*",
                            "[{\"title\":\"again\",\"state\":\"open\"},{\"title\":\"new\",\"state\":\"open\"}]"),
                    write(
                            "POST",
                            "/labels",
                            "",
                            "{\"id\":1}",
                            409,
                            "",
                            error(
                                    "23505",
                                    "\"Key (id)=(1) already exists.\"",
                                    "null",
                                    "duplicate key value violates unique constraint"
                                            + " \\\"labels_pkey\\\"")),
                    write(
                            "PATCH",
                            "/jobs?id=gt.0",
                            "max-affected=1",
                            "{\"version\":3}",
                            204,
                            "0-3/*",
                            ""),
                    write(
                            "PATCH",
                            "/jobs?id=gt.0",
                            "handling=strict,max-affected=1",
                            "{\"version\":3}",
                            400,
                            "",
                            error(
                                    "PGRST124",
                                    "\"The query affects 4 rows\"",
                                    "null",
                                    "Query result exceeds max-affected preference constraint")),
                    write(
                            "POST",
                            "/labels",
                            "handling=strict,foo,bar=1",
                            "{\"id\":75}",
                            400,
                            "",
                            error(
                                    "PGRST122",
                                    "\"Invalid preferences: foo, bar=1\"",
                                    "null",
                                    "Invalid preferences given with handling=strict")),
                    write(
                            "POST",
                            "/rpc/add",
                            "",
                            "{\"a\":1,\"c\":2}",
                            404,
                            "",
                            error(
                                    "PGRST202",
                                    "\"Searched for the function public.add with parameters a, c"
                                            + " or with a single unnamed json/jsonb parameter, but"
                                            + " no matches were found in the schema cache.\"",
                                    "\"Perhaps you meant to call the function public.add(a, b)\"",
                                    "Could not find the function public.add(a, c) in the schema"
                                            + " cache")),
                    write("POST", "/rpc/nothing", "", "{}", 204, "", ""),
                    write(
                            "POST",
                            "/rpc/pairs?select=word&i=gte.2&order=i.desc&limit=1",
                            "count=exact",
                            "{\"n\":3}",
                            206,
                            "0-0/2",
                            "[{\"word\":\"w3\"}]"));

    @ParameterizedTest
    @FieldSource("CORNERS")
    void a_request_is_answered_to_the_letter(Corner corner) {
        Asked asked = corner.asked();
        String prefer = "tx=rollback" + (asked.prefer().isEmpty() ? "" : "," + asked.prefer());
        var answer =
                rig.as("authenticated")
                        .prefer(prefer)
                        .with("accept", asked.accept())
                        .send(asked.method(), asked.url(), asked.body());
        assertThat(answer.status()).as(answer.toString()).isEqualTo(corner.status());
        if (!corner.range().isEmpty()) {
            assertThat(answer.range()).isEqualTo(corner.range());
        }
        if (corner.status() != 409 || !corner.answer().isEmpty()) {
            assertThat(answer.json()).isEqualTo(corner.answer());
        }
    }
}
