package dev.lockstep.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.config.Secret;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class InstallationTest {
    private static final TestDatabase database = TestDatabase.create();

    @BeforeAll
    static void install() {
        Installation.install(database.admin(), TestDatabase.PASSWORDS);
        Installation.loadDemo(database.admin());
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void installing_again_changes_nothing() {
        String key = database.value("select value from lockstep.settings where key = 'token.key'");
        String orders =
                database.value("select md5(string_agg(o::text, '' order by id)) from orders o");

        Installation.install(database.admin(), TestDatabase.PASSWORDS);
        Installation.loadDemo(database.admin());

        assertThat(database.value("select value from lockstep.settings where key = 'token.key'"))
                .isEqualTo(key)
                .hasSize(64);
        assertThat(database.value("select md5(string_agg(o::text, '' order by id)) from orders o"))
                .isEqualTo(orders);
    }

    @Test
    void the_version_is_that_of_the_newest_migration() throws IOException, URISyntaxException {
        Path folder =
                Path.of(Installation.class.getResource("/db/migration/V1__spine.sql").toURI())
                        .getParent();
        try (Stream<Path> files = Files.list(folder)) {
            List<Integer> versions =
                    files.map(file -> file.getFileName().toString())
                            .map(name -> name.substring(1, name.indexOf("__")))
                            .map(Integer::parseInt)
                            .sorted()
                            .toList();
            assertThat(Integer.toString(versions.getLast())).isEqualTo(Installation.VERSION);
        }
    }

    @Test
    void databases_of_one_cluster_can_be_installed_at_the_same_time() throws Exception {
        // Also roles that do not exist yet, so the cluster is a fresh one.
        TestDatabase first = TestDatabase.ownServer(java.util.Map.of());
        first.execute("create database second", "create database third");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> all =
                    threads.invokeAll(
                            Stream.of(first.name(), "second", "third")
                                    .map(name -> installing(first, name))
                                    .toList());
            for (Future<Void> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
        assertThat(
                        first.value(
                                "select count(*) from pg_roles where rolname in ('anon',"
                                        + " 'authenticated', 'service_role', 'authenticator',"
                                        + " 'lockstep_replicator')"))
                .isEqualTo("5");
        first.close();
    }

    private static Callable<Void> installing(TestDatabase server, String name) {
        DatabaseConfig admin =
                new DatabaseConfig(
                        server.server().jdbcUrl(name),
                        server.user(),
                        new Secret(server.password()));
        return () -> {
            Installation.install(admin, TestDatabase.PASSWORDS);
            return null;
        };
    }

    @Test
    void the_pool_may_become_the_roles_of_the_api_and_nothing_by_itself() throws SQLException {
        try (Connection connection = database.connection(Roles.POOL);
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("select * from orders"))
                    .hasMessageContaining("permission denied");
            for (String role : Roles.API) {
                statement.execute("set role " + role);
                statement.execute("reset role");
            }
            assertThatThrownBy(() -> statement.execute("select * from lockstep.settings"))
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void the_replicator_reads_all_and_creates_slots() throws SQLException {
        try (Connection connection = database.connection(Roles.REPLICATOR);
                Statement statement = connection.createStatement()) {
            statement.execute("select count(*) from orders");
            statement.execute("select value from lockstep.settings");
            statement.execute("select lockstep.make_message_partitions()");
            statement.execute(
                    "select pg_create_logical_replication_slot('install_test', 'pgoutput')");
            statement.execute("select pg_drop_replication_slot('install_test')");
        }
    }

    @Test
    void the_helpers_read_the_claims_of_the_request() throws SQLException {
        try (Connection connection = database.connection(Roles.POOL);
                Statement statement = connection.createStatement()) {
            assertThat(one(statement, "set role anon; select auth.uid()")).isNull();
            statement.execute("set role authenticated");
            statement.execute(
                    "select set_config('request.jwt.claims', '{\"sub\":"
                            + "\"00000000-0000-4000-8000-000000000101\",\"role\":\"authenticated\","
                            + "\"email\":\"a@b.c\"}', false), set_config('realtime.topic','t',false)");
            assertThat(
                            one(
                                    statement,
                                    "select concat_ws(' ', auth.uid(), auth.role(), auth.email(),"
                                            + " realtime.topic(), auth.jwt() ->> 'email')"))
                    .isEqualTo("00000000-0000-4000-8000-000000000101 authenticated a@b.c t a@b.c");
            statement.execute("select set_config('request.jwt.claims', '', false)");
            assertThat(one(statement, "select auth.uid()")).isNull();
        }
    }

    @Test
    void ddl_is_told_in_the_log_and_temporary_tables_are_not() {
        database.execute(
                "select pg_create_logical_replication_slot('ddl_test', 'test_decoding')",
                "create temporary table nobody_elses(a int); drop table nobody_elses",
                "create table told(a int)",
                "grant select on told to anon",
                "alter publication supabase_realtime add table told",
                "drop table told");
        List<String> messages =
                database.values(
                        "select (substring(data from 'content:(.*)')::json ->> 'tag') || ' ' ||"
                                + " coalesce(substring(data from 'content:(.*)')::json -> 'objects' ->"
                                + " 0 ->> 'identity', '') from"
                                + " pg_logical_slot_get_changes('ddl_test', null, null) where data like"
                                + " '%lockstep.ddl%'");
        database.execute("select pg_drop_replication_slot('ddl_test')");

        assertThat(messages)
                .containsExactly(
                        "CREATE TABLE public.told",
                        "GRANT ",
                        "ALTER PUBLICATION public.told in publication supabase_realtime",
                        "DROP TABLE public.told");
    }

    @Test
    void messages_have_a_partition_for_today_and_row_security() {
        database.execute(
                "insert into realtime.messages (topic, extension, payload, event)"
                        + " values ('t', 'broadcast', '{}', 'e')");
        assertThat(database.value("select count(*) from realtime.messages")).isEqualTo("1");
        assertThat(
                        database.value(
                                "select count(*) from pg_class where relnamespace ="
                                        + " 'realtime'::regnamespace and relkind in ('r','p') and not"
                                        + " relrowsecurity"))
                .isEqualTo("0");
        assertThat(database.value("select lockstep.make_message_partitions(4)")).isEqualTo("1");
        assertThat(database.value("select lockstep.drop_message_partitions('0')")).isEqualTo("1");
    }

    @Test
    void the_demo_is_a_believable_day_of_a_shop() {
        assertThat(
                        database.values(
                                "select count(*) from orders group by tenant_id order by tenant_id"))
                .containsExactly("240", "96");
        assertThat(database.value("select count(distinct status) from orders")).isEqualTo("8");
        assertThat(
                        database.value(
                                "select count(*) from orders where created_at > now() or updated_at"
                                        + " > now() or updated_at < created_at or total <= 0"))
                .isEqualTo("0");
        assertThat(
                        database.value(
                                "select count(*) from orders o where assigned_to is not null and"
                                        + " not exists (select from lockstep.demo_people p where p.id ="
                                        + " o.assigned_to and p.tenant_id = o.tenant_id)"))
                .isEqualTo("0");
        assertThat(
                        database.values(
                                "select grantee || ' ' || privilege_type from"
                                        + " information_schema.role_table_grants where table_name = 'orders' and"
                                        + " grantee in ('anon', 'authenticated')"))
                .containsExactly("authenticated SELECT");
    }

    @Test
    void a_demo_of_an_older_version_is_brought_up_to_date_and_keeps_its_rows() {
        database.execute("update orders set notes = 'kept' where readable_id = 'MT-10401'");
        database.execute(
                "alter table lockstep.demo_people drop column duty, drop column station_id");
        database.execute("drop policy orders_own_tenant on orders");
        database.execute("alter table orders disable row level security");
        database.execute("update lockstep.settings set value = 'yes' where key = 'demo.loaded'");
        Installation.loadDemo(database.admin());
        assertThat(database.value("select notes from orders where readable_id = 'MT-10401'"))
                .isEqualTo("kept");
        assertThat(database.value("select relrowsecurity from pg_class where relname = 'orders'"))
                .isEqualTo("t");
        assertThat(database.value("select count(*) from orders")).isEqualTo("336");
        assertThat(database.value("select duty from lockstep.demo_people order by id limit 1"))
                .isEqualTo("office");
    }

    @Test
    void the_demos_people_keep_pictures_of_themselves_and_attachments_of_their_tenant()
            throws SQLException {
        String tenant = "00000000-0000-4000-8000-000000000001";
        String ada = "00000000-0000-4000-8000-000000000101";
        String bob = "00000000-0000-4000-8000-000000000102";
        String stranger = "00000000-0000-4000-8000-000000000999";
        assertThat(
                        database.values(
                                "select id || ' ' || public from storage.buckets where id in"
                                        + " ('avatars', 'attachments') order by id"))
                .containsExactly("attachments false", "avatars true");
        put("avatars", ada, ada, tenant);
        put("attachments", tenant, ada, tenant);
        assertThatThrownBy(() -> put("avatars", bob, ada, tenant))
                .hasStackTraceContaining("row-level security");
        assertThatThrownBy(() -> put("attachments", tenant, ada, stranger))
                .hasStackTraceContaining("row-level security");

        assertThat(attachments(bob, tenant)).isEqualTo("1");
        assertThat(attachments(bob, stranger)).isEqualTo("0");
    }

    private static String attachments(String person, String tenant) throws SQLException {
        try (Connection connection = database.connection();
                Statement statement = connection.createStatement()) {
            return one(
                    statement,
                    as(person, tenant)
                            + "select count(*) from storage.objects where bucket_id = 'attachments'");
        }
    }

    /// What a person of the demo with this token is to PostgreSQL.
    private static String as(String person, String tenant) {
        return "set role authenticated; set \"request.jwt.claims\" ="
                + " '{\"sub\":\"%s\",\"app_metadata\":{\"tenant_id\":\"%s\"}}'; "
                        .formatted(person, tenant);
    }

    private static void put(String bucket, String folder, String person, String tenant) {
        database.execute(
                as(person, tenant)
                        + "insert into storage.objects (bucket_id, name, owner_id) values ('"
                        + bucket
                        + "', '"
                        + folder
                        + "/file', '"
                        + person
                        + "')");
    }

    @Test
    void every_write_moves_an_orders_version_and_an_empty_one_does_not() {
        String id = database.value("select id from orders order by id limit 1");
        database.execute("update orders set notes = 'changed' where id = '" + id + "'");
        database.execute("update orders set notes = 'changed' where id = '" + id + "'");
        assertThat(
                        database.value(
                                "select version || ' ' || (updated_at > now() - interval '1 minute')"
                                        + " from orders where id = '"
                                        + id
                                        + "'"))
                .isEqualTo("2 true");
    }

    private static String one(Statement statement, String sql) throws SQLException {
        boolean rows = statement.execute(sql);
        while (!rows) {
            rows = statement.getMoreResults();
        }
        try (var result = statement.getResultSet()) {
            result.next();
            return result.getString(1);
        }
    }
}
