package dev.lockstep.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CatalogueTest {
    private static final TestDatabase database = TestDatabase.installed();
    private static final Database pool = new Database(database.as(Roles.REPLICATOR));
    private static CatalogueKeeper keeper;

    @BeforeAll
    static void make_tables() {
        database.execute(
                """
                create schema shop;
                grant usage on schema shop to anon, authenticated;
                create type shop.mood as enum ('sad', 'ok');
                alter type shop.mood add value 'meh' before 'ok';
                create domain shop.amount as numeric(10,2) check (value >= 0);
                create domain shop.price as shop.amount;
                create type shop.place as (street text, moods shop.mood[], price shop.price);
                create collation shop.loose (provider = icu, locale = 'und', deterministic = false);
                create table shop.things (
                    a bigint, mood shop.mood, moods shop.mood[], price shop.price,
                    place shop.place, places shop.place[], during int4range, many nummultirange,
                    corner box[], v int2vector, name text, c text collate "C",
                    de text collate "de-x-icu", loose text collate shop.loose, n name,
                    code varchar(7), gone int, double_a bigint generated always as (a * 2) stored,
                    b int, primary key (b, a));
                alter table shop.things drop column gone;
                alter table shop.things replica identity full;
                grant select (a, name) on shop.things to anon;
                grant select on shop.things to authenticated;
                alter publication supabase_realtime add table shop.things (a, b, name, mood);
                create table shop.events (id int, day date) partition by range (day);
                create table shop.events_1 partition of shop.events
                    for values from ('2026-01-01') to ('2026-02-01');
                """,
                """
                create table shop.parted (id int, at int, primary key (id, at)) partition by range (at);
                create table shop.parted_1 partition of shop.parted for values from (0) to (9);
                alter table shop.parted enable row level security;
                alter publication supabase_realtime add table shop.parted;
                create table hidden (id int);
                revoke all on hidden from anon, authenticated;
                create schema locked; create table locked.t (id int);
                grant select on locked.t to anon;
                """);
        keeper = new CatalogueKeeper(pool);
    }

    @AfterAll
    static void drop() {
        keeper.close();
        pool.close();
        database.close();
    }

    @Test
    void a_published_tables_columns_are_those_of_its_column_list_in_their_order() {
        Table things = table("shop", "things");
        assertThat(things.published()).isTrue();
        assertThat(things.publishes())
                .containsExactlyInAnyOrder("INSERT", "UPDATE", "DELETE", "TRUNCATE");
        assertThat(names(things)).containsExactly("a", "mood", "name", "b");
        assertThat(things.relation().identity()).isEqualTo(ReplicaIdentity.FULL);
        assertThat(things.relation().columns().stream().filter(Column::key).map(Column::name))
                .containsExactly("a", "b");
    }

    @Test
    void types_are_described_down_to_what_they_are_made_of() {
        Relation all = unpublishedThings().relation();
        assertThat(types(all))
                .containsExactly(
                        "a int8",
                        "mood mood[sad, meh, ok]",
                        "moods array(mood[sad, meh, ok] ,)",
                        "price domain(domain(numeric))",
                        "place (street text, moods array(mood[sad, meh, ok] ,),"
                                + " price domain(domain(numeric)))",
                        "places array((street text, moods array(mood[sad, meh, ok] ,),"
                                + " price domain(domain(numeric))) ,)",
                        "during range",
                        "many range",
                        "corner array(box ;)",
                        "v int2vector",
                        "name text",
                        "c text",
                        "de text",
                        "loose text",
                        "n name",
                        "code varchar",
                        "b int4");
        assertThat(all.columns().get(all.indexOf("code")).typeModifier()).isEqualTo(11);
    }

    @Test
    void collations_are_classed_by_what_can_be_reproduced() {
        Relation all = unpublishedThings().relation();
        assertThat(collation(all, "a")).isEqualTo(Collation.NONE);
        assertThat(collation(all, "name")).isEqualTo(Collation.BYTES);
        assertThat(collation(all, "c")).isEqualTo(Collation.BYTES);
        assertThat(collation(all, "n")).isEqualTo(Collation.BYTES);
        assertThat(collation(all, "de")).isEqualTo(Collation.DETERMINISTIC);
        assertThat(collation(all, "loose")).isEqualTo(Collation.NONDETERMINISTIC);
    }

    @Test
    void readable_columns_follow_grants_on_columns_tables_and_schemas() {
        assertThat(table("shop", "things").readable())
                .containsEntry("anon", Set.of("a", "name"))
                .containsEntry("authenticated", Set.of("a", "b", "name", "mood"))
                .doesNotContainKey("service_role");
        assertThat(table("public", "hidden").readable()).containsOnlyKeys("service_role");
        assertThat(table("locked", "t").readable()).isEmpty();
        assertThat(table("shop", "things").security().enabled()).isFalse();
        assertThat(table("shop", "parted").security().enabled()).isTrue();
    }

    @Test
    void policies_are_known_with_the_roles_that_they_bind_and_those_that_are_exempt() {
        database.execute(
                """
                create function public.yes() returns boolean language sql as $$ select true $$;
                create table public.guarded (id int primary key, word text);
                alter table public.guarded owner to anon;
                alter table public.guarded enable row level security;
                create policy a on public.guarded for select to authenticated using (word = 'x');
                create policy b on public.guarded as restrictive using (public.yes());
                create policy c on public.guarded for update using (true);
                create policy d on public.guarded for all with check (true);
                """);
        keeper.refresh();
        RowSecurity security = table("public", "guarded").security();
        assertThat(security.exempt()).containsExactlyInAnyOrder("anon", "service_role");
        assertThat(security.binds("authenticated")).isTrue();
        assertThat(security.policies())
                .containsExactly(
                        new Policy("a", true, Set.of("authenticated"), "(word = 'x'::text)"),
                        new Policy("b", false, keeper.current().roles(), "public.yes()"));
        assertThat(sourceOfYes()).contains("select true");

        database.execute("alter table public.guarded force row level security");
        await("that it is forced", () -> table("public", "guarded").security().binds("anon"));
        database.execute(
                "create or replace function public.yes() returns boolean language sql as"
                        + " $$ select 1 = 1 $$");
        await("the function's new text", () -> sourceOfYes().contains("1 = 1"));
        database.execute("drop table public.guarded", "drop function public.yes()");
        keeper.refresh();
        assertThat(sourceOfYes()).isEmpty();
    }

    private static String sourceOfYes() {
        return keeper
                .current()
                .definitions()
                .routines()
                .getOrDefault("public.yes", List.of())
                .stream()
                .map(Routine::source)
                .reduce("", String::concat);
    }

    @Test
    void it_is_said_which_tables_the_log_tells_all_about() {
        database.execute(
                """
                create table public.whole (id int primary key);
                create table public.possible (id int primary key);
                create table public.nameless (id int);
                create table public.some_rows (id int primary key);
                create unlogged table public.unlogged (id int primary key);
                create table public.root (id int primary key) partition by range (id);
                create table public.root_1 partition of public.root for values from (0) to (9);
                alter publication supabase_realtime add table public.whole, public.root,
                    public.some_rows where (id > 1);
                """);
        keeper.refresh();
        assertThat(table("public", "whole").following()).isEqualTo(Table.Following.WHOLE);
        assertThat(table("public", "possible").following()).isEqualTo(Table.Following.POSSIBLE);
        assertThat(List.of("nameless", "some_rows", "unlogged", "root"))
                .allMatch(name -> table("public", name).following() == Table.Following.IMPOSSIBLE);
        assertThat(table("shop", "things").unpublished()).contains("moods", "double_a");
        database.execute("drop table public.whole, public.some_rows");
    }

    @Test
    void partitions_are_published_as_their_root() {
        assertThat(table("shop", "parted").published()).isTrue();
        assertThat(table("shop", "parted_1").published()).isFalse();
        assertThat(table("shop", "events").published()).isFalse();
    }

    @Test
    void internal_tables_are_known_and_not_published() {
        Table messages = table("realtime", "messages");
        assertThat(messages.published()).isFalse();
        assertThat(names(messages)).contains("topic", "payload", "binary_payload");
    }

    @Test
    void the_roles_are_those_of_the_api_and_those_the_pool_may_become() {
        assertThat(keeper.current().roles()).contains("anon", "authenticated", "service_role");
        assertThat(keeper.current().roles())
                .doesNotContain("postgres", "authenticator", "lockstep_replicator");
        assertThat(keeper.current().unrestricted()).containsExactly("service_role");
    }

    @Test
    void a_refresh_that_finds_nothing_new_keeps_the_instance() {
        Catalogue before = keeper.current();
        assertThat(keeper.refresh()).isSameAs(before);
    }

    @Test
    void a_change_elsewhere_keeps_the_relations_of_other_tables() {
        Relation before = table("shop", "things").relation();
        database.execute("create table public.newcomer (id int)");
        keeper.refresh();
        assertThat(keeper.current().table(new TableName("public", "newcomer"))).isPresent();
        assertThat(table("shop", "things").relation()).isSameAs(before);
    }

    @Test
    void changes_are_noticed_without_being_told() {
        List<Catalogue> seen = new CopyOnWriteArrayList<>();
        keeper.onChange(seen::add);

        database.execute("create table public.noticed (id int)");
        await("the new table", () -> keeper.current().table(noticed()).isPresent());
        database.execute("revoke select on public.noticed from anon");
        await("the revoked right", () -> !readers().contains("anon"));
        database.execute("alter publication supabase_realtime add table public.noticed");
        await("the publication", () -> table("public", "noticed").published());
        database.execute("create role noticed_role", "grant noticed_role to authenticator");
        await("the role", () -> keeper.current().roles().contains("noticed_role"));
        database.execute("drop table public.noticed", "drop role noticed_role");
        await(
                "the end of both",
                () ->
                        keeper.current().table(noticed()).isEmpty()
                                && !keeper.current().roles().contains("noticed_role"));

        assertThat(seen).hasSizeGreaterThanOrEqualTo(5);
        assertThat(seen.getLast()).isSameAs(keeper.current());
    }

    @Test
    void a_type_that_no_table_uses_is_read_when_asked_for() {
        database.execute("create type public.lonely as enum ('x', 'y')");
        int oid =
                Integer.parseInt(
                        Objects.requireNonNull(
                                database.value("select 'public.lonely'::regtype::oid")));

        assertThat(keeper.typeOf(oid).map(CatalogueTest::print)).contains("lonely[x, y]");
        assertThat(keeper.typeOf(2_000_000_000)).isEmpty();
        assertThat(keeper.refresh().types()).containsKey(oid);
    }

    @Test
    void five_hundred_tables_are_read_quickly() {
        try (TestDatabase large = TestDatabase.installed();
                Database replicator = new Database(large.as(Roles.REPLICATOR))) {
            large.execute(
                    """
                    do $$ begin
                        for n in 1..500 loop
                            execute format('create table t%s (id int primary key, a text, b text,
                                c int, d int, e date, f date, g jsonb, h uuid, i numeric)', n);
                        end loop;
                    end $$
                    """,
                    "alter publication supabase_realtime add tables in schema public", "analyze");
            try (CatalogueKeeper many = new CatalogueKeeper(replicator)) {
                assertThat(many.current().published("public")).hasSize(500);
                long start = System.nanoTime();
                many.refresh();
                Duration read = Duration.ofNanos(System.nanoTime() - start);
                assertThat(read).isLessThan(Duration.ofSeconds(5));
            }
        }
    }

    private static TableName noticed() {
        return new TableName("public", "noticed");
    }

    private static Set<String> readers() {
        return table("public", "noticed").readable().keySet();
    }

    /// The same table as it looks in a database whose publication does not have it.
    private static Table unpublishedThings() {
        database.execute(
                "drop table if exists shop.twin",
                "create table shop.twin (like shop.things including generated)");
        return keeper.refresh().table(new TableName("shop", "twin")).orElseThrow();
    }

    private static Table table(String schema, String name) {
        return keeper.current().table(new TableName(schema, name)).orElseThrow();
    }

    private static List<String> names(Table table) {
        return table.relation().columns().stream().map(Column::name).toList();
    }

    private static Collation collation(Relation relation, String column) {
        return relation.columns().get(relation.indexOf(column)).collation();
    }

    private static List<String> types(Relation relation) {
        List<String> types = new ArrayList<>();
        relation.columns().forEach(c -> types.add(c.name() + " " + print(c.type())));
        return types;
    }

    private static String print(PgType type) {
        return switch (type) {
            case PgType.Base base -> base.name();
            case PgType.Enumerated e -> e.name() + e.labels();
            case PgType.Array a -> "array(" + print(a.element()) + " " + a.delimiter() + ")";
            case PgType.Domain d -> "domain(" + print(d.base()) + ")";
            case PgType.Range _ -> "range";
            case PgType.Composite c ->
                    c.attributes().stream()
                            .map(a -> a.name() + " " + print(a.type()))
                            .collect(java.util.stream.Collectors.joining(", ", "(", ")"));
        };
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time to wait for %s", what).isLessThan(end);
            LockSupport.parkNanos(10_000_000);
        }
    }
}
