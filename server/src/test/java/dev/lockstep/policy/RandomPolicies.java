package dev.lockstep.policy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Policies, claims and rows as people might have them, and as nobody would, on a table `t` and a
/// table of members `m`.
public final class RandomPolicies {
    public static final String TABLES =
            """
            create type mood as enum ('sad', 'ok', 'glad');
            create domain title as text;
            create table t (
                id int primary key, u uuid, i int, s2 int2, s8 int8, n numeric(10,2), f float8,
                w text, v varchar(20), b boolean, p char(4), e mood, d title,
                z timestamptz, c text collate "C", a int[]);
            create table m (u uuid, i int, w text);
            create role staff;
            grant staff to authenticated with inherit true;
            grant select on m to authenticated, anon;
            alter table t enable row level security;
            alter publication supabase_realtime add table t;
            create function mine() returns setof int language sql stable as
                $$ select i from public.m where u = auth.uid() $$;
            create function claim_int(name text) returns int language sql stable as
                $$ select (auth.jwt() ->> name)::int $$;
            grant execute on all functions in schema public to authenticated, anon;
            """;

    /// Of `t`, but for `id`.
    public static final List<String> COLUMNS =
            List.of("u", "i", "s2", "s8", "n", "f", "w", "v", "b", "p", "e", "d", "z", "c", "a");

    private static final List<String> UUIDS =
            IntStream.range(0, 4)
                    .mapToObj(n -> "0000000" + n + "-0000-4000-8000-00000000000" + n)
                    .toList();
    private static final List<String> WORDS = List.of("a", "b", "A", "ab", "", "z%", "it''s", "7");

    private final Random random;

    public RandomPolicies(Random random) {
        this.random = random;
    }

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    @SafeVarargs
    private String any(Supplier<String>... of) {
        return of[random.nextInt(of.length)].get();
    }

    private String number() {
        return Integer.toString(random.nextInt(9) - 2);
    }

    private String comparison() {
        return one(List.of("=", "=", "<>", "<", "<=", ">", ">=", "is distinct from"));
    }

    private String list(Supplier<String> values) {
        return IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(_ -> random.nextInt(6) == 0 ? "null" : values.get())
                .collect(Collectors.joining(", "));
    }

    private String uuid() {
        return any(
                () -> "auth.uid()",
                () -> "(select auth.uid())",
                () -> "'" + one(UUIDS) + "'::uuid",
                () -> "(auth.jwt() -> 'app' ->> 'other')::uuid",
                () -> "(current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid");
    }

    private String integer() {
        return any(
                this::number,
                () -> "(auth.jwt() ->> 'tenant')::int",
                () -> "claim_int('tenant')",
                () -> "(select claim_int('level'))",
                () -> "(" + number() + ")::int8",
                () -> "(" + number() + ")::int2",
                () -> "90000");
    }

    private String word() {
        return any(
                () -> "'" + one(WORDS) + "'",
                () -> "(auth.jwt() ->> 'word')",
                () -> "(select auth.jwt() -> 'app' ->> 'word')",
                () -> "coalesce(auth.jwt() ->> 'missing', 'a')",
                () -> "lower(auth.jwt() ->> 'word')",
                () -> "nullif('" + one(WORDS) + "', 'a')");
    }

    private String term() {
        String text = one(List.of("w", "v", "d", "c"));
        return any(
                () -> "u = " + uuid(),
                () -> uuid() + " " + one(List.of("=", "<>", "is distinct from", "<")) + " u",
                () -> "u::text = " + one(List.of("auth.jwt() ->> 'sub'", word())),
                () -> "u in (" + list(this::uuid) + ")",
                () -> "i " + comparison() + " " + integer(),
                () -> integer() + " " + comparison() + " i",
                () -> "s2 " + comparison() + " " + integer(),
                () -> "s8 " + comparison() + " " + integer(),
                () -> "i::text = " + one(List.of("auth.jwt() ->> 'tenant'", word())),
                () -> "i " + one(List.of("in", "not in")) + " (" + list(this::number) + ")",
                () -> "s2 = any (array[" + list(this::number) + "]::int[])",
                () -> "i <> all (array[" + list(this::number) + "]::int8[])",
                () -> "i " + comparisonOnly() + " any (array[" + list(this::number) + "]::int[])",
                () -> "i " + comparisonOnly() + " all (array[" + list(this::number) + "]::int[])",
                () -> "i between " + number() + " and " + number(),
                () -> "n " + comparison() + " " + number() + ".50",
                () -> "n = " + number(),
                () -> "f " + comparison() + " " + number() + ".5",
                () -> text + " = " + word(),
                () -> word() + " " + one(List.of("=", "<>", "is distinct from")) + " " + text,
                () -> text + " " + comparison() + " " + word(),
                () -> text + one(List.of(" in", " not in")) + " (" + list(this::word) + ")",
                () -> text + one(List.of(" like ", " not ilike ")) + one(List.of("'a%'", "'_'")),
                () -> text + one(List.of(" ~ ", " !~* ")) + one(List.of("'^a'", "'b$'")),
                () -> text + " = any (string_to_array(auth.jwt() ->> 'words', ','))",
                () -> text + " is " + one(List.of("null", "not null")),
                () -> "b",
                () -> "b is " + one(List.of("", "not ")) + one(List.of("true", "unknown")),
                () -> "b = " + one(List.of("true", "false")),
                () -> "p " + one(List.of("=", "<>")) + " '" + one(List.of("a", "a ", "ab")) + "'",
                () -> "e " + comparison() + " '" + one(List.of("sad", "ok", "glad")) + "'",
                () -> "z " + comparison() + " '2026-01-0" + (1 + random.nextInt(9)) + "'",
                () -> "auth.role() = '" + one(List.of("anon", "authenticated")) + "'",
                () -> "auth.uid() is not null",
                () -> "(auth.jwt() ->> 'word') = '" + one(WORDS) + "'",
                () -> one(List.of("true", "false", "null::boolean")));
    }

    private String comparisonOnly() {
        return one(List.of("=", "<>", "<", ">="));
    }

    private String membership() {
        return any(
                () -> "i in (select i from m where u = auth.uid())",
                () -> "i not in (select i from m where w = " + word() + ")",
                () -> "s2 in (select m.i from m)",
                () -> text() + " in (select w from m where i < " + integer() + ")",
                () -> "i = any (array(select i from m where u = " + uuid() + "))",
                () -> "i in (select mine())",
                () -> "i = (select min(i) from m where u = auth.uid())",
                () -> "exists (select from m where m.i = t.i and m.u = " + uuid() + ")",
                () -> "exists (select from m where m.w = t.v and m.i > " + number() + ")",
                () -> "exists (select from m x join m y on x.i = y.i where x.u = t.u)",
                () -> "exists (select from m where u = auth.uid() and w = " + word() + ")",
                () -> uuid() + " in (select u from m where m.i = t.i)",
                () -> word() + " in (select w from m x where x.i = t.s8)");
    }

    private String text() {
        return one(List.of("w", "v", "c"));
    }

    private String asked() {
        return any(
                () -> "length(w) > " + number(),
                () -> "i = any (a)",
                () -> integer() + " = any (a)",
                () -> "i = s2",
                () -> "coalesce(b, i > 2)",
                () -> "exists (select from m where m.i > t.i and m.u = auth.uid())",
                () -> "p::text = 'a'",
                () -> "z < now()",
                () -> "w collate \"C\" < 'b'",
                () -> "case when b then i = 1 else w = 'a' end");
    }

    private String condition(int depth) {
        int dice = random.nextInt(100);
        if (depth == 0 || dice < 40) {
            int kind = random.nextInt(100);
            return kind < 78 ? term() : kind < 95 ? membership() : asked();
        }
        if (dice < 50) {
            return "not (" + condition(depth - 1) + ")";
        }
        String joint = dice < 75 ? " and " : " or ";
        return IntStream.rangeClosed(0, 1 + random.nextInt(2))
                .mapToObj(_ -> "(" + condition(depth - 1) + ")")
                .collect(Collectors.joining(joint));
    }

    /// The statements that put one to four new policies in place of those that are there.
    public List<String> policies(List<String> before) {
        List<String> statements = new ArrayList<>();
        before.forEach(name -> statements.add("drop policy " + name + " on t"));
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            statements.add(
                    "create policy p%d on t as %s for %s to %s using (%s)"
                            .formatted(
                                    i,
                                    i > 0 && random.nextInt(3) == 0 ? "restrictive" : "permissive",
                                    one(List.of("select", "all", "select", "update")),
                                    one(
                                            List.of(
                                                    "public",
                                                    "public",
                                                    "authenticated",
                                                    "anon",
                                                    "staff",
                                                    "anon, staff")),
                                    condition(3)));
        }
        return statements;
    }

    public Map<String, Object> claims() {
        Map<String, Object> claims = new HashMap<>();
        maybe(() -> claims.put("sub", one(UUIDS)));
        maybe(() -> claims.put("tenant", number()));
        maybe(() -> claims.put("level", random.nextInt(4)));
        maybe(() -> claims.put("word", one(WORDS).replace("''", "'")));
        maybe(() -> claims.put("words", one(WORDS) + "," + one(WORDS)));
        maybe(() -> claims.put("app", Map.of("other", one(UUIDS), "word", one(WORDS))));
        return claims;
    }

    private void maybe(Runnable act) {
        if (random.nextInt(5) > 0) {
            act.run();
        }
    }

    private String or(String value) {
        return random.nextInt(5) == 0 ? "null" : value;
    }

    /// A value for a column of `t` as SQL has it, or null.
    ///
    /// @param column any but `id`
    public String value(String column) {
        return or(
                switch (column) {
                    case "u" -> "'" + one(UUIDS) + "'";
                    case "i", "s2", "s8" -> number();
                    case "n" -> number() + one(List.of("", ".5", ".25"));
                    case "f" -> number() + one(List.of("", ".5"));
                    case "w", "v", "d", "c" -> "'" + one(WORDS) + "'";
                    case "b" -> one(List.of("true", "false"));
                    case "p" -> "'" + one(List.of("a", "ab", "b")) + "'";
                    case "e" -> "'" + one(List.of("sad", "ok", "glad")) + "'";
                    case "z" -> "'2026-01-0" + (1 + random.nextInt(9)) + "'";
                    case "a" -> "'{" + number() + "," + number() + "}'";
                    default -> throw new IllegalArgumentException(column);
                });
    }

    /// A row for `m` as a list of values.
    public String member() {
        return "(" + value("u") + ", " + value("i") + ", " + value("w") + ")";
    }

    /// New rows for both tables.
    String rows(int count) {
        String rows =
                IntStream.range(0, count)
                        .mapToObj(id ->
                                COLUMNS.stream()
                                        .map(this::value)
                                        .collect(Collectors.joining(", ", "(" + id + ", ", ")")))
                        .collect(Collectors.joining(", "));
        String members =
                IntStream.range(0, 8).mapToObj(_ -> member()).collect(Collectors.joining(", "));
        return "truncate t, m; insert into t values " + rows + "; insert into m values " + members;
    }
}
