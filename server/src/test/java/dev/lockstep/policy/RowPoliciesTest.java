package dev.lockstep.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.Truth;
import dev.lockstep.postgres.Caller;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowPoliciesTest {
    private static final PolicyRig rig = new PolicyRig();
    private static final String ADA = "11111111-1111-1111-1111-111111111111";
    private static final String BOB = "22222222-2222-2222-2222-222222222222";
    private static final Caller CALLER =
            PolicyRig.caller(
                    "authenticated",
                    Map.of(
                            "sub",
                            ADA,
                            "email",
                            "ada@example.org",
                            "tenant_id",
                            "7",
                            "words",
                            "b,a",
                            "app_metadata",
                            Map.of("owner", BOB, "teams", List.of(1, 2)),
                            "iat",
                            1,
                            "exp",
                            2));

    @BeforeAll
    static void create() {
        rig.execute(
                """
                create type mood as enum ('sad', 'ok', 'glad');
                create domain title as text;
                create table notes (
                    id int primary key, owner uuid, tenant int, small int2, big int8,
                    amount numeric(10,2), ratio float8, word text, code varchar(20), open boolean,
                    padded char(5), feeling mood, name title, at timestamptz, day date,
                    readers uuid[], about jsonb, team int, "Odd Col" text);
                create table members (user_id uuid, team int, kind text, primary key (user_id, team));
                create table loose (team int);
                alter table notes enable row level security;
                alter publication supabase_realtime add table notes, members;
                insert into members values
                    ('11111111-1111-1111-1111-111111111111', 1, 'admin'),
                    ('11111111-1111-1111-1111-111111111111', 2, 'guest'),
                    ('22222222-2222-2222-2222-222222222222', 3, 'admin');
                insert into loose values (1), (null);
                create function my_tenant() returns int language sql stable as
                    $$ select (auth.jwt() ->> 'tenant_id')::int $$;
                create function my_teams() returns setof int language sql stable security definer as
                    $$ select team from public.members where user_id = auth.uid() $$;
                create function dynamic_team() returns int language plpgsql stable as
                    $$ declare found int; begin execute 'select 1' into found; return found; end $$;
                grant execute on all functions in schema public to authenticated, anon;
                """,
                """
                insert into notes
                select n, case n % 4 when 0 then null when 1 then '%s'::uuid else '%s' end,
                    nullif(n %% 9, 0), n %% 3, n * 1000000000::int8, n / 4.0, n / 8.0,
                    case n %% 5 when 0 then null when 1 then 'a' when 2 then 'b' else 'word ' || n end,
                    case n %% 3 when 0 then null when 1 then 'x' else 'y' || n end,
                    case n %% 3 when 0 then null when 1 then true else false end,
                    case n %% 2 when 0 then 'x' else 'yy' end,
                    (array['sad', 'ok', 'glad', null]::mood[])[1 + n %% 4],
                    case n %% 4 when 0 then null else 't' || n %% 2 end,
                    '2026-01-01'::timestamptz + n * interval '1 day', '2026-01-01'::date + n,
                    case n %% 2 when 0 then array['%s'::uuid] else '{}' end,
                    case n %% 3 when 0 then 'null' else jsonb_build_object('n', n) end,
                    case n %% 5 when 0 then null else n %% 5 end, 'it''s "' || n %% 2 || '\\'
                from generate_series(1, 40) n
                """
                        .replace("n % 4 when 0 then null when 1", "n %% 4 when 0 then null when 1")
                        .formatted(ADA, BOB, ADA));
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    private static PolicyRig.Sight sight(String... conditions) throws SQLException {
        return sight(CALLER, conditions);
    }

    private static PolicyRig.Sight sight(Caller caller, String... conditions) throws SQLException {
        policies(conditions);
        return rig.sight(caller, "notes");
    }

    private static void policies(String... conditions) {
        StringBuilder sql =
                new StringBuilder(
                        "do $do$ declare p record; begin for p in select polname from pg_policy"
                                + " where polrelid = 'notes'::regclass loop execute"
                                + " format('drop policy %I on notes', p.polname); end loop;"
                                + " end $do$;");
        for (int i = 0; i < conditions.length; i++) {
            sql.append("create policy p%d on notes using (%s);".formatted(i, conditions[i]));
        }
        rig.execute(sql.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "owner = auth.uid()",
                "auth.uid() = owner",
                "(select auth.uid()) = owner",
                "owner <> auth.uid()",
                "owner::text = auth.jwt() ->> 'sub'",
                "owner::text <> 'none'",
                "owner = (auth.jwt() -> 'app_metadata' ->> 'owner')::uuid",
                "tenant = (auth.jwt() ->> 'tenant_id')::int",
                "tenant::text = (select auth.jwt() ->> 'tenant_id')",
                "tenant = my_tenant()",
                "tenant in (1, 2, 3)",
                "tenant not in (1, 2, 3)",
                "tenant = any (array[1, null])",
                "tenant <> all (array[1, null])",
                "not tenant = any (array[1, null])",
                "tenant = any ('{}'::int[])",
                "tenant between 2 and 5",
                "tenant = 5000000000",
                "not (small = 70000)",
                "small = 1 and big > 5000000000",
                "amount > 2 and amount <= 7.25",
                "ratio >= 1.5",
                "word = 'a' or word is null",
                "word in ('a', 'b') and word not in ('b')",
                "word = any (string_to_array(auth.jwt() ->> 'words', ','))",
                "word like 'word%' and word not like '%3'",
                "word ilike 'WORD 1%'",
                "word ~ '^w.*[12]$' and word !~ '2'",
                "word < 'b'",
                "code in ('x', 'y2') and code = 'x'",
                "code <> 'x'",
                "name = 't1'",
                "padded = 'x'",
                "feeling = 'ok' or feeling > 'ok'",
                "open",
                "not open",
                "open is true",
                "open is not true",
                "open = false",
                "open is unknown and tenant is not null",
                "word is distinct from 'a'",
                "word is not distinct from null",
                "tenant is distinct from my_tenant()",
                "day > '2026-01-10' and at < '2026-01-20'",
                "auth.role() = 'authenticated'",
                "auth.role() = 'nobody' or tenant = 3",
                "auth.email() = 'ada@example.org' and open",
                "auth.jwt() ->> 'missing' = word",
                "not (word = auth.jwt() ->> 'missing')",
                "current_setting('request.jwt.claim.sub', true)::uuid = owner",
                "(current_setting('request.jwt.claims', true)::jsonb ->> 'tenant_id')::int = tenant",
                "current_user = 'authenticated'",
                "coalesce(auth.jwt() ->> 'x', 'a') = word",
                "case when auth.role() = 'anon' then false else true end and tenant = 2",
                "\"Odd Col\" = 'it''s \"1\\'",
                "about is not null and readers is not null",
                "true",
                "false",
                "null::boolean or tenant = 1",
            })
    void what_columns_and_claims_decide_is_compiled_and_agrees(String condition)
            throws SQLException {
        PolicyRig.Sight sight = sight(condition);
        assertThat(sight.told()).as(sight.rights().toString()).isEqualTo(sight.shown());
        assertThat(sight.reads()).isFalse();
        assertThat(sight.rights().secured()).isTrue();
        assertThat(sight.rights().visible().toString()).doesNotContain("Expression");
        assertThat(sight.rights().watches()).isEmpty();
        assertThat(sight.rights().readAgain()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team in (select team from members where user_id = auth.uid())",
                "not (team in (select team from members where user_id = auth.uid()))",
                "team not in (select team from loose)",
                "team in (select team from loose)",
                "team = any (array(select team from members where user_id = auth.uid()))",
                "team in (select my_teams())",
                "exists (select 1 from members m where m.team = notes.team"
                        + " and m.user_id = auth.uid() and m.kind = 'admin')",
                "not exists (select 1 from members m where m.team = notes.team"
                        + " and m.user_id = auth.uid())",
                "auth.uid() in (select user_id from members where members.team = notes.team)",
                "exists (select from members where user_id = auth.uid() and kind = 'admin')"
                        + " and tenant = 2",
                "team = (select max(team) from members where user_id = auth.uid())",
                "exists (select 1 from members m join members n on m.team = n.team"
                        + " where m.team = notes.team and n.user_id = auth.uid())",
                "(select count(*) from members) = 3 and open",
            })
    void what_other_tables_say_is_read_and_watched_and_agrees(String condition)
            throws SQLException {
        PolicyRig.Sight sight = sight(condition);
        assertThat(sight.told()).as(sight.rights().toString()).isEqualTo(sight.shown());
        assertThat(sight.reads()).isTrue();
        assertThat(sight.rights().visible().toString()).doesNotContain("Expression");
        assertThat(sight.rights().watches()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lower(word) = 'a'",
                "auth.uid() = any (readers)",
                "about ->> 'n' = '1'",
                "at > now()",
                "day = current_date",
                "padded::text = 'x'",
                "small = 1.0",
                "word collate \"C\" < 'b'",
                "amount = tenant",
                "notes.* is not null",
                "row(tenant, small) < row(3, 1)",
                "team = dynamic_team()",
                "tenant = (random() * 0)::int + 1",
                "coalesce(open, false)",
                "case when open then tenant = 1 else false end",
                "word = current_setting('app.word', true)",
                "length(word) > 3 or owner = auth.uid()",
                "exists (select from members m where m.team > notes.team)",
                "feeling::text = 'ok'",
            })
    void what_is_not_understood_exactly_is_asked_and_agrees(String condition) throws SQLException {
        PolicyRig.Sight sight = sight(condition);
        assertThat(sight.rights().visible().toString()).contains("Expression");
        assertThat(sight.told()).as(sight.rights().toString()).isEqualTo(sight.shown());
    }

    @Test
    void a_constant_that_cannot_be_read_is_refused_in_the_words_of_postgresql() {
        policies("owner = (auth.jwt() ->> 'sub')::uuid");
        Caller nobody = PolicyRig.caller("authenticated", Map.of("sub", "no uuid"));
        assertThatThrownBy(() -> rig.rights(nobody, "notes"))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("invalid input syntax for type uuid: \"no uuid\"");
    }

    @Test
    void without_a_policy_for_the_role_nothing_is_seen() throws SQLException {
        policies();
        assertThat(rig.rights(CALLER, "notes").visible()).isEqualTo(Filter.NONE);
        rig.execute("create policy p0 on notes to anon using (true)");
        assertThat(rig.rights(CALLER, "notes").visible()).isEqualTo(Filter.NONE);
        rig.execute("create policy p1 on notes as restrictive using (true)");
        assertThat(rig.rights(CALLER, "notes").visible()).isEqualTo(Filter.NONE);
    }

    @Test
    void who_is_not_bound_sees_all() {
        policies("false");
        RowRights rights = rig.rights(PolicyRig.caller("service_role", Map.of()), "notes");
        assertThat(rights.secured()).isFalse();
        assertThat(rights.visible()).isEqualTo(Filter.ALL);
    }

    @Test
    void equal_constants_make_equal_rights() {
        policies("owner = auth.uid() and open", "tenant in (2, 1) or word = 'a'");
        Caller other =
                PolicyRig.caller(
                        "authenticated", Map.of("sub", ADA, "iat", 8, "exp", 9, "jti", "z"));
        assertThat(rig.rights(other, "notes")).isEqualTo(rig.rights(CALLER, "notes"));
    }

    @Test
    void a_policy_that_reads_what_is_not_in_the_log_is_refused() {
        policies("owner = auth.uid()");
        rig.execute("alter publication supabase_realtime set table notes (id, word), members");
        try {
            assertThatThrownBy(() -> rig.rights(CALLER, "notes"))
                    .hasMessageContaining(
                            "row policies of public.notes read a column that is not published")
                    .hasMessageNotContaining("owner")
                    .hasMessageContaining("publish all its columns");
        } finally {
            rig.execute("alter publication supabase_realtime set table notes, members");
        }
    }

    @Test
    void a_column_that_an_image_lacks_makes_a_question_unknown() {
        policies("lower(word) = 'a'");
        Relation relation = rig.table(CALLER, "notes").relation();
        Filter.Expression asked = (Filter.Expression) rig.rights(CALLER, "notes").visible();
        Row.Builder absent = new Row.Builder(relation.columns().size());
        absent.set(0, new byte[] {'1'});
        assertThat(rig.oracle.ask(asked, relation, absent.build())).isEqualTo(Truth.UNKNOWN);
        absent.set(relation.indexOf("word"), new byte[] {'A'});
        assertThat(rig.oracle.ask(asked, relation, absent.build())).isEqualTo(Truth.TRUE);
    }

    @Test
    void equal_questions_at_one_time_are_asked_once() throws Exception {
        rig.execute(
                """
                create sequence asked;
                create or replace function slow(word text) returns boolean language plpgsql
                security definer as $$
                begin
                    perform nextval('asked');
                    perform pg_advisory_xact_lock(4711);
                    return word = 'a';
                end $$;
                """);
        policies("slow(word)");
        Relation relation = rig.table(CALLER, "notes").relation();
        Filter.Expression asked = (Filter.Expression) rig.rights(CALLER, "notes").visible();
        Row.Builder row = new Row.Builder(relation.columns().size());
        row.set(relation.indexOf("word"), new byte[] {'a'});
        Row image = row.build();
        List<Truth> answers = new CopyOnWriteArrayList<>();
        try (Connection holder = rig.database.connection();
                Statement statement = holder.createStatement()) {
            statement.execute("select pg_advisory_lock(4711)");
            Thread first = ask(() -> answers.add(rig.oracle.ask(asked, relation, image)));
            await(() ->
                    "1"
                            .equals(
                                    rig.database.value(
                                            "select count(*) from pg_locks where locktype = 'advisory'"
                                                    + " and not granted and database ="
                                                    + " (select oid from pg_database"
                                                    + " where datname = current_database())")));
            Thread second = ask(() -> answers.add(rig.oracle.ask(asked, relation, image)));
            await(() -> second.getState() == Thread.State.WAITING);
            statement.execute("select pg_advisory_unlock(4711)");
            first.join();
            second.join();
        }
        assertThat(answers).containsExactly(Truth.TRUE, Truth.TRUE);
        assertThat(rig.database.value("select last_value from asked")).isEqualTo("1");
    }

    private static Thread ask(Runnable question) {
        return Thread.ofPlatform().start(question);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
