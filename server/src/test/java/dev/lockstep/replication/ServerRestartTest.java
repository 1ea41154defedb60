package dev.lockstep.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.postgres.embedded.ShutdownMode;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What only a server of one's own can suffer.
class ServerRestartTest {
    private static final TestDatabase database =
            TestDatabase.ownServer(Map.of("max_slot_wal_keep_size", "1MB")).install();

    @BeforeAll
    static void install() {
        database.execute(
                "create table item (id int primary key)",
                "alter publication supabase_realtime add table item");
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void a_fast_restart_ends_in_time_and_loses_nothing() throws Exception {
        survives(ShutdownMode.FAST);
    }

    @Test
    void an_immediate_restart_loses_nothing() throws Exception {
        survives(ShutdownMode.IMMEDIATE);
    }

    private static void survives(ShutdownMode mode) throws Exception {
        database.execute("truncate item");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("insert into item values (1)");
            replication.sink.await("a row", () -> seen(replication) == 1);
            long began = System.nanoTime();
            database.server().restart(mode);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Duration.ofSeconds(5));
            database.execute("insert into item values (2)");
            replication.sink.await("the row after", () -> seen(replication) == 2);
            assertThat(replication.sink.seen("item", "id")).containsExactly("1", "2");
            assertThat(replication.sink.epochs()).hasSize(1);
        }
    }

    @Test
    void an_invalidated_slot_is_made_again_in_a_new_epoch() throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            replication.sink.await(
                    "the loss",
                    () -> {
                        database.execute(
                                "select pg_logical_emit_message(false, 'x', repeat('x', 1000000))",
                                "select pg_switch_wal()",
                                "checkpoint");
                        return !replication.told(ReplicationEvent.SlotLost.class).isEmpty();
                    });
            // A row that falls between two lives of the slot belongs to a load-afresh, so try more.
            int[] id = {100};
            replication.sink.await(
                    "a row after",
                    () -> {
                        database.execute("insert into item values (" + id[0]++ + ")");
                        return seen(replication) > 0;
                    });
            assertThat(replication.sink.epochs().getLast().slotGeneration()).isGreaterThan(1);
        }
    }

    private static int seen(Replication replication) {
        return replication.sink.seen("item", "id").size();
    }
}
