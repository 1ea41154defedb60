package dev.lockstep.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Clients that each wait for their answer before they ask again, and perhaps think in between.
///
/// @param warmUp in which nothing is counted
record ClosedLoop(Duration warmUp, Duration measured) {

    /// One connection. Used by one thread.
    interface Client extends AutoCloseable {
        /// @param number of the request, from 0
        void ask(int number) throws Exception;

        /// Nanoseconds until the next.
        default long pause() {
            return 0;
        }

        @Override
        void close() throws Exception;
    }

    interface Making {
        Client make(int client) throws Exception;
    }

    /// @param times of the answers that were measured, sorted, in nanoseconds
    /// @param asked also before that
    record Rate(long[] times, long asked, Duration measured) {
        double perSecond() {
            return times.length / (measured.toNanos() / 1e9);
        }

        /// In milliseconds.
        double quantile(double of) {
            return times[Math.min(times.length - 1, (int) (times.length * of))] / 1e6;
        }
    }

    private record Times(long[] measured, long asked) {}

    Rate run(int clients, Making making) throws Exception {
        List<Client> all = new ArrayList<>();
        try {
            for (int i = 0; i < clients; i++) {
                all.add(making.make(i));
            }
            return run(all);
        } finally {
            for (Client one : all) {
                one.close();
            }
        }
    }

    private Rate run(List<Client> clients) throws Exception {
        CountDownLatch ready = new CountDownLatch(1);
        long warm = System.nanoTime() + warmUp.toNanos();
        long end = warm + measured.toNanos();
        try (ExecutorService threads = Executors.newFixedThreadPool(clients.size())) {
            List<Future<Times>> all = new ArrayList<>();
            for (Client client : clients) {
                Callable<Times> work =
                        () -> {
                            ready.await();
                            return times(client, warm, end);
                        };
                all.add(threads.submit(work));
            }
            ready.countDown();
            long[] times = {};
            long asked = 0;
            for (Future<Times> one : all) {
                Times more = one.get();
                asked += more.asked();
                int before = times.length;
                times = Arrays.copyOf(times, before + more.measured().length);
                System.arraycopy(more.measured(), 0, times, before, more.measured().length);
            }
            Arrays.sort(times);
            return new Rate(times, asked, measured);
        }
    }

    private static Times times(Client client, long warm, long end) throws Exception {
        long[] times = new long[1024];
        int count = 0;
        int number = 0;
        for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
            client.ask(number++);
            if (now >= warm) {
                if (count == times.length) {
                    times = Arrays.copyOf(times, count * 2);
                }
                times[count++] = System.nanoTime() - now;
            }
            long pause = client.pause();
            if (pause > 0) {
                Thread.sleep(Duration.ofNanos(pause));
            }
        }
        return new Times(Arrays.copyOf(times, count), number);
    }
}
