package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Fifty people read and write at once, under policies, while somebody writes past the server.
///
/// Every row has a version that only rises, one writer at a time. For each row of an answer, kept
/// or not:
///
/// 1. it is one of those that the asker may see, and none of these is missing;
/// 2. its version is at least that of the last write that this server had acknowledged, to
///    whomever, when the question was sent;
/// 3. it is at least that of a write past the server whose position, read after its COMMIT, the
///    question names;
/// 4. it is at most that of the last write that had begun when the answer came;
/// 5. rows that are written together have one version in every answer: it shows one state.
class CacheHammerTest {
    private static final int TEAMS = 10;
    private static final int ROWS = 4;
    private static final int USERS = 50;
    private static final Duration LASTS = Duration.ofSeconds(6);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final ServerRig RIG = ServerRig.start();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /// A row and its history.
    private static final class Kept {
        final ReentrantLock writing = new ReentrantLock();
        final AtomicLong begun = new AtomicLong();
        final AtomicLong acknowledged = new AtomicLong();
    }

    private final Kept[] rows = new Kept[TEAMS * ROWS];
    private final Kept[] twins = new Kept[TEAMS];
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private long end;

    /// The last write past the server: its twins' version, and the position that shows it.
    private record Past(long version, String position) {}

    private final Past[] past = new Past[TEAMS];

    @BeforeAll
    static void tables() {
        RIG.sql(
                "create table kept (id int primary key, team text not null, version bigint not null)",
                "insert into kept select n, (n / "
                        + ROWS
                        + ")::text, 0 from generate_series(0, "
                        + (TEAMS * ROWS - 1)
                        + ") n",
                "create table twins (id int primary key, team text not null, version bigint not null)",
                "insert into twins select n, (n / 2)::text, 0 from generate_series(0, "
                        + (2 * TEAMS - 1)
                        + ") n",
                "create table crew (team text, person text, primary key (team, person))",
                "insert into crew select (n % "
                        + TEAMS
                        + ")::text, 'user-' || n from generate_series(0, "
                        + (USERS - 1)
                        + ") n",
                "alter table kept enable row level security",
                "alter table twins enable row level security",
                "create policy mine on kept to authenticated using (team in (select team from crew"
                        + " where person = (auth.jwt() ->> 'sub')))",
                "create policy ours on twins to authenticated"
                        + " using (team = (auth.jwt() ->> 'team'))",
                "alter publication supabase_realtime add table kept, twins, crew");
        RIG.awaitPublished("crew");
    }

    @AfterAll
    static void stop() {
        HTTP.close();
        RIG.close();
    }

    private static CacheClient user(int number) {
        return new CacheClient(
                RIG,
                HTTP,
                RIG.token(
                        Map.of(
                                "role",
                                "authenticated",
                                "sub",
                                "user-" + number,
                                "team",
                                Integer.toString(number % TEAMS))));
    }

    @Test
    void no_answer_is_older_than_what_its_asker_may_rely_on() throws Exception {
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new Kept();
        }
        for (int i = 0; i < TEAMS; i++) {
            twins[i] = new Kept();
            past[i] = new Past(0, "0/0");
        }
        end = System.nanoTime() + LASTS.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < USERS; i++) {
                int number = i;
                all.add(threads.submit(() -> use(number)));
            }
            all.add(threads.submit(this::writePast));
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(reads.get()).as("reads, seed " + seed).isGreaterThan(200);
        assertThat(hits.get()).as("of " + reads + " reads, hits").isGreaterThan(reads.get() / 20);
        for (int team = 0; team < TEAMS; team++) {
            check(user(team), team, RandomGenerator.of("L64X128MixRandom"));
        }
    }

    private boolean use(int number) {
        RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(seed + number);
        CacheClient user = user(number);
        int team = number % TEAMS;
        while (System.nanoTime() < end) {
            if (random.nextInt(20) == 0) {
                write(user, team * ROWS + random.nextInt(ROWS));
            } else {
                check(user, team, random);
            }
        }
        return true;
    }

    private void write(CacheClient user, int id) {
        Kept row = rows[id];
        row.writing.lock();
        try {
            long version = row.begun.incrementAndGet();
            CacheClient.Answer answer =
                    user.send(
                            "PATCH",
                            "/kept?id=eq." + id + "&version=eq." + (version - 1),
                            "{\"version\":" + version + "}",
                            "Prefer",
                            "return=representation");
            assertThat(answer.body()).as("written").contains("\"version\":" + version);
            row.acknowledged.set(version);
        } finally {
            row.writing.unlock();
        }
    }

    private void check(CacheClient user, int team, RandomGenerator random) {
        switch (random.nextInt(3)) {
            case 0 -> one(user, team * ROWS + random.nextInt(ROWS));
            case 1 -> list(user, team);
            default -> both(user, team);
        }
    }

    private JsonNode read(CacheClient user, String path, String... headers) {
        CacheClient.Answer answer = user.get(path, headers);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        reads.incrementAndGet();
        if (answer.hit()) {
            hits.incrementAndGet();
        }
        return JSON.readTree(answer.body());
    }

    private void one(CacheClient user, int id) {
        long least = rows[id].acknowledged.get();
        JsonNode found = read(user, "/kept?select=id,version&id=eq." + id);
        assertThat(found).hasSize(1);
        isBetween(found.get(0).get("version").asLong(), least, rows[id].begun.get(), id);
    }

    private void list(CacheClient user, int team) {
        long[] least = new long[ROWS];
        for (int i = 0; i < ROWS; i++) {
            least[i] = rows[team * ROWS + i].acknowledged.get();
        }
        JsonNode found = read(user, "/kept?select=id,team,version&order=id");
        assertThat(found).as("rows of the team").hasSize(ROWS);
        for (int i = 0; i < ROWS; i++) {
            int id = team * ROWS + i;
            assertThat(found.get(i).get("id").asInt()).isEqualTo(id);
            isBetween(found.get(i).get("version").asLong(), least[i], rows[id].begun.get(), id);
        }
    }

    private void both(CacheClient user, int team) {
        Past known;
        synchronized (past) {
            known = past[team];
        }
        JsonNode found =
                read(user, "/twins?select=version&order=id", "Lockstep-Position", known.position());
        assertThat(found).hasSize(2);
        long version = found.get(0).get("version").asLong();
        assertThat(found.get(1).get("version").asLong()).as("its twin's").isEqualTo(version);
        isBetween(version, known.version(), twins[team].begun.get(), team);
    }

    private void isBetween(long version, long least, long most, int id) {
        assertThat(version)
                .as("version of %d, at least %d, at most %d, seed %d", id, least, most, seed)
                .isBetween(least, most);
    }

    private boolean writePast() throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed - 1);
        try (Connection connection = RIG.database().connection();
                Statement statement = connection.createStatement()) {
            while (System.nanoTime() < end) {
                int team = random.nextInt(TEAMS);
                long version = twins[team].begun.incrementAndGet();
                statement.executeUpdate(
                        "update twins set version = " + version + " where team = '" + team + "'");
                try (ResultSet row =
                        statement.executeQuery("select pg_current_wal_flush_lsn()::text")) {
                    row.next();
                    synchronized (past) {
                        past[team] = new Past(version, row.getString(1));
                    }
                }
                java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
            }
        }
        return true;
    }
}
