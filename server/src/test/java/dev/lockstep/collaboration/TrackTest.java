package dev.lockstep.collaboration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TrackTest {
    private static final TestDatabase database = TestDatabase.installed();
    private static final String ANNA = "00000000-0000-4000-8000-000000000101";

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void a_table_with_rows_is_kept_from_the_next_write_on() {
        database.execute(
                "create table plain (id int primary key, word text)",
                "insert into plain values (1, 'a'), (2, 'b')",
                "select lockstep.track('plain')");
        assertThat(database.values("select version || ' ' || (updated_at is not null) from plain"))
                .containsExactly("1 true", "1 true");
        database.execute(
                "update plain set word = 'c', version = 77 where id = 1",
                "update plain set word = 'c' where id = 1",
                "insert into plain (id) values (3)");
        assertThat(database.values("select id || ' ' || version from plain order by id"))
                .containsExactly("1 2", "2 1", "3 1");
        assertThat(
                        database.value(
                                "select relreplident::text || (select count(*) from"
                                        + " pg_publication_tables where pubname = 'supabase_realtime' and"
                                        + " tablename = 'plain') from pg_class where relname = 'plain'"))
                .isEqualTo("f1");
    }

    @Test
    void tracking_again_changes_nothing_but_the_options() {
        database.execute(
                "create table again (id int primary key, word text)",
                "select lockstep.track('again')",
                "select lockstep.track('again', strict_version => true)",
                "insert into again values (1, 'a')",
                "update again set word = 'b'");
        assertThat(database.value("select version from again")).isEqualTo("2");
        assertThat(
                        database.value(
                                "select strict_version || ' ' || array_to_string(added_columns, ',')"
                                        + " from lockstep.tracked where relation = 'again'::regclass"))
                .isEqualTo("true version,updated_at,updated_by");
        assertThat(
                        database.value(
                                "select count(*) from pg_trigger where tgrelid = 'again'::regclass"))
                .isEqualTo("1");
    }

    @Test
    void untracking_leaves_the_table_as_it_was() {
        String shape =
                "select string_agg(attname || format_type(atttypid, atttypmod), ',' order by attnum)"
                        + " || (select relreplident::text from pg_class where oid = 'back'::regclass)"
                        + " || (select count(*) from pg_trigger where tgrelid = 'back'::regclass)"
                        + " || (select count(*) from pg_publication_tables where tablename = 'back')"
                        + " from pg_attribute where attrelid = 'back'::regclass and attnum > 0 and not"
                        + " attisdropped";
        database.execute("create table back (id int primary key, updated_by uuid, word text)");
        String before = database.value(shape);
        database.execute("select lockstep.track('back')");
        assertThat(database.value(shape)).isNotEqualTo(before);
        database.execute("select lockstep.untrack('back', drop_columns => true)");
        assertThat(database.value(shape)).isEqualTo(before);
        database.execute("select lockstep.untrack('back')");
    }

    @Test
    void untracking_keeps_the_versions_unless_asked_otherwise() {
        database.execute(
                "create table keeps (id int primary key)",
                "select lockstep.track('keeps')",
                "insert into keeps values (1)",
                "select lockstep.untrack('keeps')");
        assertThat(database.value("select version from keeps")).isEqualTo("1");
    }

    @Test
    void composite_keys_generated_columns_and_types_without_equality_are_kept_alike() {
        database.execute(
                "create table odd (a int, b text, place point, doc json, twice int generated always"
                        + " as (a * 2) stored, primary key (a, b))",
                "select lockstep.track('odd')",
                "insert into odd (a, b, place, doc) values (1, 'x', '(1,2)', '{\"k\":1}')",
                "update odd set b = b, doc = doc",
                "update odd set doc = '{\"k\":2}'");
        assertThat(database.value("select version || ' ' || twice from odd")).isEqualTo("2 2");
    }

    @Test
    void a_generated_column_that_comes_later_does_not_count_as_a_change() {
        database.execute(
                "create table late (a int primary key, b int)",
                "select lockstep.track('late')",
                "insert into late (a, b) values (1, 2)",
                "alter table late add c int generated always as (b * 2) stored",
                "update late set b = 2",
                "update late set b = 3");
        assertThat(database.value("select version || ' ' || c from late")).isEqualTo("2 6");
    }

    @Test
    void a_table_that_gets_a_column_the_log_cannot_carry_is_let_go_and_can_still_be_written() {
        database.execute(
                "create table airy (a int primary key, b int)",
                "select lockstep.track('airy')",
                "insert into airy (a, b) values (1, 2)",
                "alter table airy add c int generated always as (b * 2) virtual",
                "update airy set b = 3");
        assertThat(database.value("select version || ' ' || c from airy")).isEqualTo("1 6");
        refused("airy", "its column c is generated and not stored");
    }

    @Test
    void a_table_that_is_published_in_part_is_refused_because_it_could_not_be_written_any_more() {
        database.execute(
                "create table partly (a int primary key, b int)",
                "create publication some_columns for table partly (a)");
        refused("partly", "publication some_columns names only some of its columns");
        database.execute("insert into partly values (1, 2)", "update partly set b = 3");
    }

    @Test
    void every_partition_is_kept_also_one_that_comes_later() {
        database.execute(
                "create table parts (id int, word text, primary key (id)) partition by range (id)",
                "create table parts_1 partition of parts for values from (0) to (10)",
                "select lockstep.track('parts')",
                "create table parts_2 partition of parts for values from (10) to (20)",
                "insert into parts (id, word) values (1, 'a'), (11, 'b')",
                "update parts_1 set word = 'c'",
                "update parts set word = 'd'");
        assertThat(database.values("select version from parts order by id"))
                .containsExactly("3", "2");
        assertThat(
                        database.value(
                                "select string_agg(relreplident::text, '') from pg_class where"
                                        + " relname in ('parts', 'parts_1', 'parts_2')"))
                .isEqualTo("fff");
        // Into another partition it is deleted and inserted, and its version still rises.
        database.execute("update parts set id = 12 where id = 1");
        assertThat(database.value("select version from parts where id = 12")).isEqualTo("4");
    }

    @Test
    void who_wrote_is_who_asked_and_nobody_signs_for_another() throws SQLException {
        database.execute(
                "create table signed (id int primary key, word text, updated_by uuid)",
                "grant all on signed to authenticated, anon",
                "select lockstep.track('signed')");
        try (Connection connection = database.connection();
                Statement as = connection.createStatement()) {
            connection.setAutoCommit(false);
            as(as, "authenticated", "{\"role\":\"authenticated\",\"sub\":\"" + ANNA + "\"}");
            as.execute("insert into signed values (1, 'a', gen_random_uuid())");
            as(as, "anon", "{\"role\":\"anon\"}");
            as.execute("insert into signed values (2, 'a', '" + ANNA + "')");
            as(as, "authenticated", "{\"role\":\"authenticated\",\"sub\":\"auth0|7\"}");
            as.execute("insert into signed values (3, 'a', '" + ANNA + "')");
            connection.commit();
        }
        database.execute("insert into signed values (4, 'a', '" + ANNA + "')");
        assertThat(database.values("select updated_by from signed order by id"))
                .containsExactly(ANNA, null, null, ANNA);
    }

    private static void as(Statement statement, String role, String claims) throws SQLException {
        statement.execute(
                "set local role "
                        + role
                        + "; select set_config('request.jwt.claims', '"
                        + claims
                        + "', true)");
    }

    @Test
    void a_table_that_loses_its_version_is_let_go_and_can_still_be_written() {
        database.execute(
                "create table loses (id int primary key)",
                "select lockstep.track('loses')",
                "alter table loses drop column version",
                "insert into loses (id) values (1)",
                "create table goes (id int primary key)",
                "select lockstep.track('goes')",
                "drop table goes");
        assertThat(
                        database.value(
                                "select count(*) from lockstep.tracked where relation ="
                                        + " 'loses'::regclass or relation::text !~ '[a-z]'"))
                .isEqualTo("0");
    }

    @Test
    void what_cannot_be_tracked_is_refused_with_the_reason_and_stays_as_it_was() {
        database.execute(
                "create table keyless (a int)",
                "create view seen as select 1 as a",
                "create table wrong (id int primary key, version text)",
                "create table whole (id int primary key) partition by range (id)",
                "create table piece partition of whole for values from (0) to (1)");
        refused("keyless", "it has no primary key");
        refused("seen", "it is no ordinary table");
        refused("wrong", "its column version is text");
        refused("piece", "it is a partition");
        refused("lockstep.settings", "it is no ordinary table of yours");
        refused("nowhere", "does not exist");
        assertThat(
                        database.value(
                                "select count(*) from lockstep.tracked where relation = "
                                        + "any ('{keyless,wrong,piece}'::regclass[])"))
                .isEqualTo("0");
    }

    private static void refused(String table, String why) {
        assertThatThrownBy(() -> database.execute("select lockstep.track('" + table + "')"))
                .hasMessageContaining(why);
    }

    @Test
    void only_its_owner_tracks_a_table() throws SQLException {
        database.execute(
                "create table theirs (id int primary key)", "grant all on theirs to authenticated");
        try (Connection connection = database.connection();
                Statement as = connection.createStatement()) {
            // Roles of the API may not even name it.
            as.execute("set role authenticated");
            assertThatThrownBy(() -> as.execute("select lockstep.track('theirs')"))
                    .hasMessageContaining("permission denied for schema lockstep");
            as.execute("reset role; grant usage on schema lockstep to authenticated");
            as.execute("set role authenticated");
            assertThatThrownBy(() -> as.execute("select lockstep.track('theirs')"))
                    .hasMessageContaining("must be owner of table public.theirs");
            assertThatThrownBy(() -> as.execute("select lockstep.set_triggers('theirs')"))
                    .hasMessageContaining("permission denied for function");
            as.execute("reset role; revoke usage on schema lockstep from authenticated");
        }
    }
}
