package dev.lockstep.feed;

import static dev.lockstep.feed.FeedFixture.end;
import static dev.lockstep.feed.FeedFixture.transaction;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The feed beside a plain list of all that was ever appended.
class FeedModelTest {
    private static final Lsn START = new Lsn(1);
    private static final int MAX_HEAP = 200_000;
    private static final int MAX_BYTES = 600_000;

    @TempDir Path folder;
    private final FeedFixture.Clock clock = new FeedFixture.Clock();

    private record Appended(int number, long millis, long weight) {}

    @Test
    void the_window_is_the_longest_end_of_the_log_that_the_bounds_allow() throws Exception {
        for (int seed = 0; seed < 12; seed++) {
            Random random = new Random(seed);
            List<Appended> log = new ArrayList<>();
            try (ChangeFeed feed =
                    new ChangeFeed(FeedFixture.config(MAX_BYTES, MAX_HEAP), folder, clock)) {
                feed.begin("epoch", START);
                for (int step = 0; step < 800; step++) {
                    switch (random.nextInt(10)) {
                        case 0 -> clock.move(Duration.ofSeconds(random.nextInt(60)));
                        case 1 -> {
                            feed.trim();
                            checkWindow(feed, log, seed);
                        }
                        case 2 -> readFromAnywhere(feed, log.size(), random, seed);
                        default -> log.add(append(feed, log.size() + 1, random));
                    }
                }
            }
        }
    }

    private Appended append(ChangeFeed feed, int number, Random random)
            throws InterruptedException {
        Transaction next =
                transaction(
                        number,
                        random.nextInt(40) == 0 ? 60 : 1,
                        random.nextInt(2_000),
                        folder,
                        MAX_HEAP / 4);
        Appended noted = new Appended(number, clock.millis(), next.bytes() + Entry.WEIGHT);
        feed.append(next);
        return noted;
    }

    private void checkWindow(ChangeFeed feed, List<Appended> log, int seed) {
        List<Integer> kept = new ArrayList<>();
        FeedReader reader = feed.fromOldest();
        for (Transaction read = reader.next(); read != null; read = reader.next()) {
            FeedFixture.check(read, read.xid());
            kept.add(read.xid());
        }
        int first = log.size() - kept.size();
        for (int i = 0; i < kept.size(); i++) {
            assertThat(kept.get(i)).as("seed %d", seed).isEqualTo(first + i + 1);
        }
        FeedStatus status = feed.status();
        assertThat(status.heapBytes()).isLessThanOrEqualTo(MAX_HEAP);
        assertThat(status.heapBytes() + status.diskBytes()).isLessThanOrEqualTo(MAX_BYTES);
        long outdated = clock.millis() - Duration.ofMinutes(10).toMillis();
        long weight = 0;
        for (int i = log.size() - 1; i >= 0; i--) {
            weight += log.get(i).weight;
            boolean old = log.get(i).millis <= outdated;
            boolean held = i >= first;
            if (held) {
                assertThat(old).as("seed %d: %d is old and held", seed, i + 1).isFalse();
            } else if (!old && weight < MAX_BYTES / 8 * 7) {
                fail("seed %d: %d was dropped without need", seed, i + 1);
            }
        }
    }

    private static void readFromAnywhere(ChangeFeed feed, int size, Random random, int seed) {
        int from = random.nextInt(size + 1);
        Lsn after = from == 0 ? START : end(from);
        try {
            FeedReader reader = feed.from(after);
            for (int i = from + 1; i <= size; i++) {
                FeedFixture.check(FeedFixture.next(reader), i);
            }
            assertThat(reader.next()).isNull();
        } catch (FailureException e) {
            expired(e, feed, after, seed);
        }
    }

    /// The only excuse for not answering: something after the position has left.
    private static void expired(FailureException thrown, ChangeFeed feed, Lsn at, int seed) {
        assertThat(thrown.failure()).isInstanceOf(Failure.ResumeExpired.class);
        assertThat(feed.oldest()).as("seed %d", seed).isGreaterThan(at);
    }

    @Test
    void readers_beside_an_appender_see_every_transaction_once_or_are_told() throws Exception {
        int seed = 20_260_101;
        int count = 60_000;
        AtomicBoolean over = new AtomicBoolean();
        try (ChangeFeed feed = new ChangeFeed(FeedFixture.config(4 << 20, 1 << 20), folder, clock);
                ExecutorService readers = Executors.newCachedThreadPool();
                AutoCloseable _ = () -> over.set(true)) {
            feed.begin("epoch", START);
            List<Future<Long>> seen = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seed + i);
                seen.add(readers.submit(() -> readAll(feed, count, random, over)));
            }
            Future<?> trimmer =
                    readers.submit(() -> {
                        while (!over.get()) {
                            feed.trim();
                            Thread.onSpinWait();
                        }
                    });
            Random sizes = new Random(seed);
            for (int i = 1; i <= count; i++) {
                feed.append(
                        transaction(
                                i,
                                sizes.nextInt(2_000) == 0 ? 1_000 : 1,
                                sizes.nextInt(300),
                                folder,
                                1 << 18));
            }
            for (Future<Long> one : seen) {
                assertThat(one.get(20, TimeUnit.SECONDS)).isPositive();
            }
            over.set(true);
            trimmer.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_reader_that_polls_the_head_skips_nothing() throws Exception {
        int count = 300_000;
        AtomicBoolean over = new AtomicBoolean();
        try (ChangeFeed feed =
                        new ChangeFeed(FeedFixture.config(64 << 20, 32 << 20), folder, clock);
                ExecutorService readers = Executors.newCachedThreadPool();
                AutoCloseable _ = () -> over.set(true)) {
            feed.begin("epoch", START);
            FeedReader reader = feed.lead(START);
            Future<Integer> skipped = readers.submit(() -> poll(reader, count, over));
            for (int i = 1; i <= count; i++) {
                feed.append(transaction(i));
                while (reader.done() < end(i - 2).value()) {
                    // Close behind each other, so that head and link are seen in every order.
                    Thread.onSpinWait();
                }
            }
            assertThat(skipped.get(20, TimeUnit.SECONDS)).isZero();
        }
    }

    private static int poll(FeedReader reader, int count, AtomicBoolean over) {
        int last = 0;
        int skipped = 0;
        while (last < count && !over.get()) {
            Transaction read = reader.next();
            if (read == null) {
                if (reader.position().compareTo(end(count)) >= 0) {
                    return skipped + count - last;
                }
                continue;
            }
            skipped += read.xid() - last - 1;
            last = read.xid();
        }
        return skipped;
    }

    /// Reads to the end, from time to time from another place; returns how many it saw.
    private static long readAll(ChangeFeed feed, int count, Random random, AtomicBoolean over)
            throws InterruptedException {
        FeedReader reader = feed.fromOldest();
        long sum = 0;
        int last = -1;
        while (last < count && !over.get()) {
            try {
                Transaction read = reader.next();
                if (read == null) {
                    reader.await(Duration.ofSeconds(1));
                    continue;
                }
                if (last >= 0 && read.xid() != last + 1) {
                    return fail("%d follows %d", read.xid(), last);
                }
                last = read.xid();
                if (random.nextInt(3) == 0) {
                    FeedFixture.check(read, last);
                }
                sum++;
                if (random.nextInt(5_000) == 0) {
                    last = Math.max(1, last - random.nextInt(3_000));
                    reader = feed.from(end(last));
                }
            } catch (FailureException e) {
                assertThat(e.failure()).isInstanceOf(Failure.ResumeExpired.class);
                assertThat(feed.oldest()).isGreaterThanOrEqualTo(last < 0 ? START : end(last));
                reader = feed.fromOldest();
                last = -1;
            }
        }
        return sum;
    }
}
