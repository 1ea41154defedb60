package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Clients that come, leave, are cut and come back at random while writers write at full speed. For
/// `-Dsoak.seconds=20`; the longer, the more it says.
class SoakTest {
    private static final int PARTS = 20;
    private static final int FEEDS = 200;
    private static final int LISTENERS = 10;
    private static final long PATIENCE_SECONDS = 60;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final List<Follower> followers = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();

    /// Follows all changes of the table from its first row on.
    private static final class Listener implements WireClient.Ear {
        private final ChangesRows rows = new ChangesRows();
        private boolean live;
        private boolean ended;

        @Override
        public synchronized void heard(String text) {
            JsonNode frame = JsonMapper.shared().readTree(text);
            switch (frame.get(3).asString()) {
                case "postgres_changes" -> rows.take(frame.get(4).get("data"));
                case "system" -> live |= frame.get(4).get("status").asString().equals("ok");
                default -> {}
            }
        }

        @Override
        public synchronized void ended() {
            ended = true;
        }

        synchronized boolean isLive() {
            return live && !ended;
        }

        synchronized TreeMap<String, String> versions() {
            return new TreeMap<>(rows.versions());
        }

        synchronized List<String> faults() {
            return List.copyOf(rows.faults());
        }
    }

    @Test
    void clients_that_come_and_go_at_random_lose_nothing_and_hear_nothing_twice() throws Exception {
        long seconds = Long.getLong("soak.seconds", 20);
        try (ServerRig rig =
                        ServerRig.startProcess(
                                TestDatabase.create(),
                                Map.of(),
                                settings -> ServerProcess.start(settings, "512m"));
                TcpProxy proxy = new TcpProxy(rig.url())) {
            rig.sql(Writers.table("steps"));
            rig.awaitPublished("steps");
            for (int i = 0; i < LISTENERS; i++) {
                listen(rig);
            }
            for (int i = 0; i < FEEDS; i++) {
                followers.add(
                        new Follower(
                                        proxy::url,
                                        rig.tokenOf(UUID.randomUUID().toString()),
                                        Writers.REQUEST.formatted("steps", i % PARTS),
                                        List.of("id"))
                                .begin());
            }
            try (Writers writers =
                    Writers.start(rig.database(), "steps", PARTS, 4, 1_000_000, seed)) {
                long end = System.nanoTime() + seconds * 1_000_000_000L;
                while (System.nanoTime() < end) {
                    disturb(proxy);
                    LockSupport.parkNanos(random.nextInt(20_000_000));
                }
                proxy.thaw();
                followers.forEach(Follower::comeBack);
                writers.finish();
                check(rig, writers);
            } finally {
                followers.forEach(Follower::close);
            }
        }
    }

    private void listen(ServerRig rig) throws IOException {
        Listener listener = new Listener();
        listeners.add(listener);
        WireClient.connect(rig.url(), rig.tokenOf(UUID.randomUUID().toString()), listener)
                .join(
                        "realtime:n",
                        "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\","
                                + "\"table\":\"steps\"}]}");
        ServerRig.await("a subscription", listener::isLive);
    }

    private void disturb(TcpProxy proxy) {
        Follower one = followers.get(random.nextInt(followers.size()));
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> one.cut();
            case 3, 4 -> one.goAway();
            case 5, 6 -> one.comeBack();
            case 7 -> one.stopReading();
            case 8 -> one.readAgain();
            default -> proxy.breakAfter(random.nextInt(100_000));
        }
    }

    private void check(ServerRig rig, Writers writers) {
        followers.forEach(Follower::readAgain);
        int afresh = 0;
        for (int i = 0; i < followers.size(); i++) {
            TreeMap<String, String> truth = writers.truth(i % PARTS);
            Follower follower = followers.get(i);
            follower.await(
                    "the rows of part " + i % PARTS + ", seed " + seed,
                    _ -> follower.column("n").equals(truth),
                    PATIENCE_SECONDS);
            assertThat(follower.faults()).as("seed %d", seed).isEmpty();
            assertThat(follower.resets()).as("seed %d", seed).isSubsetOf("first", "slow");
            afresh += follower.resets().size() - 1;
        }
        TreeMap<String, String> versions = new TreeMap<>();
        for (String row : rig.database().values("select id || '=' || version from steps")) {
            String[] pair = Objects.requireNonNull(row).split("=", 2);
            versions.put(pair[0], pair[1]);
        }
        for (Listener listener : listeners) {
            ServerRig.await(
                    "a listener to know every row's version, seed " + seed,
                    PATIENCE_SECONDS,
                    () -> listener.versions().equals(versions));
            assertThat(listener.faults()).as("seed %d", seed).isEmpty();
        }
        System.out.printf(
                "soak: %d transactions, %d connections, %d loads afresh of %d clients%n",
                writers.transactions(),
                followers.stream().mapToInt(Follower::connections).sum(),
                afresh,
                followers.size());
    }
}
