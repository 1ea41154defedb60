package dev.lockstep.stress;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Server CPU for one change to thousands of sockets, beside a C loop that writes the same bytes.
final class FanOut {
    private static final String CPU = "Fan-out of one change";
    private static final int WARM_UP = 40;
    private static final int PER_SECOND = 5;

    private final Database database;
    private final BenchOptions options;
    private final Report report;
    private final Path frameFile;
    private double cost;

    FanOut(Database database, BenchOptions options, Report report, Path scratch) {
        this.database = database;
        this.options = options;
        this.report = report;
        this.frameFile = scratch.resolve("frame");
    }

    void lockstep(DemoServer server) throws Exception {
        database.table("bench_fan", Writer.COLUMNS, true);
        String config =
                """
                {"postgres_changes":[{"event":"*","schema":"public","table":"bench_fan"}]}\
                """;
        Target target = Target.lockstep(server, "fan", config);
        int last = WARM_UP + options.rounds;
        Arrivals arrivals = new Arrivals(options.crowd, last);
        Writer writer = new Writer("bench_fan", last, PER_SECOND);
        Crowd.Listener keepingOne = new FirstFrame(arrivals);
        try (Crowd crowd = Crowd.join(target, options.crowd, Duration.ofSeconds(120), keepingOne)) {
            writer.write(database, 0, WARM_UP);
            require(arrivals, WARM_UP);
            long before = ProcessUsage.of(server.pid()).cpuMicros();
            writer.write(database, WARM_UP, last);
            require(arrivals, last);
            long spent = ProcessUsage.of(server.pid()).cpuMicros() - before;
            crowd.settle();
            Arrivals.Latencies latencies =
                    arrivals.latencies(writer.acknowledgedAt(), WARM_UP, last);
            cost = (double) spent / frames();
            report.add(CPU, "Lockstep", "µs/frame", cost);
            report.add(CPU, "Lockstep", "p50 ms", latencies.millis(0.5));
            report.add(CPU, "Lockstep", "p99 ms", latencies.millis(0.99));
            report.add(CPU, "Lockstep", "bytes/frame", arrivals.bytesPerFrame());
            report.add(CPU, "Lockstep", "lost connections", crowd.lost());
        }
    }

    void floor(Peer floor) throws Exception {
        AtomicLong received = new AtomicLong();
        Crowd.Listener counting = (_, _, _, _) -> received.lazySet(received.getPlain() + 1);
        Target target = Target.plain(floor.port());
        try (Crowd crowd = Crowd.join(target, options.crowd, Duration.ofSeconds(60), counting)) {
            rounds(floor, received, 0, WARM_UP);
            long before = ProcessUsage.of(floor.pid()).cpuMicros();
            rounds(floor, received, WARM_UP, WARM_UP + options.rounds);
            long spent = ProcessUsage.of(floor.pid()).cpuMicros() - before;
            double floorCost = (double) spent / frames();
            report.add(CPU, "C epoll loop", "µs/frame", floorCost);
            report.add(CPU, "Lockstep", "of the C loop", floorCost / cost);
            report.add(CPU, "C epoll loop", "bytes/frame", (double) Files.size(frameFile));
            report.add(CPU, "C epoll loop", "lost connections", crowd.lost());
        }
    }

    /// The bytes that the server sent, with their WebSocket head, for the C loop to send.
    Path frameFile() {
        return frameFile;
    }

    private long frames() {
        return (long) options.rounds * options.crowd;
    }

    private void require(Arrivals arrivals, int changes) throws InterruptedException {
        long expected = (long) changes * options.crowd;
        if (!Waiting.until(() -> arrivals.delivered() == expected, Duration.ofSeconds(20))) {
            throw new IllegalStateException(
                    "%d of %d frames arrived".formatted(arrivals.delivered(), expected));
        }
    }

    private void rounds(Peer floor, AtomicLong received, int first, int last)
            throws IOException, InterruptedException {
        for (int round = first; round < last; round++) {
            long expected = (round + 1L) * options.crowd;
            long next = System.nanoTime() + 1_000_000_000L / PER_SECOND;
            floor.go();
            if (!Waiting.until(() -> received.get() >= expected, Duration.ofSeconds(10))) {
                throw new IllegalStateException("the C loop lost frames");
            }
            TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
        }
    }

    /// Keeps the first data frame as a file, then only passes on.
    private final class FirstFrame implements Crowd.Listener {
        private final Arrivals arrivals;
        private boolean kept;

        FirstFrame(Arrivals arrivals) {
            this.arrivals = arrivals;
        }

        @Override
        public void frame(int member, ByteBuf buffer, int at, int length) {
            if (!kept && length > 300) {
                kept = true;
                byte[] framed = new byte[length + 4];
                framed[0] = (byte) 0x81;
                framed[1] = 126;
                framed[2] = (byte) (length >>> 8);
                framed[3] = (byte) length;
                buffer.getBytes(at, framed, 4, length);
                try {
                    Files.write(frameFile, framed);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
            arrivals.frame(member, buffer, at, length);
        }
    }
}
