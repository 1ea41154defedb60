package dev.lockstep.stress;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// How fast the server reads a backlog, from the walsender through the decoder, the window and the
/// matcher: the server is stopped while rows are committed, and continued. Every tenth of the rows
/// carries a mark that one subscriber's filter lets through; the rate is that between the second
/// and the last mark, after what lay ready in the socket's buffers is gone.
final class DecodeRate {
    private static final String SCENARIO = "Decoding a backlog";
    private static final int MARKS = 10;

    private final Database database;
    private final DemoServer server;
    private final Report report;

    DecodeRate(Database database, DemoServer server, Report report) {
        this.database = database;
        this.server = server;
        this.report = report;
    }

    void run() throws Exception {
        // Once unmeasured, so that the code is warm.
        measure("", 100_000, 1);
        measure("one-row transactions", 300_000, 1);
        measure("transactions of 1,000 rows", 600_000, 1_000);
    }

    private void measure(String name, int rows, int rowsPerTransaction) throws Exception {
        database.table(
                "bench_decode",
                "id bigint primary key, seq int not null, customer text, status text, total numeric",
                true);
        AtomicLongArray markedAt = new AtomicLongArray(MARKS + 1);
        Crowd.Listener marks = (_, buffer, at, length) -> mark(markedAt, buffer, at, length);
        String config =
                """
                {"postgres_changes":[{"event":"INSERT","schema":"public","table":"bench_decode",\
                "filter":"seq=gt.0"}]}\
                """;
        Target target = Target.lockstep(server, "decode", config);
        try (Crowd crowd = Crowd.join(target, 1, Duration.ofSeconds(30), marks)) {
            signal("STOP");
            try {
                commit(rows, rowsPerTransaction);
            } finally {
                signal("CONT");
            }
            long cpuBefore = ProcessUsage.of(server.pid()).cpuMicros();
            boolean all = Waiting.until(() -> markedAt.get(MARKS) != 0, Duration.ofSeconds(60));
            long cpu = ProcessUsage.of(server.pid()).cpuMicros() - cpuBefore;
            if (name.isEmpty()) {
                return;
            }
            double seconds = (markedAt.get(MARKS) - markedAt.get(2)) / 1e9;
            double counted = rows * (MARKS - 2.0) / MARKS;
            report.add(SCENARIO, name, "rows", rows);
            report.add(SCENARIO, name, "rows/s", all ? counted / seconds : Double.NaN);
            report.add(
                    SCENARIO,
                    name,
                    "transactions/s",
                    all ? counted / seconds / rowsPerTransaction : Double.NaN);
            report.add(SCENARIO, name, "server µs/row", (double) cpu / rows);
            report.add(SCENARIO, name, "lost connections", crowd.lost());
        }
    }

    /// In one statement of the server side, so that writing takes a moment.
    private void commit(int rows, int rowsPerTransaction) throws SQLException {
        database.execute(
                "set synchronous_commit = off",
                """
                do $$ begin
                  for n in 1..%1$d loop
                    insert into bench_decode values
                      (n, case when n %% %2$d = 0 then n / %2$d else 0 end,
                       'Customer ' || n, 'confirmed', 48.50);
                    if n %% %3$d = 0 then commit; end if;
                  end loop;
                end $$\
                """
                        .formatted(rows, rows / MARKS, rowsPerTransaction));
    }

    private static void mark(AtomicLongArray markedAt, ByteBuf buffer, int at, int length) {
        String text = buffer.toString(at, length, StandardCharsets.UTF_8);
        int found = text.indexOf("\"seq\":");
        if (found >= 0) {
            int mark = Integer.parseInt(text.substring(found + 6).split("\\D", 2)[0]);
            markedAt.set(mark, System.nanoTime());
        }
    }

    private void signal(String name) throws Exception {
        int failed =
                new ProcessBuilder("kill", "-" + name, Long.toString(server.pid()))
                        .inheritIO()
                        .start()
                        .waitFor();
        if (failed != 0) {
            throw new IllegalStateException("kill -" + name + " failed");
        }
    }
}
