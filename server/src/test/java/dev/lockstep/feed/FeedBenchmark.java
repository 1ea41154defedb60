package dev.lockstep.feed;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.lockstep.config.Settings;
import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/// What appending and reading cost, with the default bounds. Not a test: run its `main`.
///
/// Each round fills a feed until the bytes' bound drops transactions, with a leading reader beside
/// the appender; then one reader goes through the retained window, most of it on disk.
final class FeedBenchmark {
    private static final int ROUNDS = 5;
    private static final int COUNT = 1_000_000;
    private static final int ROW = 200;

    private FeedBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        FeedConfig config = FeedConfig.of(Settings.of(Map.of("feed.max-wal", "1024GiB")));
        for (int round = 1; round <= ROUNDS; round++) {
            Path folder = Files.createTempDirectory("feed-benchmark");
            try (ChangeFeed feed = new ChangeFeed(config, folder, InstantSource.system())) {
                feed.begin("benchmark", new Lsn(1));
                System.out.printf(
                        "round %d: %s; %s; %s%n", round, fill(feed), catchUp(feed), latency(feed));
            } finally {
                delete(folder);
            }
        }
    }

    private static String fill(ChangeFeed feed) throws Exception {
        FeedReader leading = feed.lead(feed.head());
        CompletableFuture<Integer> read =
                CompletableFuture.supplyAsync(() -> follow(leading, COUNT));
        long start = System.nanoTime();
        for (int i = 1; i <= COUNT; i++) {
            feed.append(transaction(i));
        }
        read.get();
        double seconds = (System.nanoTime() - start) / 1e9;
        FeedStatus status = feed.status();
        return "append beside a reader %,.0f tx/s (heap %d MiB, disk %d MiB, %,d tx kept)"
                .formatted(
                        COUNT / seconds,
                        status.heapBytes() >> 20,
                        status.diskBytes() >> 20,
                        status.transactions());
    }

    private static String catchUp(ChangeFeed feed) {
        FeedReader reader = feed.fromOldest();
        long start = System.nanoTime();
        int count = 0;
        for (Transaction next = reader.next(); next != null; next = reader.next()) {
            drain(next);
            count++;
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return "catch up %,.0f tx/s".formatted(count / seconds);
    }

    /// Time from an append to its reader, for one transaction a millisecond.
    private static String latency(ChangeFeed feed) throws Exception {
        int count = 2_000;
        long[] appended = new long[count];
        long[] nanos = new long[count];
        FeedReader leading = feed.lead(feed.head());
        CompletableFuture<Void> done =
                CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < count; i++) {
                        follow(leading, 1);
                        nanos[i] = System.nanoTime() - appended[i];
                    }
                });
        for (int i = 0; i < count; i++) {
            LockSupport.parkNanos(MILLISECONDS.toNanos(1));
            Transaction next = transaction(COUNT + 1 + i);
            appended[i] = System.nanoTime();
            feed.append(next);
        }
        done.get();
        Arrays.sort(nanos);
        return "append to read p50 %,d µs, p99 %,d µs"
                .formatted(nanos[count / 2] / 1_000, nanos[count * 99 / 100] / 1_000);
    }

    private static int follow(FeedReader reader, int count) {
        int left = count;
        while (left > 0) {
            Transaction next = reader.next();
            if (next == null) {
                await(reader);
            } else {
                drain(next);
                left--;
            }
        }
        return count;
    }

    private static void await(FeedReader reader) {
        try {
            reader.await(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void drain(Transaction transaction) {
        Iterator<Change> changes = transaction.changes();
        while (changes.hasNext()) {
            changes.next();
        }
    }

    private static Transaction transaction(int number) {
        return FeedFixture.transaction(number, 1, ROW, Path.of("never-used"), Long.MAX_VALUE);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
