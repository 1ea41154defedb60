package dev.lockstep.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Operator;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Roles;
import dev.lockstep.postgres.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MembershipsTest {
    private static final PolicyRig rig = new PolicyRig();
    private static final String ADA = "11111111-1111-1111-1111-111111111111";
    private static final Caller CALLER =
            PolicyRig.caller("authenticated", Map.of("sub", ADA, "kind", "admin"));
    private static final Filter MINE = new Filter.Compare("user_id", Operator.EQ, ADA);

    @BeforeAll
    static void create() {
        rig.execute(
                """
                create table notes (id int primary key, team int);
                alter table notes enable row level security;
                alter publication supabase_realtime add table notes;
                create table members (user_id uuid, team int, kind text, primary key (user_id, team));
                create table bare (user_id uuid, team int);
                create table settings (id int primary key, open boolean);
                create view my_members as select team from members where user_id = auth.uid();
                insert into members values ('%1$s', 1, 'admin'), ('%1$s', 2, 'guest');
                create function my_teams() returns setof int language sql as
                    $$ select team from members where user_id = auth.uid() $$;
                create function hidden() returns int language plpgsql as
                    $$ declare n int; begin execute 'select 1' into n; return n; end $$;
                """
                        .formatted(ADA));
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    private static RowRights rights(String condition) {
        rig.execute(
                "drop policy if exists p on notes",
                "create policy p on notes using (" + condition + ")");
        rig.rights(CALLER, "notes");
        rig.keeper.refresh(); // what it began to follow is published now
        return rig.rights(CALLER, "notes");
    }

    private static Watch watch(String table, Filter rows) {
        Table found = rig.keeper.current().table(new TableName("public", table)).orElseThrow();
        return new Watch(found.relation().name(), found.relation().oid(), rows);
    }

    @Test
    void a_membership_is_its_values_and_its_own_rows_are_watched() {
        RowRights rights = rights("team in (select team from members where user_id = auth.uid())");
        assertThat(rights.visible()).isEqualTo(new Filter.In("team", List.of("1", "2")));
        assertThat(rights.watches()).containsExactly(watch("members", MINE));
        assertThat(rights.readAgain()).isEmpty();
    }

    @Test
    void further_conditions_on_the_memberships_narrow_what_is_watched() {
        RowRights rights =
                rights(
                        "exists (select 1 from members m where m.team = notes.team"
                                + " and m.user_id = auth.uid() and m.kind = auth.jwt() ->> 'kind'"
                                + " and m.team > 0)");
        assertThat(rights.watches())
                .containsExactly(
                        watch(
                                "members",
                                new Filter.And(
                                        List.of(
                                                new Filter.Compare("kind", Operator.EQ, "admin"),
                                                MINE))));
    }

    @Test
    void a_table_behind_a_function_or_a_view_is_watched_as_a_whole() {
        Watch whole = watch("members", Filter.ALL);
        assertThat(rights("team in (select my_teams())").watches()).containsExactly(whole);
        assertThat(rights("team in (select team from my_members)").watches())
                .containsExactly(whole);
    }

    @Test
    void a_table_that_is_read_in_two_ways_is_watched_as_a_whole() {
        RowRights rights =
                rights(
                        "team in (select team from members where user_id = auth.uid()"
                                + " and team in (select my_teams()))");
        assertThat(rights.watches()).containsExactly(watch("members", Filter.ALL));
    }

    @Test
    void what_the_policies_of_the_memberships_read_is_watched_too() {
        rig.execute(
                "alter table members enable row level security",
                "create policy seen on members using ((select open from settings limit 1))");
        try {
            RowRights rights =
                    rights("team in (select team from members where user_id = auth.uid())");
            assertThat(rights.visible()).isEqualTo(Filter.NONE);
            assertThat(rights.watches())
                    .containsExactlyInAnyOrder(
                            watch("members", MINE), watch("settings", Filter.ALL));
        } finally {
            rig.execute(
                    "drop policy seen on members",
                    "alter table members disable row level security");
        }
    }

    @Test
    void what_the_log_does_not_tell_is_read_again() {
        RowRights rights = rights("team in (select team from bare where user_id = auth.uid())");
        assertThat(rights.readAgain()).contains(Duration.ofSeconds(30));
        // And nothing was done to the table that would stop its writers.
        rig.execute("update bare set team = 1", "delete from bare");
    }

    @Test
    void what_cannot_be_seen_through_is_asked_and_read_again() {
        RowRights rights = rights("team = hidden()");
        assertThat(rights.visible()).isInstanceOf(Filter.Expression.class);
        assertThat(rights.readAgain()).contains(Duration.ofSeconds(30));
    }

    @Test
    void a_question_about_another_table_watches_it() {
        RowRights rights =
                rights(
                        "exists (select from members m where m.team > notes.team"
                                + " and m.user_id = auth.uid())");
        assertThat(rights.visible())
                .isInstanceOfSatisfying(
                        Filter.Expression.class,
                        asked ->
                                assertThat(asked.claimsJson())
                                        .isEqualTo("{\"sub\":\"" + ADA + "\"}"));
        assertThat(rights.watches()).containsExactly(watch("members", Filter.ALL));
        assertThat(rights.readAgain()).isEmpty();
    }

    @Test
    void more_values_than_are_kept_are_asked_for() {
        rig.execute(
                "create table many (team int primary key)",
                "insert into many select generate_series(1, 10001)",
                "grant select on many to authenticated");
        assertThat(rights("team in (select team from many)").visible())
                .isInstanceOf(Filter.Expression.class);
        rig.execute("delete from many where team = 7");
        assertThat(rig.rights(CALLER, "notes").visible()).isInstanceOf(Filter.In.class);
    }

    /// What it wrote before the table was published comes by no log.
    @Test
    void rights_are_read_soon_again_while_somebody_writes_who_began_before() throws SQLException {
        rig.execute("create table fresh (user_id uuid, team int, primary key (user_id, team))");
        rig.execute(
                "drop policy if exists p on notes",
                "create policy p on notes using (team in"
                        + " (select team from fresh where user_id = auth.uid()))");
        try (Connection writer = rig.database.connection();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("insert into fresh values ('" + ADA + "', 5)");
            assertThat(rig.rights(CALLER, "notes").readAgain()).contains(Duration.ofSeconds(1));
            writer.commit();
        }
        RowRights rights = rig.rights(CALLER, "notes");
        assertThat(rights.readAgain()).isEqualTo(Optional.empty());
        assertThat(rights.visible()).isEqualTo(new Filter.In("team", List.of("5")));
    }

    @Test
    void only_the_replicator_may_make_tables_followed() throws SQLException {
        try (Connection connection = rig.database.connection(Roles.POOL);
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("select lockstep.follow('notes')"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void the_basis_follows_what_decides_and_nothing_else() {
        rights("team in (select my_teams())");
        long before = basis();
        rig.execute("create table unconcerned (id int)");
        assertThat(basis()).isEqualTo(before);
        rig.execute(
                "create or replace function my_teams() returns setof int language sql as"
                        + " $$ select team from members where user_id = auth.uid() and true $$");
        long after = basis();
        assertThat(after).isNotEqualTo(before);
        rig.execute("create policy q on notes as restrictive using (team > 0)");
        assertThat(basis()).isNotEqualTo(after);
        rig.execute("drop policy q on notes");
        assertThat(basis()).isEqualTo(after);
        rig.execute("revoke execute on function my_teams() from public, authenticated");
        assertThat(basis()).isNotEqualTo(after);
        rig.execute("grant execute on function my_teams() to public, authenticated");
        after = basis();
        rig.execute("revoke select on members from authenticated");
        assertThat(basis()).isNotEqualTo(after);
        rig.execute("grant select on members to authenticated");
        assertThat(basis()).isEqualTo(after);
        // Another run of the server.
        RowPolicies again = new RowPolicies(rig.keeper::current, rig.callers, rig.control);
        assertThat(again.basis("authenticated", new TableName("public", "notes"))).isEqualTo(after);
    }

    private static long basis() {
        return rig.policies.basis("authenticated", new TableName("public", "notes"));
    }
}
