package dev.lockstep.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeSpoolTest {
    private static final int XID = 700;

    @TempDir Path folder;

    private record Noted(int xid, Change change) {}

    @ParameterizedTest
    @ValueSource(longs = {0, 500, 20_000, 1 << 30})
    void a_committed_transaction_has_all_changes_but_those_of_aborted_subtransactions(
            long heapLimit) {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            RandomChanges changes = new RandomChanges(random);
            List<Noted> expected = new ArrayList<>();
            ChangeSpool spool = new ChangeSpool(folder, heapLimit);
            for (int step = 0; step < 120; step++) {
                int xid = XID + random.nextInt(6);
                if (random.nextInt(8) == 0) {
                    // An aborted id is never used again.
                    int aborted = 1_000 + step;
                    for (int i = random.nextInt(4); i > 0; i--) {
                        spool.append(aborted, changes.next(40));
                        if (random.nextBoolean()) {
                            append(spool, expected, xid, changes.next(40));
                        }
                    }
                    spool.abort(aborted);
                } else {
                    append(spool, expected, xid, changes.next(40));
                }
                assertThat(spool.count()).as("seed %d", seed).isEqualTo(expected.size());
            }
            int last = XID + random.nextInt(6);
            spool.abort(last);
            expected.removeIf(noted -> noted.xid == last);

            SpooledTransaction transaction = commit(spool);

            assertThat(RandomChanges.texts(transaction.changes()))
                    .as("seed %d, limit %d", seed, heapLimit)
                    .isEqualTo(expected.stream().map(n -> RandomChanges.text(n.change)).toList());
            assertThat(transaction.changeCount()).isEqualTo(expected.size());
            transaction.content().release();
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void a_subtransaction_aborted_at_the_end_gives_its_room_back() {
        RandomChanges changes = new RandomChanges(new Random(1));
        ChangeSpool spool = new ChangeSpool(folder, 100);
        changes.list(20, 1_000).forEach(change -> spool.append(XID, change));
        long before = spool.bytes();
        changes.list(500, 1_000).forEach(change -> spool.append(XID + 1, change));

        spool.abort(XID + 1);

        assertThat(spool.bytes()).isEqualTo(before);
        spool.close();
    }

    @Test
    void a_small_transaction_touches_no_file() {
        ChangeSpool spool = new ChangeSpool(folder.resolve("not-made"), 8 << 20);
        spool.append(XID, new RandomChanges(new Random(1)).next(200));
        SpooledTransaction transaction = commit(spool);

        assertThat(transaction.content().inHeap()).isTrue();
        assertThat(folder.resolve("not-made")).doesNotExist();
    }

    @Test
    void an_aborted_transaction_leaves_no_file() {
        ChangeSpool spool = new ChangeSpool(folder, 100);
        new RandomChanges(new Random(1)).list(50, 100).forEach(c -> spool.append(XID, c));
        assertThat(files()).hasSize(1);

        spool.close();

        assertThat(files()).isEmpty();
    }

    @Test
    void two_hundred_thousand_changes_take_a_bounded_heap() {
        Change change =
                new Change.Insert(RandomChanges.relation(1, 3), Row.of("1", "x".repeat(300), null));
        ChangeSpool spool = new ChangeSpool(folder, 1 << 20);
        for (int i = 0; i < 200_000; i++) {
            spool.append(XID, change);
        }
        SpooledTransaction transaction = commit(spool);

        assertThat(transaction.content().inHeap()).isFalse();
        assertThat(transaction.bytes()).isGreaterThan(60_000_000);
        int count = 0;
        for (Change read : transaction.content()) {
            assertThat(((Change.Insert) read).row().length(1)).isEqualTo(300);
            count++;
        }
        assertThat(count).isEqualTo(200_000);
        transaction.content().release();
    }

    @Test
    void several_readers_see_the_same() throws Exception {
        List<Change> changes = new RandomChanges(new Random(5)).list(20_000, 30);
        SpooledTransaction transaction = spooled(changes);
        Callable<List<String>> read = () -> RandomChanges.texts(transaction.changes());
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<List<String>> seen :
                    readers.invokeAll(IntStream.range(0, 6).mapToObj(_ -> read).toList())) {
                assertThat(seen.get()).isEqualTo(RandomChanges.texts(changes));
            }
        }
        transaction.content().release();
    }

    @Test
    void an_interrupted_reader_disturbs_nobody() {
        SpooledTransaction transaction = spooled(new RandomChanges(new Random(5)).list(5_000, 50));
        Iterator<Change> other = transaction.changes();
        other.next();

        Thread.currentThread().interrupt();
        List<String> mine = RandomChanges.texts(transaction.changes());
        assertThat(Thread.interrupted()).isTrue();

        assertThat(mine).hasSize(5_000);
        assertThat(RandomChanges.texts(other)).isEqualTo(mine.subList(1, 5_000));
        transaction.content().release();
    }

    @Test
    void a_reader_of_released_changes_is_told_so() {
        SpooledTransaction transaction = spooled(new RandomChanges(new Random(5)).list(20_000, 50));
        Iterator<Change> reading = transaction.changes();
        reading.next();

        transaction.content().release();
        transaction.content().release();

        assertThat(files()).isEmpty();
        assertThatThrownBy(() -> RandomChanges.texts(reading))
                .isInstanceOf(ReleasedException.class);
        assertThatThrownBy(() -> transaction.changes().next())
                .isInstanceOf(ReleasedException.class);
    }

    @Test
    void a_value_larger_than_any_buffer_survives() {
        List<Change> changes = new RandomChanges(new Random(9)).list(20, 400_000);
        SpooledTransaction transaction = spooled(changes);

        assertThat(RandomChanges.texts(transaction.changes()))
                .isEqualTo(RandomChanges.texts(changes));
        transaction.content().release();
    }

    @Test
    void a_disk_that_refuses_is_reported_and_the_spool_can_be_closed() throws IOException {
        Path blocked = Files.writeString(folder.resolve("blocked"), "a file, not a folder");
        ChangeSpool spool = new ChangeSpool(blocked, 0);

        assertThatThrownBy(() -> spool.append(XID, new RandomChanges(new Random(1)).next(9)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("blocked");
        spool.close();
    }

    private static void append(ChangeSpool spool, List<Noted> expected, int xid, Change change) {
        spool.append(xid, change);
        expected.add(new Noted(xid, change));
    }

    private SpooledTransaction spooled(List<Change> changes) {
        ChangeSpool spool = new ChangeSpool(folder, 1_000);
        changes.forEach(change -> spool.append(XID, change));
        return commit(spool);
    }

    private static SpooledTransaction commit(ChangeSpool spool) {
        return spool.commit(XID, new Lsn(100), new Lsn(140), 1_700_000_000_000_000L);
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
