package dev.lockstep.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Requests of every kind that the grammars know, and, every so often, of none.
final class RandomRequests {
    private static final List<String> TABLES =
            List.of(
                    "jobs",
                    "companies",
                    "items",
                    "users",
                    "labels",
                    "jobs_labels",
                    "open_jobs",
                    "secrets",
                    "closed",
                    "codes",
                    "company_totals",
                    "Odd \"name\"",
                    "nothere",
                    "passports");
    private static final List<String> COLUMNS =
            List.of(
                    "id",
                    "title",
                    "state",
                    "total",
                    "company_id",
                    "tags",
                    "meta",
                    "span",
                    "body",
                    "version",
                    "name",
                    "qty",
                    "price",
                    "word",
                    "shout",
                    "foo",
                    "\"a b\"",
                    "meta->>x",
                    "meta->l->0",
                    "code",
                    "made",
                    "parent_id",
                    "job",
                    "\"\"",
                    "ctid",
                    "xmin",
                    "tableoid");
    private static final List<String> EMBEDS =
            List.of(
                    "companies",
                    "items",
                    "users",
                    "labels",
                    "jobs",
                    "siblings",
                    "boss",
                    "passports",
                    "company_id",
                    "jobs_created_fkey",
                    "parent_id",
                    "open_jobs",
                    "nothere");
    private static final List<String> OPERATORS =
            List.of(
                    "eq",
                    "neq",
                    "gt",
                    "gte",
                    "lt",
                    "lte",
                    "like",
                    "ilike",
                    "match",
                    "imatch",
                    "isdistinct",
                    "cs",
                    "cd",
                    "ov",
                    "sl",
                    "sr",
                    "nxl",
                    "nxr",
                    "adj",
                    "fts",
                    "plfts",
                    "phfts",
                    "wfts(english)",
                    "eq(any)",
                    "like(all)",
                    "is",
                    "in",
                    "xx",
                    "not.eq",
                    "not.in",
                    "not.is");
    private static final List<String> VALUES =
            List.of(
                    "1",
                    "0",
                    "-1",
                    "abc",
                    "",
                    "null",
                    "true",
                    "{a,b}",
                    "{1,2}",
                    "(1,2,3)",
                    "(a,\"b\")",
                    "()",
                    "[1,5)",
                    "{\"x\":1}",
                    "2026-01-01",
                    "*a%",
                    "1e400",
                    "99999999999999999999",
                    "NaN",
                    "'",
                    "\"",
                    "\\",
                    "(",
                    ")",
                    ",",
                    "{",
                    "}",
                    "a&b",
                    "ä€😀",
                    "\u0000",
                    "(a.eq.1)",
                    "^(a|b)*$",
                    "((",
                    "[",
                    "a:b",
                    "a&!",
                    "Infinity",
                    "00000000-0000-4000-8000-000000000001");
    private static final List<String> FUNCTIONS =
            List.of(
                    "add",
                    "ping",
                    "nothing",
                    "a_job",
                    "all_jobs",
                    "pairs",
                    "numbers",
                    "total_of",
                    "echo",
                    "big",
                    "over",
                    "context",
                    "nope",
                    "shout");

    private final RandomGenerator random;

    RandomRequests(RandomGenerator random) {
        this.random = random;
    }

    /// Half of them make sense, so that they come as far as the database.
    RestRequest next(String token) {
        return random.nextBoolean() ? sensible(token) : strange(token);
    }

    private RestRequest sensible(String token) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (random.nextInt(3) == 0) {
            headers.put("authorization", "Bearer " + token);
        }
        maybe(
                3,
                () ->
                        headers.put(
                                "prefer",
                                one(
                                        List.of(
                                                "count=exact",
                                                "count=planned",
                                                "count=estimated",
                                                "return=representation",
                                                "return=representation, count=exact",
                                                "return=representation, resolution=merge-duplicates",
                                                "missing=default, return=representation"))));
        maybe(
                8,
                () ->
                        headers.put(
                                "accept",
                                one(
                                        List.of(
                                                "text/csv",
                                                "application/vnd.pgrst.object+json",
                                                "application/vnd.pgrst.array+json;nulls=stripped"))));
        Map<String, List<String>> query = new LinkedHashMap<>();
        put(query, "select", one(SENSIBLE_SELECTS));
        for (int i = random.nextInt(4); i > 0; i--) {
            String[] pair = one(SENSIBLE_CONDITIONS).split("=", 2);
            put(query, pair[0], pair[1]);
        }
        maybe(
                2,
                () ->
                        put(
                                query,
                                "order",
                                one(
                                        List.of(
                                                "id",
                                                "total.desc.nullslast,id",
                                                "shout",
                                                "meta->>x.asc",
                                                "tags"))));
        maybe(3, () -> put(query, "limit", one(List.of("0", "1", "3"))));
        maybe(4, () -> put(query, "offset", one(List.of("0", "1", "2"))));
        boolean call = random.nextInt(5) == 0;
        String method =
                call
                        ? one(List.of("GET", "POST", "HEAD"))
                        : one(List.of("GET", "GET", "GET", "HEAD", "PATCH", "POST", "DELETE"));
        String body =
                call || !method.equals("POST")
                        ? one(
                                List.of(
                                        "{\"version\":2}",
                                        "{\"meta\":{\"x\":3}}",
                                        "{\"tags\":[\"a\",\"z\"]}",
                                        "{\"total\":1.5}"))
                        : "[{\"title\":\"n\",\"company_id\":"
                                + one(List.of("1", "2", "null"))
                                + "}]";
        return new RestRequest(
                "r-fuzz",
                method,
                call ? List.of("rpc", "all_jobs") : List.of("jobs"),
                query,
                headers,
                (call ? "{}" : body).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static final List<String> SENSIBLE_SELECTS =
            List.of(
                    "*",
                    "id,title",
                    "id,total::text,meta->>x,m:meta->y",
                    "*,companies(*)",
                    "id,items(*)",
                    "id,companies!inner(name),items(name,qty)",
                    "id,siblings(id,boss(name)),boss(*)",
                    "*,shout",
                    "id,...companies(firm:name)",
                    "id,...items(name)",
                    "id,labels(word,jobs(id))",
                    "id,items(),companies(id)",
                    "id,children:jobs(id,children:jobs(id)),parent_id(id,title)",
                    "state,id.count(),total.sum()",
                    "count()",
                    "id,users!jobs_created_fkey(name,passports(*))",
                    "tags,meta,span,body");
    private static final List<String> SENSIBLE_CONDITIONS =
            List.of(
                    "id=gt.0",
                    "id=in.(1,2,3,4)",
                    "id=not.in.(9)",
                    "total=gte.1",
                    "title=ilike.*t*",
                    "tags=cs.{a}",
                    "tags=ov.{a,b}",
                    "meta=cs.{}",
                    "meta->>x=eq.1",
                    "meta->x=not.is.null",
                    "span=sl.[6,9)",
                    "body=fts.fox",
                    "title=wfts(english).first",
                    "or=(id.eq.1,and(state.eq.open,total.gt.1))",
                    "shout=like.*!",
                    "state=eq(any).{open,done}",
                    "company_id=isdistinct.2",
                    "parent_id=is.null",
                    "version=eq.1");

    private RestRequest strange(String token) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (random.nextInt(3) == 0) {
            headers.put("authorization", "Bearer " + token);
        }
        maybe(4, () -> headers.put("prefer", String.join(", ", several(this::preference))));
        maybe(
                6,
                () ->
                        headers.put(
                                "accept",
                                one(
                                        List.of(
                                                "*/*",
                                                "application/json",
                                                "text/csv",
                                                "application/vnd.pgrst.object+json",
                                                "application/vnd.pgrst.array+json;nulls=stripped",
                                                "image/png",
                                                ";;,",
                                                "application/vnd.pgrst.object;nulls=stripped;q=0.5, */*;q=0.1"))));
        maybe(
                20,
                () ->
                        headers.put(
                                "range",
                                one(List.of("0-1", "5-", "3-1", "x", "0-99999999999999"))));
        boolean call = random.nextInt(5) == 0;
        String method =
                call
                        ? one(List.of("GET", "POST", "POST", "HEAD", "PATCH"))
                        : one(
                                List.of(
                                        "GET", "GET", "GET", "HEAD", "POST", "PATCH", "DELETE",
                                        "PUT"));
        List<String> path = call ? List.of("rpc", one(FUNCTIONS)) : List.of(one(TABLES));
        return new RestRequest(
                "r-fuzz",
                method,
                path,
                query(call),
                headers,
                body(call).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private Map<String, List<String>> query(boolean call) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        maybe(1, () -> put(query, "select", select(0)));
        maybe(1, () -> put(query, prefix() + mangled(one(COLUMNS)), condition()));
        maybe(2, () -> put(query, mangled(one(COLUMNS)), condition()));
        maybe(
                4,
                () ->
                        put(
                                query,
                                prefix() + one(List.of("or", "and", "not.or", "not.and")),
                                logic(0)));
        maybe(3, () -> put(query, prefix() + "order", mangled(order())));
        maybe(
                4,
                () ->
                        put(
                                query,
                                prefix() + "limit",
                                one(List.of("0", "1", "5", "-1", "x", "999999999999999999"))));
        maybe(
                5,
                () ->
                        put(
                                query,
                                prefix() + "offset",
                                one(List.of("0", "1", "3", "-1", "999999999999999999"))));
        maybe(8, () -> put(query, "columns", mangled(one(COLUMNS) + "," + one(COLUMNS))));
        maybe(10, () -> put(query, "on_conflict", mangled(one(COLUMNS))));
        if (call) {
            maybe(
                    1,
                    () ->
                            put(
                                    query,
                                    one(List.of("a", "b", "n", "id", "numbers", "x")),
                                    one(VALUES)));
        }
        return query;
    }

    private static void put(Map<String, List<String>> query, String name, String value) {
        query.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }

    private String prefix() {
        return random.nextInt(4) == 0 ? one(EMBEDS) + "." : "";
    }

    private String select(int depth) {
        List<String> items = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            String item =
                    switch (random.nextInt(8)) {
                        case 0 -> "*";
                        case 1 ->
                                one(COLUMNS)
                                        + "::"
                                        + one(
                                                List.of(
                                                        "text", "int", "jsonb", "nope", "float8",
                                                        "bool", "xml"));
                        case 2 -> "x:" + one(COLUMNS);
                        case 3 ->
                                random.nextInt(5) > 0
                                        ? "title"
                                        : one(List.of("count()", "id.sum()", "total.avg()::int"));
                        case 4, 5 ->
                                depth > 2
                                        ? "id"
                                        : one(List.of("", "", "...", "e:"))
                                                + one(EMBEDS)
                                                + one(
                                                        List.of(
                                                                "",
                                                                "",
                                                                "!inner",
                                                                "!left",
                                                                "!jobs_created_fkey",
                                                                "!x"))
                                                + "("
                                                + select(depth + 1)
                                                + ")";
                        default -> one(COLUMNS);
                    };
            items.add(item);
        }
        return mangled(String.join(",", items));
    }

    private String condition() {
        return mangled(one(OPERATORS) + "." + one(VALUES));
    }

    private String logic(int depth) {
        List<String> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            parts.add(
                    depth < 3 && random.nextInt(4) == 0
                            ? one(List.of("and", "or", "not.and")) + logic(depth + 1)
                            : one(COLUMNS) + "." + one(OPERATORS) + "." + one(VALUES));
        }
        return mangled("(" + String.join(",", parts) + ")");
    }

    private String order() {
        return one(COLUMNS)
                + one(List.of("", ".asc", ".desc", ".nullslast", ".desc.nullsfirst", ".x"))
                + one(
                        List.of(
                                "",
                                "," + one(COLUMNS),
                                "," + one(EMBEDS) + "(" + one(COLUMNS) + ")"));
    }

    private String preference() {
        return one(
                List.of(
                        "return=representation",
                        "return=minimal",
                        "return=headers-only",
                        "count=exact",
                        "count=planned",
                        "count=estimated",
                        "resolution=merge-duplicates",
                        "resolution=ignore-duplicates",
                        "missing=default",
                        "handling=strict",
                        "max-affected=1",
                        "tx=rollback",
                        "timezone=UTC",
                        "x=y",
                        "="));
    }

    private String body(boolean call) {
        String key =
                call
                        ? one(List.of("a", "b", "n", "id", "numbers"))
                        : one(COLUMNS).replace("\"", "");
        String value =
                one(
                        List.of(
                                "1",
                                "\"x\"",
                                "null",
                                "[1,2]",
                                "{\"a\":1}",
                                "true",
                                "1e400",
                                "\"\\u0000\"",
                                "\"2026-01-01\""));
        String object = "{\"" + key + "\":" + value + "}";
        return switch (random.nextInt(10)) {
            case 0 -> "";
            case 1 -> "[" + object + "," + object + "]";
            case 2 -> "[]";
            case 3 -> "{}";
            case 4 -> mangled(object);
            case 5 -> "{\"id\":" + (1000 + random.nextInt(100)) + ",\"" + key + "\":" + value + "}";
            default -> object;
        };
    }

    /// Now and then a letter is lost, doubled or strange.
    private String mangled(String text) {
        if (text.isEmpty() || random.nextInt(6) != 0) {
            return text;
        }
        int at = random.nextInt(text.length());
        return switch (random.nextInt(3)) {
            case 0 -> text.substring(0, at) + text.substring(at + 1);
            case 1 -> text.substring(0, at) + text.charAt(at) + text.substring(at);
            default -> text.substring(0, at) + one(VALUES) + text.substring(at);
        };
    }

    private List<String> several(java.util.function.Supplier<String> maker) {
        List<String> all = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            all.add(maker.get());
        }
        return all;
    }

    private String one(List<String> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void maybe(int oneIn, Runnable work) {
        if (random.nextInt(oneIn) == 0) {
            work.run();
        }
    }
}
