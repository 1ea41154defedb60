package dev.lockstep.feed;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.Transaction;
import dev.lockstep.spool.ChangeSpool;
import dev.lockstep.spool.RandomChanges;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;

/// Numbered transactions and a clock that can be moved.
final class FeedFixture {
    /// Room between two commits, as other databases' changes leave it.
    static final long STEP = 1_000;

    private static final Relation TABLE = RandomChanges.relation(7, 3);

    private FeedFixture() {}

    /// A clock that stands until it is moved.
    static final class Clock implements InstantSource {
        private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @SuppressWarnings("NonAtomicOperationOnVolatileField") // One thread moves it.
        void move(Duration time) {
            now = now.plus(time);
        }
    }

    static FeedConfig config(long maxBytes, long maxHeap) {
        return new FeedConfig(
                Duration.ofMinutes(10),
                Long.MAX_VALUE,
                maxBytes,
                maxHeap,
                maxHeap / 4,
                Duration.ofSeconds(30));
    }

    /// The end of the n-th transaction, counted from 1.
    static Lsn end(int number) {
        return new Lsn(number * STEP + 40);
    }

    /// The n-th transaction; its rows say so.
    static Transaction transaction(int number, int rows, int size, Path folder, long heapLimit) {
        ChangeSpool spool = new ChangeSpool(folder, heapLimit);
        for (int row = 0; row < rows; row++) {
            spool.append(number, new Change.Insert(TABLE, row(number, row, size)));
        }
        return spool.commit(number, new Lsn(number * STEP), end(number), number);
    }

    static Transaction transaction(int number) {
        return transaction(number, 1, 100, Path.of("never-used"), Long.MAX_VALUE);
    }

    /// The reader's next transaction, which has to be there.
    static Transaction next(FeedReader reader) {
        return Objects.requireNonNull(reader.next(), "the reader stands at the head");
    }

    /// @throws AssertionError when the content is not what [#transaction] made
    static void check(Transaction read, int number) {
        int row = 0;
        var changes = read.changes();
        while (changes.hasNext()) {
            if (!(changes.next() instanceof Change.Insert(var relation, var image))
                    || relation != TABLE
                    || !image.text(0).equals(number + "/" + row)
                    || !image.isNull(2)) {
                throw new AssertionError("transaction " + number + " is not itself at row " + row);
            }
            row++;
        }
        if (row != read.changeCount()
                || read.xid() != number
                || !read.endLsn().equals(end(number))) {
            throw new AssertionError("transaction " + number + " reads as " + read.xid());
        }
    }

    private static Row row(int number, int row, int size) {
        return Row.of(number + "/" + row, "x".repeat(size), null);
    }
}
