package dev.lockstep.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What stands in the way of the stream on a server that runs, and how the reader answers.
class InterruptionTest {
    private TestDatabase database;

    @BeforeEach
    void install() {
        database = TestDatabase.installed();
        database.execute(
                "create table item (id int primary key)",
                "alter publication supabase_realtime add table item");
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void a_killed_walsender_is_back_within_two_seconds_and_nothing_is_lost_or_repeated()
            throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            replication.sink.confirmAll();
            for (int round = 0; round < 3; round++) {
                insert(2 * round);
                long began = System.nanoTime();
                replication.breakStream();
                assertThat(Duration.ofNanos(System.nanoTime() - began))
                        .isLessThan(Duration.ofSeconds(2));
                insert(2 * round + 1);
            }
            replication.sink.await("six rows", () -> seen(replication) == 6);
            assertThat(replication.sink.seen("item", "id"))
                    .containsExactly("0", "1", "2", "3", "4", "5");
            assertThat(replication.sink.epochs()).hasSize(1);
            assertThat(replication.status().restarts()).isEqualTo(3);
        }
    }

    @Test
    void a_dropped_slot_is_made_again_in_a_new_epoch_and_loudly() throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            assertThat(replication.told(ReplicationEvent.SlotCreated.class)).hasSize(1);
            insert(1);
            replication.sink.await("a row", () -> seen(replication) == 1);
            database.execute(
                    """
                    do $$ begin
                      loop
                        perform pg_terminate_backend(active_pid)
                          from pg_replication_slots where slot_name = 'NAME';
                        begin
                          perform pg_drop_replication_slot('NAME');
                          exit;
                        exception when object_in_use then null;
                        end;
                      end loop;
                    end $$\
                    """
                            .replace("NAME", replication.slot));
            replication.awaitTold(ReplicationEvent.SlotLost.class);
            replication.awaitStreaming();
            insert(2);
            replication.sink.await("the row after", () -> seen(replication) == 2);
            assertThat(replication.sink.epochs())
                    .extracting(Epoch::slotGeneration)
                    .containsExactly(1L, 2L);
        }
    }

    @Test
    void a_slot_that_someone_else_has_read_is_a_new_epoch() throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            insert(1);
            replication.sink.await("a row", () -> seen(replication) == 1);
            replication.stop();
            insert(2);
            database.execute(
                    "select pg_replication_slot_advance('%s', pg_current_wal_flush_lsn())"
                            .formatted(replication.slot));
            replication.restart();
            replication.awaitTold(ReplicationEvent.SlotLost.class);
            assertThat(replication.sink.epochs()).hasSize(2);
        }
    }

    @Test
    void a_slot_in_use_is_waited_for_and_its_reader_is_named() throws Exception {
        try (Replication first = new Replication(database, new RecordingSink()).start();
                Replication second =
                        new Replication(database, new RecordingSink(), first.slot).launch()) {
            second.awaitTold(ReplicationEvent.SlotBusy.class);
            assertThat(second.told(ReplicationEvent.SlotBusy.class).getFirst().pid())
                    .isEqualTo(Integer.parseInt(first.walsender()));
            assertThat(second.status().state()).isNotEqualTo(SlotStatus.State.STREAMING);
            first.stop();
            second.awaitStreaming();
        }
    }

    @Test
    void a_slot_of_another_kind_is_left_alone() throws Exception {
        database.execute(
                "select pg_create_logical_replication_slot('foreign_one', 'test_decoding')");
        try (Replication replication =
                new Replication(database, new RecordingSink(), "foreign_one").launch()) {
            replication.awaitTold(ReplicationEvent.SlotForeign.class);
            assertThat(replication.status().trouble()).contains("test_decoding");
        }
    }

    @Test
    void a_missing_publication_is_named_with_the_sql_that_makes_it() throws Exception {
        database.execute("drop publication lockstep_internal");
        try (Replication replication = new Replication(database, new RecordingSink()).launch()) {
            replication.awaitTold(ReplicationEvent.PublicationMissing.class);
            String remedy =
                    replication.told(ReplicationEvent.PublicationMissing.class).getFirst().remedy();
            assertThat(remedy).isEqualTo("CREATE PUBLICATION \"lockstep_internal\";");
            database.execute(remedy);
            replication.awaitStreaming();
            insert(1);
            replication.sink.await("a row", () -> seen(replication) == 1);
        }
    }

    @Test
    void a_publication_dropped_while_the_stream_runs_is_told_and_may_come_back() throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("drop publication supabase_realtime");
            insert(1);
            replication.awaitTold(ReplicationEvent.PublicationMissing.class);
            database.execute("create publication supabase_realtime for table item");
            replication.sink.await(
                    "a row",
                    () -> {
                        insert((int) (System.nanoTime() & 0x7FFF_FFFF));
                        return seen(replication) > 0;
                    });
        }
    }

    @Test
    void a_sink_that_waits_longer_than_the_servers_patience_keeps_its_stream() throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            replication.sink.block();
            insert(1);
            String sql = "select clock_timestamp() > '%s'::timestamptz + interval '5 seconds'";
            String later = sql.formatted(database.value("select clock_timestamp()"));
            replication.sink.await("five seconds", () -> "t".equals(database.value(later)));
            replication.sink.unblock();
            insert(2);
            replication.sink.await("both rows", () -> seen(replication) == 2);
            assertThat(replication.status().restarts()).isZero();
        }
    }

    @Test
    void closing_ends_a_waiting_stream_at_once() throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            long began = System.nanoTime();
            replication.stop();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Duration.ofSeconds(1));
            assertThat(replication.status().state()).isEqualTo(SlotStatus.State.CLOSED);
            replication.stop();
        }
    }

    @Test
    void a_transaction_in_progress_is_streamed_and_its_aborted_parts_are_left_out()
            throws Exception {
        database.execute(
                "alter database %s set logical_decoding_work_mem = '64kB'"
                        .formatted(database.name()));
        try (Replication replication = new Replication(database, new RecordingSink()).start();
                Connection connection = database.connection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(rows(1, 3_000));
            statement.execute("savepoint a");
            streamed(replication, statement, rows(3_001, 6_000));
            statement.execute("savepoint b");
            streamed(replication, statement, rows(6_001, 9_000));
            statement.execute("rollback to a");
            statement.execute(rows(10_001, 13_000));
            insert(40_000);
            statement.execute("alter table item add note text");
            statement.execute("insert into item values (20000, 'after')");
            connection.commit();
            streamed(replication, statement, rows(30_001, 33_000));
            connection.rollback();
            insert(50_000);
            replication.sink.await(
                    "the last row", () -> replication.sink.seen("item", "id").contains("50000"));
            assertThat(replication.sink.seen("item", "id"))
                    .hasSize(6_003)
                    .startsWith("40000", "1")
                    .contains("3000", "10001", "13000", "20000")
                    .doesNotContain("3001", "6001", "9000", "30001");
            assertThat(replication.sink.transactions()).hasSize(3);
        }
    }

    private static String rows(int from, int to) {
        return "insert into item select i from generate_series(%d, %d) i".formatted(from, to);
    }

    /// Waits until PostgreSQL has sent a piece of what the statement did.
    private void streamed(Replication replication, Statement statement, String sql)
            throws Exception {
        String count =
                "select stream_count from pg_stat_replication_slots where slot_name = '%s'"
                        .formatted(replication.slot);
        String before = database.value(count);
        statement.execute(sql);
        replication.sink.await(
                "a streamed piece", () -> !Objects.equals(database.value(count), before));
    }

    private void insert(int id) {
        database.execute("insert into item values (" + id + ")");
    }

    private static int seen(Replication replication) {
        return replication.sink.seen("item", "id").size();
    }
}
