package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Hundreds of clients that do not read, under load. For 10 seconds; `-Dstall.minutes=5` for
/// longer.
class StalledReadersTest {
    private static final int STALLED = Integer.getInteger("stall.clients", 400);
    private static final int LIVE = 20;
    private static final int ROWS = 100;
    private static final long MIB = 1 << 20;

    /// What the server's process may hold, with a heap of 384 MiB.
    private static final long CEILING = 768 * MIB;

    private static final Pattern AT = Pattern.compile("\"at_nanos\":(\\d+)");

    /// How long each change was on its way to a client that reads.
    private static final class Latencies implements WireClient.Ear {
        private final List<Long> nanos = new ArrayList<>();

        @Override
        public synchronized void heard(String frame) {
            long now = System.nanoTime();
            Matcher at = AT.matcher(frame);
            while (at.find()) {
                nanos.add(now - Long.parseLong(at.group(1)));
            }
        }

        synchronized List<Long> take() {
            List<Long> taken = List.copyOf(nanos);
            nanos.clear();
            return taken;
        }
    }

    @Test
    void readers_that_stall_take_a_bounded_part_of_memory_and_are_current_when_they_read_again()
            throws Exception {
        long seconds =
                Math.round(60 * Double.parseDouble(System.getProperty("stall.minutes", "0.17")));
        ServerProcess[] process = new ServerProcess[1];
        List<Follower> stalled = new ArrayList<>();
        List<Latencies> live = new ArrayList<>();
        try (ServerRig rig =
                ServerRig.startProcess(
                        TestDatabase.create(),
                        Map.of(),
                        settings -> process[0] = ServerProcess.start(settings, "384m"))) {
            rig.sql(
                    "create table stalls (id int primary key, at_nanos bigint, note text,"
                            + " version int not null default 1)",
                    "alter table stalls replica identity full",
                    "insert into stalls (id) select generate_series(1, " + ROWS + ")",
                    "grant select on stalls to authenticated",
                    "alter publication supabase_realtime add table stalls");
            rig.awaitPublished("stalls");
            for (int i = 0; i < LIVE; i++) {
                live.add(live(rig));
            }
            write(rig, process[0], 5);
            long[] without = percentiles(live);
            for (int i = 0; i < STALLED; i++) {
                stalled.add(stalled(rig));
            }
            stalled.forEach(f -> f.await("a token", held -> !held.token().isEmpty(), 40));
            live.forEach(Latencies::take);

            stalled.forEach(Follower::stopReading);
            long most = write(rig, process[0], seconds);

            long[] with = percentiles(live);
            System.out.printf(
                    "stalled: %d of them for %d s, at most %d MiB; latency of the others p50 %.1f ms, p99 %.1f ms; without p50 %.1f ms, p99 %.1f ms%n",
                    STALLED,
                    seconds,
                    most / MIB,
                    with[0] / 1e6,
                    with[1] / 1e6,
                    without[0] / 1e6,
                    without[1] / 1e6);
            assertThat(most).isLessThan(CEILING);
            assertThat(process[0].isAlive()).isTrue();
            stalled.forEach(Follower::readAgain);
            TreeMap<String, String> truth = truth(rig);
            for (Follower follower : stalled) {
                follower.await(
                        "the rows of the table",
                        _ -> follower.column("at_nanos").equals(truth),
                        120);
                assertThat(follower.faults())
                        .as("resets %s, %d connections", follower.resets(), follower.connections())
                        .isEmpty();
                assertThat(follower.resets()).isSubsetOf("first", "slow");
            }
            System.out.printf(
                    "stalled: %d loads afresh, %d MiB afterwards%n",
                    stalled.stream().mapToInt(f -> f.resets().size() - 1).sum(),
                    process[0].residentBytes() / MIB);
        } finally {
            stalled.forEach(Follower::close);
        }
    }

    private static Latencies live(ServerRig rig) throws IOException {
        Latencies latencies = new Latencies();
        WireClient.connect(rig.url(), rig.tokenOf(UUID.randomUUID().toString()), latencies)
                .join("realtime:f", "{\"feeds\":[{\"table\":\"stalls\"}]}");
        return latencies;
    }

    private static Follower stalled(ServerRig rig) {
        return new Follower(
                        rig::url,
                        rig.tokenOf(UUID.randomUUID().toString()),
                        "\"table\":\"stalls\"",
                        List.of("id"))
                .beginSmall();
    }

    /// About 200 changes a second of 4 KiB each; says the most memory that the server held.
    private static long write(ServerRig rig, ServerProcess process, long seconds) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        long most = 0;
        long look = 0;
        try (var connection = rig.database().connection();
                var statement =
                        connection.prepareStatement(
                                "update stalls set at_nanos = ?, note = repeat(md5(?::text), 128), version = version + 1 where id = ?")) {
            for (int i = 0; System.nanoTime() < end; i++) {
                statement.setLong(1, System.nanoTime());
                statement.setInt(2, i);
                statement.setInt(3, 1 + i % ROWS);
                statement.executeUpdate();
                LockSupport.parkNanos(5_000_000);
                if (System.nanoTime() > look) {
                    look = System.nanoTime() + 250_000_000;
                    most = Math.max(most, process.residentBytes());
                }
            }
        }
        return most;
    }

    private static long[] percentiles(List<Latencies> clients) {
        long[] all =
                clients.stream()
                        .flatMap(c -> c.take().stream())
                        .mapToLong(n -> n)
                        .sorted()
                        .toArray();
        assertThat(all).isNotEmpty();
        return Arrays.stream(new double[] {0.5, 0.99})
                .mapToLong(p -> all[(int) (p * (all.length - 1))])
                .toArray();
    }

    private static TreeMap<String, String> truth(ServerRig rig) {
        TreeMap<String, String> rows = new TreeMap<>();
        for (String row : rig.database().values("select id || '=' || at_nanos from stalls")) {
            String[] pair = Objects.requireNonNull(row).split("=", 2);
            rows.put(pair[0], pair[1]);
        }
        return rows;
    }
}
