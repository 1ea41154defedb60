package dev.lockstep.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// Whatever is asked, the answer is never that we broke. `-Dlockstep.fuzz=100000` asks more.
class FuzzTest {
    private static final int WORKERS = 4;

    /// Requests after which the tables are as they were: what was inserted makes each join longer.
    private static final int ROUND = 4_000;

    @Test
    void no_request_breaks_the_server() throws Exception {
        int count = Integer.getInteger("lockstep.fuzz", 6_000);
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        try (RestRig rig =
                        RestRig.with(
                                Shop.SCHEMA,
                                Map.of("rest.aggregates", "true", "rest.pool-size", "4"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Integer, Integer> statuses = new TreeMap<>();
            for (int asked = 0; asked < count; asked += ROUND) {
                rig.database.execute(
                        "delete from jobs_labels where job_id > 4",
                        "delete from items where id > 3",
                        "delete from jobs where id > 4");
                int each = Math.min(ROUND, count - asked) / WORKERS;
                List<Future<Map<Integer, Integer>>> all = new ArrayList<>();
                for (int worker = 0; worker < WORKERS; worker++) {
                    long own = seed + asked + worker;
                    all.add(threads.submit(() -> ask(rig, own, each)));
                }
                for (Future<Map<Integer, Integer>> one : all) {
                    one.get().forEach((status, n) -> statuses.merge(status, n, Integer::sum));
                }
            }
            assertThat(statuses.keySet()).as("seed " + seed + ": " + statuses).contains(200, 400);
            assertThat(statuses.get(200))
                    .as("seed " + seed + ": " + statuses)
                    .isGreaterThan(count / 10);
        }
    }

    private static Map<Integer, Integer> ask(RestRig rig, long seed, int count) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        RandomRequests requests = new RandomRequests(random);
        String token =
                rig.token(
                        Map.of(
                                "role",
                                "authenticated",
                                "sub",
                                "7c1e0000-0000-4000-8000-000000000001"),
                        Duration.ofHours(1));
        Map<Integer, Integer> statuses = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            RestRequest request = requests.next(token);
            RestAnswer answer = rig.api.answer(request);
            statuses.merge(answer.status(), 1, Integer::sum);
            assertThat(isBroken(answer))
                    .as(
                            "seed %d, request %d: %s %s -> %s",
                            seed,
                            i,
                            request,
                            new String(request.body(), UTF_8),
                            new String(answer.body(), UTF_8))
                    .isFalse();
        }
        return statuses;
    }

    /// Those who write the same rows at once may block one another: PostgreSQL ends one of them,
    /// and the protocol says 500 to that.
    private static boolean isBroken(RestAnswer answer) {
        boolean deadlock = new String(answer.body(), UTF_8).startsWith("{\"code\":\"40P01\"");
        return answer.status() >= 500 && !deadlock;
    }
}
