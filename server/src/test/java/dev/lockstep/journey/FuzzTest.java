package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Whatever strangers say, everybody else is served, and nothing of the inside is told.
class FuzzTest {
    /// Of frames and requests together; `-Dlockstep.fuzz=…` for more.
    private static final int FRAMES = Integer.getInteger("lockstep.fuzz", 30_000);

    private static final int TALKERS = 6;
    private static final int FRAMES_EACH = 200;

    /// What only our own code could have said.
    private static final Pattern INSIDE =
            Pattern.compile(
                    "dev\\.lockstep|java\\.(lang|util|io|base)|org\\.postgresql|NullPointer"
                            + "|\\.java:\\d|Unknown Error on Channel|\"internal\"|set_config\\("
                            + "|pg_current_|(?i:select .{1,80} from )");

    /// What strangers must have got to, or this test would not say much.
    private static final List<String> REACHED =
            List.of(
                    "\"status\":\"ok\"",
                    "unmatched topic",
                    "Subscribed to PostgreSQL",
                    "Unable to subscribe",
                    "presence_state",
                    "presence_diff",
                    "\"reset\":\"first\"",
                    "request.invalid",
                    "JwtSignatureError",
                    "HTTP/1.1 101",
                    "HTTP/1.1 202",
                    "HTTP/1.1 400",
                    "HTTP/1.1 401",
                    "HTTP/1.1 422");

    private final Map<String, Integer> reached = new ConcurrentHashMap<>();
    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final Queue<String> logged = new ConcurrentLinkedQueue<>();

    /// Everything at ERROR: a bug was found.
    private final class ErrorLog extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
                logged.add(
                        event.getFormattedMessage()
                                + (event.getThrowableProxy() == null
                                        ? ""
                                        : " "
                                                + ThrowableProxyUtil.asString(
                                                        event.getThrowableProxy())));
            }
        }
    }

    @Test
    void strangers_harm_nobody_and_learn_nothing() throws Exception {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        ErrorLog errors = new ErrorLog();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        errors.start();
        root.addAppender(errors);
        try (ServerRig rig = ServerRig.start(unlimited())) {
            rig.sql(
                    "create table fuzzed (id int primary key, name text, n numeric,"
                            + " tags text[], at timestamptz, body jsonb, \"odd name\" text)",
                    "alter table fuzzed replica identity full",
                    "create table secrets (id int primary key, secret text)",
                    "grant select on fuzzed to anon, authenticated",
                    "alter publication supabase_realtime add table fuzzed, secrets",
                    "insert into fuzzed select i, 'name ' || i, i from generate_series(1, 20) i");
            rig.awaitPublished("fuzzed");
            try (Witness witness = new Witness(rig)) {
                witness.sees(1_000);
                Map<String, Long> before = living();
                int threads = Thread.activeCount();
                fuzz(rig, witness, seed);
                witness.sees(2_000);
                assertThat(told).as("told to strangers, seed " + seed).isEmpty();
                assertThat(reached).as("seed " + seed).containsOnlyKeys(REACHED);
                assertThat(logged).as("logged, seed " + seed).isEmpty();
                assertThat(left(before)).as("left behind, seed " + seed).isEmpty();
                assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 8);
            }
        } finally {
            root.detachAppender(errors);
        }
    }

    private static Map<String, String> unlimited() {
        Map<String, String> settings = new HashMap<>();
        for (String limit :
                List.of(
                        "joins",
                        "joins-per-user",
                        "messages",
                        "messages-per-user",
                        "presence",
                        "presence-per-user",
                        "presence-calls")) {
            settings.put("limits." + limit, "0");
        }
        return settings;
    }

    private void fuzz(ServerRig rig, Witness witness, long seed) throws InterruptedException {
        List<String> tokens =
                List.of(
                        rig.anonKey(),
                        rig.userToken(),
                        rig.serviceKey(),
                        rig.token("nobody", Duration.ofHours(1)),
                        rig.token("anon", Duration.ofSeconds(-5)),
                        "sb_publishable_x",
                        "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYW5vbiJ9.");
        AtomicInteger left = new AtomicInteger(FRAMES);
        List<Thread> talkers = new ArrayList<>();
        for (int i = 0; i < TALKERS; i++) {
            RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed + i);
            talkers.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                while (left.get() > 0 && told.isEmpty()) {
                                    left.addAndGet(-converse(rig, random, tokens));
                                }
                            }));
        }
        int round = 0;
        while (talkers.stream().anyMatch(Thread::isAlive)) {
            witness.sees(10_000 + round++);
        }
        for (Thread talker : talkers) {
            talker.join();
        }
        assertThat(left.get()).as("frames left, seed " + seed).isLessThanOrEqualTo(0);
    }

    /// One connection's life; returns how much it said.
    private int converse(ServerRig rig, RandomGenerator random, List<String> tokens) {
        try (FuzzClient client = new FuzzClient(rig.url(), random, tokens, this::examine)) {
            if (random.nextInt(8) == 0) {
                client.requests(20);
                client.awaitEnd();
                return 20;
            }
            client.upgrade();
            int said = 0;
            boolean sound = true;
            while (sound && said < FRAMES_EACH) {
                sound = client.frame();
                said++;
                if (sound && said % 40 == 0) {
                    client.settle();
                }
            }
            if (sound && random.nextInt(4) > 0) {
                client.sayGoodbye();
                client.awaitEnd();
            }
            return said;
        } catch (IOException _) {
            return 1; // the server hung up on it while it was talking
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void examine(String piece) {
        for (String word : REACHED) {
            if (piece.contains(word)) {
                reached.merge(word, 1, Integer::sum);
            }
        }
        Matcher found = INSIDE.matcher(piece);
        if (found.find() && told.size() < 5) {
            int at = found.start();
            told.add(piece.substring(Math.max(0, at - 300), Math.min(piece.length(), at + 300)));
        }
    }

    /// What there is more of than before, once nothing more goes away.
    private static Map<String, Long> left(Map<String, Long> before) {
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (true) {
            Map<String, Long> more = living();
            more.entrySet().removeIf(kind -> kind.getValue() <= before.get(kind.getKey()));
            if (more.isEmpty() || System.nanoTime() > deadline) {
                return more;
            }
        }
    }

    /// How many there are of what a connection or a channel leaves behind, after a collection.
    private static Map<String, Long> living() {
        String table;
        try {
            table =
                    (String)
                            ManagementFactory.getPlatformMBeanServer()
                                    .invoke(
                                            new ObjectName(
                                                    "com.sun.management:type=DiagnosticCommand"),
                                            "gcClassHistogram",
                                            new Object[] {new String[0]},
                                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
        Map<String, Long> living = new HashMap<>();
        Pattern line = Pattern.compile("\\d+:\\s+(\\d+)\\s+\\d+\\s+dev\\.lockstep\\.(\\S+)");
        List<String> kinds =
                List.of(
                        "channel.ConnectionSession",
                        "channel.Member",
                        "channel.Seat",
                        "channel.FeedAudience",
                        "channel.ChangesAudience",
                        "http.WebSocketConnection",
                        "http.HttpConnection");
        kinds.forEach(kind -> living.put(kind, 0L));
        Matcher matcher = line.matcher(table);
        while (matcher.find()) {
            if (kinds.contains(matcher.group(2))) {
                living.put(matcher.group(2), Long.parseLong(matcher.group(1)));
            }
        }
        return living;
    }

    /// One who only wants to work: changes, a feed and a room, all of which must go on.
    private static final class Witness implements AutoCloseable {
        private final ServerRig rig;
        private final LiveClient client;

        Witness(ServerRig rig) {
            this.rig = rig;
            this.client = LiveClient.connect(rig.url(), rig.tokenOf("witness"));
            client.join(
                    "realtime:witness",
                    "{\"broadcast\":{\"self\":true},\"postgres_changes\":[{\"event\":\"INSERT\","
                            + "\"schema\":\"public\",\"table\":\"fuzzed\",\"filter\":\"id=gt.999\"}]}");
            client.awaitSubscribed("realtime:witness");
            client.feed("realtime:feed", "{\"table\":\"fuzzed\",\"where\":\"id=gt.999\"}");
        }

        /// A row that is committed and a word that is said now reach it.
        void sees(int id) {
            rig.sql("insert into fuzzed (id, name) values (" + id + ", 'seen')");
            client.send(
                    "realtime:witness",
                    "broadcast",
                    "{\"event\":\"e\",\"payload\":{\"n\":" + id + "}}");
            client.await("the change " + id, () -> said("postgres_changes", "\"id\":" + id + ","));
            client.await("the feed's " + id, () -> said("feed", "\"id\":" + id + ","));
            client.await("the broadcast " + id, () -> said("broadcast", "\"n\":" + id + "}"));
            client.forget();
        }

        private @Nullable JsonNode said(String event, String part) {
            return client.heard().stream()
                    .filter(frame -> frame.get(3).asString().equals(event))
                    .filter(frame -> frame.toString().contains(part))
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
