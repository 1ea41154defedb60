package dev.lockstep.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.embedded.ShutdownMode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DatabaseTest {
    private static final TestDatabase lent = TestDatabase.create();

    @BeforeAll
    static void make_a_table() {
        lent.execute(
                "create table counted (id int primary key, n int check (n < 100))",
                "insert into counted values (1, 0)");
    }

    @AfterAll
    static void drop() {
        lent.close();
    }

    @Test
    void values_are_text_in_utc_and_iso() {
        try (Database database = new Database(lent.admin())) {
            assertThat(
                            one(
                                    database,
                                    "select concat_ws(' ', '2026-01-02T03:04:05+02'::timestamptz,"
                                            + " interval '1 day 2 hours', '\\x01ff'::bytea,"
                                            + " 0.1::float8 + 0.2::float8,"
                                            + " current_setting('application_name'))"))
                    .isEqualTo(
                            "2026-01-02 01:04:05+00 1 day 02:00:00 \\x01ff 0.30000000000000004"
                                    + " lockstep");
        }
    }

    @Test
    void a_snapshot_sees_one_state_and_cannot_write() {
        try (Database database = new Database(lent.admin())) {
            List<String> seen =
                    database.snapshot(connection -> {
                        String before = one(connection, "select count(*) from counted");
                        lent.execute("insert into counted values (2, 0)");
                        return List.of(before, one(connection, "select count(*) from counted"));
                    });
            assertThat(seen.get(1)).isEqualTo(seen.get(0));
            lent.execute("delete from counted where id = 2");
            assertThatThrownBy(() ->
                            database.snapshot(connection ->
                                    one(
                                            connection,
                                            "insert into counted values (3, 0)" + " returning id")))
                    .isInstanceOf(FailureException.class);
            assertThat(one(database, "show transaction_read_only")).isEqualTo("off");
            assertThat(one(database, "show transaction_isolation")).isEqualTo("read committed");
        }
    }

    @Test
    void a_transaction_that_throws_leaves_nothing() {
        try (Database database = new Database(lent.admin())) {
            assertThatThrownBy(() ->
                            database.transaction(connection -> {
                                execute(connection, "update counted set n = 7");
                                throw new IllegalStateException("changed my mind");
                            }))
                    .hasMessage("changed my mind");
            assertThat(one(database, "select n from counted where id = 1")).isEqualTo("0");
        }
    }

    @Test
    void a_call_that_gets_no_connection_in_time_is_told_to_come_back() throws Exception {
        DatabaseConfig small =
                new DatabaseConfig(
                        lent.jdbcUrl(),
                        lent.user(),
                        lent.admin().password(),
                        1,
                        Duration.ofMillis(300),
                        Duration.ofSeconds(5));
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Database database = new Database(small);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> holder =
                    threads.submit(() ->
                            database.call(_ -> {
                                taken.countDown();
                                awaitUninterruptibly(release);
                                return 1;
                            }));
            taken.await();

            assertThat(failure(() -> one(database, "select 1")))
                    .asInstanceOf(type(Failure.Unavailable.class))
                    .satisfies(f -> assertThat(f.code()).isEqualTo("unavailable.database"))
                    .satisfies(f -> assertThat(f.retryAfter()).isPositive());
            release.countDown();
            holder.get();
            assertThat(one(database, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void many_more_callers_than_connections_all_get_their_turn() throws Exception {
        try (Database database = new Database(lent.admin().withPoolSize(4));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> all =
                    IntStream.range(0, 400)
                            .mapToObj(n -> threads.submit(() -> one(database, "select 1 + " + n)))
                            .toList();
            for (int n = 0; n < all.size(); n++) {
                assertThat(all.get(n).get()).isEqualTo(Integer.toString(1 + n));
            }
        }
    }

    @Test
    void a_statement_that_takes_too_long_is_cancelled() {
        DatabaseConfig hasty =
                new DatabaseConfig(
                        lent.jdbcUrl(),
                        lent.user(),
                        lent.admin().password(),
                        1,
                        Duration.ofSeconds(5),
                        Duration.ofMillis(200));
        try (Database database = new Database(hasty)) {
            assertThat(failure(() -> one(database, "select pg_sleep(30)")))
                    .isEqualTo(
                            new Failure.Unavailable(
                                    "database",
                                    "The database took too long.",
                                    Duration.ofSeconds(1)));
        }
    }

    @Test
    void what_postgresql_refuses_is_told_in_its_words() {
        lent.execute(
                "do $$ begin create role nobody_at_all; exception when duplicate_object then"
                        + " null; end $$");
        try (Database database = new Database(lent.admin())) {
            assertThat(failure(() -> one(database, "select 'abc'::int")))
                    .isEqualTo(
                            new Failure.Invalid(
                                    "", "invalid input syntax for type integer: \"abc\""));
            assertThat(
                            failure(() ->
                                    one(
                                            database,
                                            "insert into counted values (9, 100)"
                                                    + " returning id")))
                    .asInstanceOf(type(Failure.Invalid.class))
                    .satisfies(f -> assertThat(f.problem()).contains("counted_n_check"));
            assertThat(
                            failure(() ->
                                    database.transaction(connection -> {
                                        execute(connection, "set local role nobody_at_all");
                                        return one(connection, "select n from counted");
                                    })))
                    .isEqualTo(new Failure.Forbidden("use", "table counted"));
        }
    }

    @Test
    void calls_fail_while_the_database_is_away_and_work_when_it_is_back() {
        try (TestDatabase own = TestDatabase.ownServer(Map.of())) {
            DatabaseConfig config =
                    new DatabaseConfig(
                            own.jdbcUrl(),
                            own.user(),
                            own.admin().password(),
                            2,
                            Duration.ofMillis(500),
                            Duration.ofSeconds(5));
            try (Database database = new Database(config);
                    CatalogueKeeper keeper = new CatalogueKeeper(database)) {
                Catalogue last = keeper.current();
                own.server().stop(ShutdownMode.IMMEDIATE);

                assertThat(failure(() -> one(database, "select 1")))
                        .isInstanceOf(Failure.Unavailable.class);
                assertThat(keeper.current()).isSameAs(last);

                own.server().start();
                await(() -> answers(database));
            }
        }
    }

    private static boolean answers(Database database) {
        try {
            return one(database, "select 1").equals("1");
        } catch (FailureException _) {
            return false;
        }
    }

    private static Failure failure(ThrowingCallable call) {
        try {
            call.call();
        } catch (FailureException e) {
            return e.failure();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("nothing was refused");
    }

    private static String one(Database database, String sql) {
        return database.call(connection -> one(connection, sql));
    }

    private static String one(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time to wait").isLessThan(end);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
