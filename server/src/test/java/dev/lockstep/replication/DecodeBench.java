package dev.lockstep.replication;

import dev.lockstep.core.Change;
import dev.lockstep.core.Row;
import dev.lockstep.core.Transaction;
import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.wire.row.ChangeJson;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// How fast the reader decodes what the log already holds: many transactions of one row, and one of
/// many rows; and what a row costs as JSON. A program, not a test: bounded to a minute.
final class DecodeBench {
    private static final int TRANSACTIONS = 300_000;
    private static final int ROWS = 1_000_000;

    private DecodeBench() {}

    public static void main(String[] args) throws Exception {
        try (TestDatabase database = TestDatabase.installed()) {
            database.execute(
                    """
                    create table bench (id bigint primary key, tenant uuid not null, status text,
                      customer text, phone text, note text, items int, total numeric(10,2),
                      due_at timestamptz, assignee text, priority int, paid boolean,
                      version bigint, updated_at timestamptz, updated_by text)\
                    """,
                    "alter publication supabase_realtime add table bench");
            decode(database, "one-row transactions", TRANSACTIONS, DecodeBench::oneByOne);
            decode(database, "rows of one transaction", ROWS, DecodeBench::together);
        }
    }

    private interface Load {
        void run(Connection connection, int count) throws Exception;
    }

    private static void decode(TestDatabase database, String what, int count, Load load)
            throws Exception {
        AtomicLong rows = new AtomicLong();
        Change[] sample = new Change[1];
        RecordingSink sink =
                new RecordingSink(transaction -> {
                    rows.addAndGet(count(transaction, sample));
                    return List.of();
                });
        try (Replication replication = new Replication(database, sink).start()) {
            replication.stop();
            try (Connection connection = database.connection()) {
                load.run(connection, count);
            }
            long began = System.nanoTime();
            long cpu = cpu();
            replication.restart();
            sink.await(
                    what, Duration.ofMinutes(2), () -> rows.get() >= count, () -> "" + rows.get());
            long nanos = System.nanoTime() - began;
            System.out.printf(
                    "%s: %,.0f/s, %.2f µs of our CPU each%n",
                    what, count * 1e9 / nanos, (cpu() - cpu) / 1e3 / count);
        }
        encode(sample[0]);
    }

    private static int count(Transaction transaction, Change[] sample) {
        int rows = 0;
        for (Iterator<Change> changes = transaction.changes(); changes.hasNext(); rows++) {
            sample[0] = changes.next();
        }
        return rows;
    }

    private static void oneByOne(Connection connection, int count) throws Exception {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute("truncate bench");
            statement.execute(
                    "create or replace procedure fill(n int) language plpgsql as $$ begin"
                            + " for i in 1..n loop insert into bench "
                            + values("i")
                            + "; commit; end loop; end $$");
            statement.execute("set synchronous_commit = off");
            statement.execute("call fill(" + count + ")");
            statement.execute("set synchronous_commit = on");
        }
    }

    private static void together(Connection connection, int count) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute("truncate bench");
            statement.execute(
                    "insert into bench "
                            + values("i")
                            + " from generate_series(1, %d) i".formatted(count));
        }
    }

    private static String values(String i) {
        return "select %s, '6ecd8c99-4036-403d-bf84-cf8400f67836', 'pending', 'Ada Lovelace',"
                        .formatted(i)
                + " '+44 20 7946 0000', 'please ring twice, the dog \"Rex\" barks', 3, 129.50,"
                + " now(), 'grace', 2, true, 1, now(), 'ada'";
    }

    private static void encode(Change sample) {
        if (!(sample instanceof Change.Insert(var relation, Row row))) {
            return;
        }
        int[] columns = new int[row.size()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = i;
        }
        long bytes = 0;
        int rounds = 1_000_000;
        for (int warm = 0; warm < 3; warm++) {
            long began = threadCpu();
            for (int i = 0; i < rounds; i++) {
                bytes += ChangeJson.row(relation, row, columns).length;
            }
            long nanos = threadCpu() - began;
            began = threadCpu();
            for (int i = 0; i < rounds; i++) {
                bytes += ChangeJson.postgresChange(sample, 0, columns).length;
            }
            System.out.printf(
                    "row of %d columns: %d ns, postgres_changes body: %d ns (%,d bytes)%n",
                    columns.length, nanos / rounds, (threadCpu() - began) / rounds, bytes);
        }
    }

    /// CPU time, so that the machine's other work does not show.
    private static long threadCpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
