package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadTest {
    private static final RestRig rig = RestRig.with(Shop.SCHEMA);

    @AfterAll
    static void close() {
        rig.close();
    }

    private static String rows(String url) {
        RestRig.Answer answer = rig.anon().get(url);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void a_list_has_the_headers_of_the_protocol() {
        RestRig.Answer answer = rig.anon().with("accept-profile", "public").get("/labels?select=*");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json())
                .isEqualTo("[{\"id\":1,\"word\":\"red\"},{\"id\":2,\"word\":\"blue\"}]");
        assertThat(answer.range()).isEqualTo("0-1/*");
        assertThat(answer.header("content-type")).isEqualTo("application/json; charset=utf-8");
        assertThat(answer.header("content-location")).isEqualTo("/labels?select=%2A");
        assertThat(answer.header("content-profile")).isEqualTo("public");
        assertThat(answer.header("vary")).isEqualTo("Accept, Prefer, Range");
    }

    /// Filters on jobs, as the client sends them, and the ids that they leave.
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "id=eq.1; 1",
                "id=neq.1; 2,3,4",
                "total=gt.10.5; 2",
                "total=gte.10.5; 1,2",
                "total=lt.10; 4",
                "total=lte.10.50; 1,4",
                "title=like.*ir*; 1,3",
                "title=ilike.SEC%25; 2",
                "total=is.null; 3",
                "total=is.not_null; 1,2,4",
                "total=not.is.null; 1,2,4",
                "state=in.(open,late); 1,3,4",
                "id=in.(); ``",
                "id=not.in.(1,2); 3,4",
                "title=in.(\"first\",\"a,b\"); 1",
                "title=in.(fir\"st,third); 3",
                "tags=cs.{b}; 1,2",
                "tags=cd.{a,b,z}; 1,3",
                "tags=ov.{a,c d}; 1,2",
                "meta=cs.{\"x\":2}; 2",
                "span=sr.[0,2); 2,4",
                "span=sl.[6,9); 1",
                "span=nxr.[0,9); 1,2",
                "span=nxl.[5,9); 2,4",
                "span=adj.[9,12); 2",
                "body=fts.fox; 1",
                "body=plfts(english).lazy dog; 2",
                "body=phfts(english).brown fox; 1",
                "body=wfts(english).dog or fox; 1,2",
                "title=wfts(english).second; 2",
                "meta->>x=eq.1; 1",
                "meta->x=eq.2; 2",
                "meta->y->>z=eq.deep; 1",
                "meta->l->>0=eq.1; 1",
                "title=like(any).{fir*,sec*}; 1,2",
                "title=like(all).{f*,*th*}; 4",
                "id=eq(any).{1,3}; 1,3",
                "id=gt(all).{1,2}; 3,4",
                "title=match.^f; 1,4",
                "title=imatch.^F; 1,4",
                "company_id=isdistinct.1; 3,4",
                "company_id=not.isdistinct.1; 1,2",
                "or=(id.eq.1,and(state.eq.done,total.gt.1)); 1,2",
                "not.or=(id.eq.1,id.eq.2); 3,4",
                "and=(id.gt.1,id.lt.4); 2,3",
                "or=(title.eq.\"fir\\\"st\",id.not.in.(1,2,3)); 4",
                "or=(tags.cs.{a,b},id.eq.4); 1,4",
                "or=(not.and(id.gt.1,id.lt.4),id.eq.2); 1,2,4",
                "id=gte.2&id=lt.4; 2,3",
                "title=eq.fourth*%25; 4",
                "version=is.unknown; !",
                "company_id=eq.1&state=eq.open; 1",
                "tags=eq.{}; 3",
                "state=eq.; ``"
            })
    void a_filter_leaves_the_rows_that_it_should(String filter, String ids) {
        RestRig.Answer answer = rig.anon().get("/jobs?select=id&order=id&" + filter);
        if (ids.equals("!")) {
            assertThat(answer.status()).isEqualTo(400);
            return;
        }
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.json().replaceAll("[^0-9,]", "")).isEqualTo(ids == null ? "" : ids);
    }

    @Test
    void columns_are_renamed_cast_and_reached_into() {
        assertThat(
                        rows(
                                "/jobs?id=eq.1&select=id,status:state,total::text,meta->>x,meta->y,deep:meta->y->>z"))
                .isEqualTo(
                        "[{\"id\":1,\"status\":\"open\",\"total\":\"10.50\",\"x\":\"1\",\"y\":{\"z\": \"deep\"},\"deep\":\"deep\"}]");
    }

    @Test
    void odd_names_are_quoted() {
        assertThat(
                        rows(
                                "/Odd \"name\"?select=\"a b\",x:\"c,d\",order,\"e.f\"&\"c,d\"=eq.1&\"e.f\"=eq.3&order=\"order\""))
                .isEqualTo("[{\"a b\":\"x\",\"x\":1,\"order\":2,\"e.f\":3}]");
    }

    @Test
    void values_are_those_of_to_jsonb() {
        assertThat(rows("/items?select=price&order=id&limit=2"))
                .isEqualTo("[{\"price\":0.1},{\"price\":100000000000000000000}]");
        assertThat(rows("/items?id=eq.2"))
                .isEqualTo(
                        "[{\"id\":2,\"job_id\":1,\"name\":\"nut\",\"qty\":20,\"pos\":1,\"price\":100000000000000000000}]");
    }

    @Test
    void rows_are_ordered() {
        assertThat(rows("/jobs?select=id&order=total.desc.nullslast,id"))
                .contains("2")
                .startsWith("[{\"id\":2}");
        assertThat(rows("/jobs?select=id&order=total.asc.nullsfirst")).startsWith("[{\"id\":3}");
        assertThat(rows("/jobs?select=id&order=meta->>x.desc.nullslast")).startsWith("[{\"id\":4}");
        assertThat(rows("/jobs?select=id,companies(name)&order=companies(name).desc.nullslast,id"))
                .startsWith("[{\"id\":3");
        assertThat(rows("/jobs?select=id,companies(id)&order=companies(name).desc.nullslast,id"))
                .startsWith("[{\"id\":3");
    }

    @Test
    void pages_say_where_they_are() {
        var page =
                rig.anon().prefer("count=exact").get("/jobs?select=id&order=id&offset=0&limit=2");
        assertThat(page.status()).isEqualTo(206);
        assertThat(page.range()).isEqualTo("0-1/4");
        assertThat(page.header("preference-applied")).isEqualTo("count=exact");
        var all = rig.anon().prefer("count=exact").get("/jobs?select=id");
        assertThat(all.status()).isEqualTo(200);
        assertThat(all.range()).isEqualTo("0-3/4");
        var none = rig.anon().prefer("count=exact").get("/jobs?select=id&id=eq.77");
        assertThat(none.status()).isEqualTo(200);
        assertThat(none.range()).isEqualTo("*/0");
        assertThat(rig.anon().get("/jobs?id=eq.77").range()).isEqualTo("*/*");
        var edge = rig.anon().prefer("count=exact").get("/jobs?select=id&offset=4");
        assertThat(edge.status()).isEqualTo(206);
        assertThat(edge.range()).isEqualTo("*/4");
        var beyond = rig.anon().prefer("count=exact").get("/jobs?select=id&offset=100");
        assertThat(beyond.status()).isEqualTo(416);
        assertThat(beyond.range()).isEqualTo("*/4");
        assertThat(beyond.body())
                .isEqualTo(
                        "{\"code\":\"PGRST103\",\"details\":\"An offset of 100 was requested, but there are only 4 rows.\",\"hint\":null,\"message\":\"Requested range not satisfiable\"}");
        assertThat(rig.anon().get("/jobs?select=id&limit=0").json()).isEqualTo("[]");
        assertThat(rig.anon().get("/jobs?select=id&limit=-1").status()).isEqualTo(416);
    }

    @Test
    void a_range_header_is_cut_with_limit_and_offset() {
        var range = rig.anon().with("range", "1-2").with("range-unit", "items");
        assertThat(range.get("/jobs?select=id&order=id").range()).isEqualTo("1-2/*");
        assertThat(range.get("/jobs?select=id&order=id&limit=2").range()).isEqualTo("1-1/*");
        assertThat(rig.anon().with("range", "3-1").get("/jobs").status()).isEqualTo(416);
    }

    @Test
    void counting_alone_transfers_nothing() {
        var head = rig.anon().prefer("count=exact").head("/jobs?select=*&state=eq.open");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.range()).isEqualTo("0-1/2");
        assertThat(head.header("content-type")).isEqualTo("application/json; charset=utf-8");
    }

    @Test
    void counts_can_be_planned_or_estimated() {
        var planned = rig.anon().prefer("count=planned").get("/jobs?select=id&limit=1");
        assertThat(planned.range()).matches("0-0/\\d+");
        assertThat(rig.anon().prefer("count=estimated").get("/jobs?select=id&limit=1").range())
                .isEqualTo("0-0/4");
    }

    @Test
    void embeds_follow_foreign_keys_in_both_directions() {
        assertThat(
                        rows(
                                "/jobs?id=in.(1,4)&order=id&select=id,items(name),customer:companies!jobs_company_id_fkey(id,name)&items.order=pos.asc"))
                .isEqualTo(
                        "[{\"id\":1,\"items\":[{\"name\":\"nut\"},{\"name\":\"bolt\"}],\"customer\":{\"id\":1,\"name\":\"Acme & Co\"}},"
                                + "{\"id\":4,\"items\":[],\"customer\":null}]");
        assertThat(
                        rows(
                                "/jobs?id=eq.1&select=company_id(name),jobs_assigned_fkey(name),users!created_by(name)"))
                .isEqualTo(
                        "[{\"company_id\":{\"name\":\"Acme & Co\"},\"jobs_assigned_fkey\":{\"name\":\"Bo\"},\"users\":{\"name\":\"Ada\"}}]");
        assertThat(rows("/users?select=name,passports(number)&order=id"))
                .isEqualTo(
                        "[{\"name\":\"Ada\",\"passports\":{\"number\":\"P-1\"}},{\"name\":\"Bo\",\"passports\":null}]");
        assertThat(rows("/jobs?id=eq.1&select=labels(word)&labels.order=word"))
                .isEqualTo("[{\"labels\":[{\"word\":\"blue\"},{\"word\":\"red\"}]}]");
        assertThat(
                        rows(
                                "/jobs?id=lte.2&order=id&select=id,children:jobs(id),parent:parent_id(id)&children.order=id"))
                .isEqualTo(
                        "[{\"id\":1,\"children\":[{\"id\":2},{\"id\":3}],\"parent\":null},{\"id\":2,\"children\":[],\"parent\":{\"id\":1}}]");
        assertThat(
                        rows(
                                "/companies?id=eq.1&select=jobs(id,items(id,qty))&jobs.items.qty=gt.5&jobs.order=id&jobs.items.order=id&jobs.limit=1"))
                .isEqualTo(
                        "[{\"jobs\":[{\"id\":1,\"items\":[{\"id\":1,\"qty\":10},{\"id\":2,\"qty\":20}]}]}]");
    }

    @Test
    void inner_embeds_filter_the_parent_and_its_count() {
        var answer =
                rig.anon()
                        .prefer("count=exact")
                        .get(
                                "/jobs?select=id,companies!inner(name)&companies.name=eq.Acme %26 Co&order=id&limit=1");
        assertThat(answer.json()).isEqualTo("[{\"id\":1,\"companies\":{\"name\":\"Acme & Co\"}}]");
        assertThat(answer.range()).isEqualTo("0-0/2");
        assertThat(rows("/companies?select=id,jobs!inner(id,items!inner(id))&jobs.items.qty=eq.1"))
                .isEqualTo("[{\"id\":1,\"jobs\":[{\"id\":2,\"items\":[{\"id\":3}]}]}]");
    }

    @Test
    void an_embed_can_be_asked_for_being_there() {
        assertThat(rows("/companies?select=id,jobs()&jobs=is.null")).isEqualTo("[{\"id\":3}]");
        assertThat(rows("/companies?select=id,jobs()&jobs=not.is.null&order=id"))
                .isEqualTo("[{\"id\":1},{\"id\":2}]");
        assertThat(rows("/jobs?select=id,companies()&or=(companies.is.null,id.eq.1)&order=id"))
                .isEqualTo("[{\"id\":1},{\"id\":4}]");
        var counted =
                rig.anon()
                        .prefer("count=exact")
                        .get("/companies?select=id,jobs()&jobs=is.null&limit=5");
        assertThat(counted.range()).isEqualTo("0-0/1");
    }

    @Test
    void spreads_lift_columns() {
        assertThat(rows("/jobs?id=eq.1&select=id,...companies(firm:name,city)"))
                .isEqualTo("[{\"id\":1,\"firm\":\"Acme & Co\",\"city\":\"Basel\"}]");
        assertThat(rows("/jobs?id=in.(1,4)&order=id&select=id,...items(name,qty)&items.order=id"))
                .isEqualTo(
                        "[{\"id\":1,\"name\":[\"bolt\", \"nut\"],\"qty\":[10, 20]},{\"id\":4,\"name\":[],\"qty\":[]}]");
        assertThat(rows("/jobs?id=eq.1&select=id,...companies(*)"))
                .contains("\"name\":\"Acme & Co\"");
    }

    @Test
    void functions_of_a_row_are_columns_and_embeds() {
        assertThat(
                        rows(
                                "/jobs?id=eq.1&select=id,shout,boss(name),siblings(id)&shout=eq.FIRST!&order=shout"))
                .isEqualTo(
                        "[{\"id\":1,\"shout\":\"FIRST!\",\"boss\":{\"name\":\"Ada\"},\"siblings\":[{\"id\":2}]}]");
    }

    @Test
    void views_relate_like_the_tables_that_they_show() {
        assertThat(rows("/open_jobs?job=eq.1&select=title,companies(name),items(id)"))
                .isEqualTo(
                        "[{\"title\":\"first\",\"companies\":{\"name\":\"Acme & Co\"},\"items\":[{\"id\":1},{\"id\":2}]}]");
        assertThat(rows("/companies?id=eq.1&select=open_jobs_again(title)"))
                .isEqualTo("[{\"open_jobs_again\":[{\"title\":\"first\"}]}]");
        assertThat(rows("/company_totals?company_id=eq.1&select=total,companies(name)"))
                .isEqualTo("[{\"total\":30.50,\"companies\":{\"name\":\"Acme & Co\"}}]");
    }

    @Test
    void one_row_can_be_asked_for() {
        var one = rig.anon().single().get("/jobs?id=eq.1&select=id");
        assertThat(one.body()).isEqualTo("{\"id\":1}");
        assertThat(one.header("content-type"))
                .isEqualTo("application/vnd.pgrst.object+json; charset=utf-8");
        var none = rig.anon().single().get("/jobs?id=eq.77&select=id");
        assertThat(none.status()).isEqualTo(406);
        assertThat(none.body())
                .isEqualTo(
                        "{\"code\":\"PGRST116\",\"details\":\"The result contains 0 rows\",\"hint\":null,\"message\":\"Cannot coerce the result to a single JSON object\"}");
        assertThat(rig.anon().single().get("/jobs?select=id").body()).contains("contains 4 rows");
        assertThat(
                        rig.anon()
                                .with("accept", "Application/VND.pgrst.object")
                                .get("/jobs?id=eq.1&select=id")
                                .body())
                .isEqualTo("{\"id\":1}");
    }

    @Test
    void nulls_can_be_left_out_and_rows_be_csv() {
        assertThat(
                        rig.anon()
                                .with("accept", "application/vnd.pgrst.array+json;nulls=stripped")
                                .get("/companies?id=eq.2")
                                .body())
                .isEqualTo("[{\"id\":2,\"name\":\"Über\"}]");
        var csv = rig.anon().with("accept", "text/csv").get("/companies?order=id&limit=2");
        assertThat(csv.body()).isEqualTo("id,name,city\n1,\"Acme & Co\",Basel\n2,Über,");
        assertThat(csv.header("content-type")).isEqualTo("text/csv; charset=utf-8");
        assertThat(rig.anon().with("accept", "image/png").get("/companies").status())
                .isEqualTo(406);
    }

    @Test
    void an_answer_that_is_cut_says_so() {
        try (RestRig small = RestRig.with(Shop.SCHEMA, java.util.Map.of("rest.max-rows", "2"))) {
            var cut = small.anon().get("/jobs?select=id&order=id");
            assertThat(cut.json()).isEqualTo("[{\"id\":1},{\"id\":2}]");
            assertThat(cut.header("lockstep-truncated")).isEqualTo("max-rows=2");
            assertThat(cut.range()).isEqualTo("0-1/*");
            assertThat(small.anon().get("/labels").header("lockstep-truncated")).isEmpty();
            assertThat(small.anon().get("/jobs?limit=2").header("lockstep-truncated")).isEmpty();
            assertThat(small.anon().get("/rpc/numbers?n=5").header("lockstep-truncated"))
                    .isEqualTo("max-rows=2");
            assertThat(small.anon().prefer("count=exact").head("/jobs").range()).isEqualTo("0-3/4");
            assertThat(small.anon().prefer("count=estimated").get("/jobs?limit=1").range())
                    .matches("0-0/\\d+");
        }
    }

    @Test
    void aggregates_are_off_until_somebody_turns_them_on() {
        assertThat(rig.anon().get("/jobs?select=count()").body()).contains("PGRST123");
        try (RestRig open =
                RestRig.with(Shop.SCHEMA, java.util.Map.of("rest.aggregates", "true"))) {
            assertThat(open.anon().get("/jobs?select=count()").json()).isEqualTo("[{\"count\":4}]");
            assertThat(open.anon().get("/jobs?select=state,total.sum()&order=state").json())
                    .isEqualTo(
                            "[{\"state\":\"done\",\"sum\":20.00},{\"state\":\"late\",\"sum\":null},{\"state\":\"open\",\"sum\":15.50}]");
            assertThat(
                            open.anon()
                                    .get(
                                            "/jobs?select=companies(name),n:id.count()::text&order=n.desc&limit=1")
                                    .status())
                    .isIn(200, 400);
        }
    }
}
