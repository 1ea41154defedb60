package dev.lockstep.feed;

import static dev.lockstep.feed.FeedFixture.STEP;
import static dev.lockstep.feed.FeedFixture.config;
import static dev.lockstep.feed.FeedFixture.end;
import static dev.lockstep.feed.FeedFixture.transaction;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ChangeFeedTest {
    private static final Lsn START = new Lsn(500);
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path folder;
    private final FeedFixture.Clock clock = new FeedFixture.Clock();
    private ChangeFeed feed;

    @BeforeEach
    void open() {
        feed = new ChangeFeed(config(64 << 20, 32 << 20), folder, clock);
        feed.begin("one", START);
    }

    @AfterEach
    void close() {
        feed.close();
    }

    @Test
    void a_reader_gets_every_transaction_after_its_position_in_order() throws Exception {
        append(1, 9);

        assertThat(numbers(feed.from(end(4)))).containsExactly(5, 6, 7, 8, 9);
        assertThat(numbers(feed.fromOldest())).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(numbers(feed.from(end(9)))).isEmpty();
    }

    @Test
    void a_position_between_two_transactions_is_as_good_as_the_end_of_one() throws Exception {
        append(1, 9);

        assertThat(numbers(feed.from(new Lsn(4 * STEP + 700)))).containsExactly(5, 6, 7, 8, 9);
    }

    @Test
    void a_reader_at_the_head_goes_on_with_what_comes() throws Exception {
        append(1, 3);
        FeedReader reader = feed.from(feed.head());
        assertThat(reader.next()).isNull();

        append(4, 5);

        assertThat(numbers(reader)).containsExactly(4, 5);
    }

    @Test
    void a_reader_set_ahead_of_the_head_waits_for_its_position() throws Exception {
        append(1, 2);
        FeedReader reader = feed.from(end(5));
        append(3, 4);
        assertThat(reader.next()).isNull();
        assertThat(reader.position()).isEqualTo(end(5));

        append(5, 7);

        assertThat(numbers(reader)).containsExactly(6, 7);
    }

    @Test
    void a_keepalive_moves_the_position_of_a_reader_at_the_head() throws Exception {
        append(1, 3);
        FeedReader reader = feed.from(end(3));

        feed.advance(new Lsn(90_000));

        assertThat(reader.next()).isNull();
        assertThat(reader.position()).isEqualTo(new Lsn(90_000));
    }

    @Test
    void a_transaction_that_is_sent_again_is_known() throws Exception {
        append(1, 5);

        assertThat(feed.begin("one", end(2))).isEqualTo(end(5));
        append(3, 7);

        assertThat(numbers(feed.fromOldest())).containsExactly(1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void another_epoch_empties_the_window_and_ends_all_readers() throws Exception {
        append(1, 5);
        FeedReader behind = feed.from(end(2));
        FeedReader live = feed.from(end(5));

        feed.begin("two", new Lsn(700));
        append(1, 2);

        assertExpired(behind);
        assertExpired(live);
        assertThat(feed.oldest()).isEqualTo(new Lsn(700));
        assertThat(numbers(feed.fromOldest())).containsExactly(1, 2);
    }

    @Test
    void a_gap_in_the_same_epoch_empties_the_window_too() throws Exception {
        append(1, 5);
        FeedReader live = feed.from(end(5));

        feed.begin("one", end(8));

        assertExpired(live);
        assertThatThrownBy(() -> feed.from(end(7))).satisfies(ChangeFeedTest::isExpired);
    }

    @Test
    void a_token_is_good_until_a_transaction_after_it_leaves() throws Exception {
        append(1, 1);
        FeedReader atOne = feed.from(end(1));
        clock.move(Duration.ofMinutes(30));
        feed.advance(new Lsn(50_000));
        feed.trim();
        assertThat(feed.oldest()).isEqualTo(end(1));
        assertThat(numbers(feed.from(end(1)))).isEmpty();

        append(60, 60);
        clock.move(Duration.ofMinutes(30));
        feed.trim();

        assertExpired(atOne);
        assertThatThrownBy(() -> feed.from(end(1))).satisfies(ChangeFeedTest::isExpired);
        assertThat(numbers(feed.from(end(60)))).isEmpty();
    }

    @Test
    void age_takes_only_what_is_old() throws Exception {
        append(1, 3);
        clock.move(Duration.ofMinutes(6));
        append(4, 6);
        clock.move(Duration.ofMinutes(5));

        feed.trim();

        assertThat(numbers(feed.fromOldest())).containsExactly(4, 5, 6);
        assertThat(feed.status().oldestAge()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void distance_in_the_log_is_bounded() throws Exception {
        feed.close();
        FeedConfig near =
                new FeedConfig(
                        Duration.ofHours(1), 5 * STEP, 1 << 20, 1 << 20, 1 << 20, Duration.ZERO);
        feed = new ChangeFeed(near, folder, clock);
        feed.begin("one", START);
        append(1, 20);

        feed.trim();

        assertThat(numbers(feed.fromOldest())).containsExactly(16, 17, 18, 19, 20);
    }

    @Test
    void postgresql_may_forget_only_what_left_the_window() throws Exception {
        append(1, 5);
        feed.trim();
        assertThat(feed.confirmable()).isEqualTo(START);

        clock.move(Duration.ofMinutes(9));
        append(6, 8);
        clock.move(Duration.ofMinutes(2));
        feed.trim();

        assertThat(feed.oldest()).isEqualTo(end(5));
        assertThat(feed.confirmable()).isBetween(end(5), new Lsn(6 * STEP));
    }

    @Test
    void in_a_quiet_database_confirmation_follows_the_keepalives_at_the_windows_distance() {
        for (int minute = 0; minute <= 30; minute++) {
            feed.advance(new Lsn(10_000 + minute));
            feed.trim();
            clock.move(Duration.ofMinutes(1));
        }

        assertThat(feed.confirmable()).isBetween(new Lsn(10_018), new Lsn(10_021));
        assertThat(feed.head()).isEqualTo(new Lsn(10_030));
    }

    @Test
    void what_leaves_the_heap_reads_the_same_from_disk() throws Exception {
        feed.close();
        feed = new ChangeFeed(config(64 << 20, 8 << 20), folder, clock);
        feed.begin("one", START);
        FeedReader early = feed.from(START);
        feed.append(transaction(1, 2, 400, folder, 1 << 20));
        Transaction held = FeedFixture.next(early);
        for (int i = 2; i <= 20_000; i++) {
            feed.append(transaction(i, 1 + i % 3, 400, folder, 1 << 20));
        }
        feed.trim();

        FeedStatus status = feed.status();
        assertThat(status.heapBytes()).isLessThanOrEqualTo(8 << 20);
        assertThat(status.diskBytes()).isGreaterThan(8 << 20);
        assertThat(status.transactions()).isEqualTo(20_000);
        FeedFixture.check(held, 1);
        FeedReader reader = feed.fromOldest();
        for (int i = 1; i <= 20_000; i++) {
            FeedFixture.check(FeedFixture.next(reader), i);
        }
        assertThat(files()).isNotEmpty();

        clock.move(Duration.ofHours(1));
        feed.trim();

        assertThat(feed.status().diskBytes()).isZero();
        assertThat(feed.status().heapBytes()).isZero();
        // The file that is being written stays.
        assertThat(files()).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void bytes_are_bounded_and_the_oldest_go_first() throws Exception {
        feed.close();
        feed = new ChangeFeed(config(4 << 20, 1 << 20), folder, clock);
        feed.begin("one", START);
        for (int i = 1; i <= 20_000; i++) {
            feed.append(transaction(i, 1, 1_000, folder, 1 << 20));
            FeedStatus now = feed.status();
            assertThat(now.heapBytes()).isLessThan((1 << 20) + 2_000);
            assertThat(now.heapBytes() + now.diskBytes()).isLessThan((4 << 20) + 2_000);
        }

        feed.trim();
        List<Integer> kept = numbers(feed.fromOldest());

        assertThat(kept).hasSizeGreaterThan(2_500).last().isEqualTo(20_000);
        assertThat(kept.getFirst()).isEqualTo(20_000 - kept.size() + 1);
        assertThat(feed.oldest()).isEqualTo(end(kept.getFirst() - 1));
    }

    @Test
    void a_transaction_larger_than_the_window_passes_alone() throws Exception {
        feed.close();
        feed = new ChangeFeed(config(2 << 20, 1 << 20), folder, clock);
        feed.begin("one", START);
        append(1, 3);
        feed.append(transaction(4, 10_000, 500, folder, 1 << 18));

        assertThat(numbers(feed.fromOldest())).containsExactly(4);
        append(5, 5);
        assertThat(numbers(feed.fromOldest())).containsExactly(5);
        assertThat(files()).isEmpty();
    }

    @Test
    void a_reader_inside_a_transaction_that_leaves_is_told_to_start_over() throws Exception {
        feed.append(transaction(1, 10_000, 500, folder, 1 << 18));
        var changes = FeedFixture.next(feed.fromOldest()).changes();
        changes.next();

        clock.move(Duration.ofHours(1));
        feed.trim();

        assertThatThrownBy(() -> changes.forEachRemaining(_ -> {}))
                .satisfies(ChangeFeedTest::isExpired);
        assertThat(files()).isEmpty();
    }

    @Test
    void a_disk_that_refuses_shortens_the_window_and_nothing_else() throws Exception {
        feed.close();
        Path blocked = Files.writeString(folder.resolve("blocked"), "a file, not a folder");
        feed = new ChangeFeed(config(16 << 20, 1 << 20), blocked, clock);
        feed.begin("one", START);
        FeedReader live = feed.from(START);
        for (int i = 1; i <= 5_000; i++) {
            feed.append(transaction(i, 1, 1_000, folder, 1 << 20));
            FeedFixture.check(FeedFixture.next(live), i);
        }
        assertThat(feed.status().diskRefused()).isTrue();
        assertThat(feed.status().heapBytes()).isLessThan((1 << 20) + 2_000);

        Files.delete(blocked);
        for (int i = 5_001; i <= 10_000; i++) {
            feed.append(transaction(i, 1, 1_000, folder, 1 << 20));
        }
        feed.trim();

        assertThat(feed.status().diskRefused()).isFalse();
        assertThat(numbers(feed.fromOldest())).hasSizeGreaterThan(2_500);
    }

    @Test
    void a_stalled_reader_holds_nothing_of_the_log_in_memory() throws Exception {
        FeedReader stalled = feed.from(START);
        FeedReader live = feed.from(START);
        List<WeakReference<Transaction>> left = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            feed.append(transaction(i));
            left.add(new WeakReference<>(FeedFixture.next(live)));
        }
        clock.move(Duration.ofHours(1));
        feed.trim();

        // The last one is where the live reader and the window's start are.
        List<WeakReference<Transaction>> gone = left.subList(0, 199);
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (gone.stream().anyMatch(one -> one.get() != null)) {
            assertThat(System.nanoTime()).as("waited for the collector").isLessThan(deadline);
            System.gc();
        }
        assertExpired(stalled);
    }

    @Test
    void files_of_an_earlier_run_are_removed() throws Exception {
        feed.append(transaction(1, 10_000, 500, folder, 1 << 18));
        assertThat(files()).hasSize(1);

        try (ChangeFeed next = new ChangeFeed(config(1 << 20, 1 << 20), folder, clock)) {
            assertThat(next.epoch()).isEmpty();
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void an_append_waits_for_the_leading_reader_rather_than_dropping_what_it_has_not_read()
            throws Exception {
        feed.close();
        feed = new ChangeFeed(config(2 << 20, 1 << 20), folder, clock);
        feed.begin("one", START);
        FeedReader leading = feed.lead(START);
        CompletableFuture<Void> appended =
                CompletableFuture.runAsync(() -> {
                    for (int i = 1; i <= 8_000; i++) {
                        appendOne(transaction(i, 1, 1_000, folder, 1 << 20));
                    }
                });
        for (int i = 1; i <= 8_000; i++) {
            assertThat(leading.await(LONG)).isTrue();
            FeedFixture.check(FeedFixture.next(leading), i);
        }
        appended.get(20, TimeUnit.SECONDS);
    }

    @Test
    void a_leading_reader_that_never_reads_stops_the_feed_for_a_while_only() throws Exception {
        feed.close();
        feed = new ChangeFeed(config(2 << 20, 1 << 20), folder, clock);
        feed.begin("one", START);
        FeedReader leading = feed.lead(START);
        CompletableFuture<Void> appended =
                CompletableFuture.runAsync(() -> {
                    for (int i = 1; i <= 4_000; i++) {
                        appendOne(transaction(i, 1, 1_000, folder, 1 << 20));
                    }
                });
        while (!appended.isDone()) {
            Thread.onSpinWait();
            clock.move(Duration.ofMillis(1));
        }

        appended.get(20, TimeUnit.SECONDS);
        assertExpired(leading);
    }

    @Test
    void waiting_ends_with_the_head_the_epoch_or_the_time() throws Exception {
        assertThat(feed.awaitBeyond(START, Duration.ofMillis(1))).isFalse();
        FeedReader reader = feed.from(START);
        assertThat(reader.await(Duration.ofMillis(1))).isFalse();

        CompletableFuture<Boolean> beyond = waiting(() -> feed.awaitBeyond(START, LONG));
        CompletableFuture<Boolean> next = waiting(() -> reader.await(LONG));
        append(1, 1);
        assertThat(beyond.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(next.get(5, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Boolean> keepalive = waiting(() -> feed.awaitBeyond(end(1), LONG));
        feed.advance(end(2));
        assertThat(keepalive.get(5, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Boolean> epoch = waiting(() -> feed.awaitBeyond(end(2), LONG));
        feed.begin("two", START);
        assertThat(epoch.get(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_token_leads_back_to_its_place_in_its_epoch_only() throws Exception {
        append(1, 5);
        long epoch = feed.fromOldest().epochHash();

        assertThat(numbers(feed.from(new ResumeToken(epoch, end(3), 0, 0)))).containsExactly(4, 5);
        assertThat(numbers(feed.from(new ResumeToken(epoch, end(3), 2, 0))))
                .containsExactly(3, 4, 5);
        assertThatThrownBy(() -> feed.from(new ResumeToken(epoch + 1, end(3), 0, 0)))
                .satisfies(ChangeFeedTest::isExpired);
    }

    @Test
    void before_the_first_epoch_nobody_is_sent_away_for_good() {
        try (ChangeFeed young = new ChangeFeed(config(1 << 20, 1 << 20), folder, clock)) {
            assertThatThrownBy(() -> young.from(end(1)))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.Unavailable.class));
        }
    }

    private interface Waiting {
        boolean await() throws InterruptedException;
    }

    /// Returns when the work is waiting, or already done.
    private static CompletableFuture<Boolean> waiting(Waiting work) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                result.complete(work.await());
                            } catch (InterruptedException e) {
                                result.completeExceptionally(e);
                            }
                        });
        while (thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        return result;
    }

    private void append(int from, int to) {
        for (int i = from; i <= to; i++) {
            appendOne(transaction(i));
        }
    }

    private void appendOne(Transaction transaction) {
        try {
            feed.append(transaction);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Integer> numbers(FeedReader reader) {
        List<Integer> numbers = new ArrayList<>();
        for (Transaction read = reader.next(); read != null; read = reader.next()) {
            FeedFixture.check(read, read.xid());
            numbers.add(read.xid());
        }
        return numbers;
    }

    private static void assertExpired(FeedReader reader) {
        assertThatThrownBy(reader::next).satisfies(ChangeFeedTest::isExpired);
    }

    private static void isExpired(Throwable thrown) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ResumeExpired.class));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(".spool"))
                    .toList();
        }
    }
}
