package dev.lockstep.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.cache.Touches.Seen;
import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Snapshot;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Touched;
import dev.lockstep.core.Transaction;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TouchesTest {
    private static final TableName ORDERS = new TableName("public", "orders");
    private static final TableName ITEMS = new TableName("public", "items");

    private final Touches touches = new Touches();

    /// A transaction that did this.
    private record Did(int xid, List<Change> what) implements Transaction {
        @Override
        public Lsn commitLsn() {
            return new Lsn(xid);
        }

        @Override
        public Lsn endLsn() {
            return new Lsn(xid);
        }

        @Override
        public long commitMicros() {
            return 0;
        }

        @Override
        public int changeCount() {
            return what.size();
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public Iterator<Change> changes() {
            return what.iterator();
        }
    }

    private void truncated(int xid, TableName table) {
        Relation relation = new Relation(1, table, ReplicaIdentity.FULL, List.of());
        touches.committed(
                new Did(xid, List.of(new Change.Truncate(List.of(relation), false, false))));
    }

    private void redefined(int xid) {
        touches.committed(
                new Did(xid, List.of(new Change.Message(Touched.DDL_PREFIX, new byte[0]))));
    }

    private Optional<Seen> seen(String snapshot) {
        return touches.seen(Set.of(ORDERS), Snapshot.parse(snapshot), System.nanoTime());
    }

    @Test
    void a_snapshot_that_does_not_see_what_was_decoded_is_not_kept() {
        truncated(100, ORDERS);
        assertThat(seen("100:101:100")).isEmpty();
        assertThat(seen("100:100:")).isEmpty();
        assertThat(seen("101:101:")).isPresent();
    }

    @Test
    void what_is_decoded_later_ends_it_unless_it_was_seen_before() {
        Seen older = seen("100:100:").orElseThrow();
        Seen newer = seen("101:101:").orElseThrow();
        truncated(100, ORDERS);
        assertThat(touches.holds(older)).isFalse();
        assertThat(touches.holds(newer)).isTrue();
        truncated(102, ORDERS);
        assertThat(touches.holds(newer)).isFalse();
    }

    @Test
    void other_tables_do_not_count_and_definitions_always_do() {
        Seen kept = seen("100:100:").orElseThrow();
        truncated(100, ITEMS);
        assertThat(touches.holds(kept)).isTrue();
        redefined(101);
        assertThat(touches.holds(kept)).isFalse();
        assertThat(seen("101:101:")).isEmpty();
        assertThat(seen("102:102:")).isPresent();
    }

    @Test
    void one_that_is_not_yet_visible_is_remembered_behind_thousands_that_are() {
        truncated(100, ORDERS);
        for (int xid = 101; xid < 5_000; xid++) {
            truncated(xid, ORDERS);
        }
        assertThat(seen("100:5000:100")).isEmpty();
        assertThat(seen("5000:5000:")).isPresent();
    }

    @Test
    void an_answer_that_nobody_asked_for_while_thousands_came_is_dropped() {
        Seen kept = seen("9000:9000:").orElseThrow();
        for (int xid = 101; xid < 5_000; xid++) {
            truncated(xid, ORDERS);
        }
        assertThat(touches.holds(kept)).as("which of them it saw is not known any more").isFalse();
    }

    @Test
    void another_life_of_the_log_ends_everything() {
        Seen kept = seen("100:100:").orElseThrow();
        touches.forget();
        assertThat(touches.holds(kept)).isFalse();
    }

    @Test
    void transaction_numbers_may_wrap() {
        truncated(-1, ORDERS);
        assertThat(seen("4294967295:4294967295:")).isEmpty();
        assertThat(seen("4294967296:4294967296:")).isPresent();
        for (int xid = 0; xid < 3_000; xid++) {
            truncated(xid, ORDERS);
        }
        assertThat(seen("4294967295:4294970296:4294967295")).isEmpty();
        assertThat(seen("4294970296:4294970296:")).isPresent();
    }
}
