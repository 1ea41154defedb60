package dev.lockstep.postgres.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.lockstep.postgres.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EmbeddedPostgresTest {
    private static final Path folder = TestServer.folder();
    private static final Path data = folder.resolve("data");

    @BeforeAll
    static void keep_a_row() throws SQLException {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options())) {
            execute(postgres, "create table kept(a int)", "insert into kept values (42)");
        }
    }

    @AfterAll
    static void remove() {
        EmbeddedPostgres.erase(folder);
    }

    @Test
    void data_port_and_password_outlive_a_restart() throws SQLException {
        int port;
        String password;
        try (EmbeddedPostgres first = EmbeddedPostgres.start(options())) {
            port = first.port();
            password = first.password();
        }
        assertThat(Files.exists(data.resolve("postmaster.pid"))).isFalse();

        try (EmbeddedPostgres second = EmbeddedPostgres.start(options())) {
            assertThat(value(second, "select a from kept")).isEqualTo("42");
            assertThat(second.port()).isEqualTo(port);
            assertThat(second.password()).isEqualTo(password);
        }
    }

    @Test
    void a_killed_server_is_back_by_itself_on_its_port() throws SQLException {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options())) {
            long killed = postgres.pid().orElseThrow();
            int port = postgres.port();

            ProcessHandle.of(killed).orElseThrow().destroyForcibly();

            await(
                    "a new postmaster that is ready",
                    () ->
                            postgres.pid().filter(pid -> pid != killed).isPresent()
                                    && answers(postgres));
            assertThat(postgres.port()).isEqualTo(port);
            assertThat(value(postgres, "select a from kept")).isEqualTo("42");
        }
    }

    @Test
    void a_server_killed_with_its_jvm_is_started_over_its_remains() throws Exception {
        EmbeddedPostgres abandoned = EmbeddedPostgres.start(options());
        long killed = abandoned.pid().orElseThrow();
        byte[] remains = Files.readAllBytes(data.resolve("postmaster.pid"));
        abandoned.stop(ShutdownMode.IMMEDIATE);
        Files.write(data.resolve("postmaster.pid"), remains);

        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options())) {
            assertThat(postgres.pid().orElseThrow()).isNotEqualTo(killed);
            assertThat(value(postgres, "select a from kept")).isEqualTo("42");
        }
    }

    @Test
    void a_pid_file_whose_number_went_to_a_stranger_is_no_obstacle() throws Exception {
        // Of the server's own user: PostgreSQL itself sees through a pid that it may not signal.
        Process stranger =
                new ProcessBuilder(Account.of(data).command(List.of("sleep", "60"))).start();
        Files.writeString(
                data.resolve("postmaster.pid"),
                stranger.pid() + "\n" + data + "\n1\n5432\n\n127.0.0.1\n\nready\n");

        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options())) {
            assertThat(value(postgres, "select a from kept")).isEqualTo("42");
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void a_server_that_outlived_its_jvm_is_adopted() throws SQLException {
        try (EmbeddedPostgres outlived = EmbeddedPostgres.start(options());
                EmbeddedPostgres next = EmbeddedPostgres.start(options())) {
            assertThat(next.pid()).isEqualTo(outlived.pid());
            assertThat(value(next, "select a from kept")).isEqualTo("42");
            outlived.stop(ShutdownMode.FAST);
        }
    }

    @Test
    void a_server_that_outlived_its_jvm_is_restarted_when_its_settings_changed()
            throws SQLException {
        EmbeddedPostgres outlived = EmbeddedPostgres.start(options());
        long before = outlived.pid().orElseThrow();
        try (EmbeddedPostgres next =
                EmbeddedPostgres.start(options().withSettings(Map.of("work_mem", "7MB")))) {
            assertThat(next.pid().orElseThrow()).isNotEqualTo(before);
            assertThat(value(next, "show work_mem")).isEqualTo("7MB");
            outlived.stop(ShutdownMode.FAST);
        }
    }

    @Test
    void another_port_is_taken_when_that_of_last_time_is_busy() throws Exception {
        int busy = Integer.parseInt(Files.readString(folder.resolve("port")));
        try (ServerSocket socket = new ServerSocket(busy, 1, InetAddress.getByName("127.0.0.1"));
                EmbeddedPostgres postgres = EmbeddedPostgres.start(options())) {
            assertThat(postgres.port()).isNotEqualTo(socket.getLocalPort());
            assertThat(value(postgres, "select a from kept")).isEqualTo("42");
        }
    }

    @Test
    void a_stopped_server_stays_stopped_until_it_is_started() throws SQLException {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options())) {
            postgres.stop(ShutdownMode.IMMEDIATE);
            assertThat(postgres.isAlive()).isFalse();

            postgres.start();

            assertThat(value(postgres, "select a from kept")).isEqualTo("42");
        }
    }

    @Test
    void a_new_cluster_is_durable_asks_for_passwords_and_can_be_decoded() throws Exception {
        Path own = TestServer.folder();
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.start(
                        EmbeddedPostgres.Options.in(own).withBinaries(TestServer.binaries()))) {
            assertThat(value(postgres, "show server_version")).startsWith(EmbeddedPostgres.VERSION);
            assertThat(value(postgres, "show fsync")).isEqualTo("on");
            assertThat(value(postgres, "show synchronous_commit")).isEqualTo("on");
            assertThat(value(postgres, "show wal_level")).isEqualTo("logical");
            assertThat(value(postgres, "show listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(
                            value(
                                    postgres,
                                    "select count(*) from pg_hba_file_rules"
                                            + " where auth_method <> 'scram-sha-256'"))
                    .isEqualTo("0");
            assertThat(
                            value(
                                    postgres,
                                    "select datlocprovider::text || datlocale from pg_database"
                                            + " where datname = 'postgres'"))
                    .isEqualTo("bC.UTF-8");
            assertThat(Files.getPosixFilePermissions(own.resolve("password")))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        } finally {
            EmbeddedPostgres.erase(own);
        }
    }

    @Test
    void root_gets_a_home_elsewhere_for_a_folder_that_only_root_can_reach() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path closed = Files.createTempDirectory("closed");
        Path asked = closed.resolve("postgres");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options(asked))) {
            assertThat(value(postgres, "select 1")).isEqualTo("1");
            assertThat(asked).isSymbolicLink();
        } finally {
            Path home = asked.toRealPath();
            EmbeddedPostgres.erase(asked);
            assertThat(home).doesNotExist();
            assertThat(Files.isSymbolicLink(asked)).isFalse();
            Files.delete(closed);
        }
    }

    @Test
    void a_start_that_fails_says_what_postgresql_said() {
        org.assertj.core.api.Assertions.assertThatThrownBy(() ->
                        EmbeddedPostgres.start(
                                options().withSettings(Map.of("shared_buffers", "soon"))))
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessageContaining("shared_buffers")
                .hasMessageContaining("soon");
    }

    private static EmbeddedPostgres.Options options() {
        return options(folder);
    }

    private static EmbeddedPostgres.Options options(Path home) {
        return EmbeddedPostgres.Options.in(home).withBinaries(TestServer.binaries()).disposable();
    }

    private static void execute(EmbeddedPostgres postgres, String... statements)
            throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String value(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static boolean answers(EmbeddedPostgres postgres) {
        try {
            return value(postgres, "select 1").equals("1");
        } catch (SQLException _) {
            return false;
        }
    }

    private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        return DriverManager.getConnection(
                postgres.jdbcUrl("postgres"), EmbeddedPostgres.SUPERUSER, postgres.password());
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(String what, Condition condition) {
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        try {
            while (!condition.holds()) {
                assertThat(System.nanoTime()).as("time to wait for %s", what).isLessThan(end);
                LockSupport.parkNanos(10_000_000);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
