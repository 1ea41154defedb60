package dev.lockstep.stress;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// What the read cache gives: rows by key that it holds, as fast as they come; and a working day's
/// mix of lists and records, with it and without.
///
/// The mix: 50 people of two teams, each asking ten times a second on average; of ten requests six
/// are for a record among the 30 that are being worked on, four for a page of 25 of one of ten
/// lists; one row changes every two seconds. Without the cache the same requests say
/// `Cache-Control: no-cache`.
final class CacheRate {
    private static final String HITS = "Rows by key, from the read cache";
    private static final String MIX = "Read-mostly mix";
    private static final int USERS = 50;
    private static final int RECORDS = 30;
    private static final int LISTS = 10;
    private static final int HOT = 500;
    private static final Duration WARM_UP = Duration.ofSeconds(8);
    private static final double MEAN_PAUSE = 100e6;
    private static final String FRESH = "Cache-Control: no-cache\r\n";

    private final Database database;
    private final DemoServer server;
    private final Report report;
    private final Tokens tokens;

    CacheRate(Database database, DemoServer server, Report report) {
        this.database = database;
        this.server = server;
        this.report = report;
        this.tokens = new Tokens(server);
    }

    void run() throws Exception {
        prepare();
        new ClosedLoop(Duration.ZERO, WARM_UP)
                .run(USERS, client -> new Keys(client, new LongAdder(), new LongAdder()));
        for (int clients : List.of(10, 50, 100)) {
            hits(clients);
        }
        Mixed with = mix("with the cache", "");
        Mixed without = mix("without", FRESH);
        report.add(
                MIX,
                "with the cache",
                "fewer transactions %",
                100 * (1 - with.transactions() / without.transactions()));
    }

    private void prepare() throws SQLException {
        database.execute(
                "drop table if exists cached_items, cached_orders",
                "create table cached_orders (id int primary key, team text, status text,"
                        + " customer text, total numeric(12,2))",
                "create table cached_items (id int primary key, order_id int references"
                        + " cached_orders, name text, qty int)",
                "insert into cached_orders select n, 't' || n % 2, 's' || n / 2 % 10,"
                        + " 'Customer ' || n, n from generate_series(1, 10000) n",
                "insert into cached_items select n, n % 10000 + 1, 'item ' || n, n % 9 from"
                        + " generate_series(1, 30000) n",
                "create index on cached_orders (status, id)",
                "create index on cached_items (order_id)",
                "alter table cached_orders enable row level security",
                "create policy team on cached_orders using (team = ((auth.jwt() ->"
                        + " 'app_metadata') ->> 'team'))",
                "grant select on cached_orders, cached_items to authenticated",
                "alter publication supabase_realtime add table cached_orders, cached_items",
                "analyze cached_orders, cached_items");
    }

    private String token(int user) {
        return tokens.of(Tokens.subject(user), Map.of("team", "t" + user % 2));
    }

    private void hits(int clients) throws Exception {
        LongAdder hits = new LongAdder();
        LongAdder asked = new LongAdder();
        ClosedLoop loop = new ClosedLoop(Duration.ofSeconds(1), Duration.ofSeconds(4));
        long before = ProcessUsage.of(server.pid()).cpuMicros();
        ClosedLoop.Rate rate = loop.run(clients, client -> new Keys(client, hits, asked));
        long cpu = ProcessUsage.of(server.pid()).cpuMicros() - before;
        String subject = clients + " clients";
        report.add(HITS, subject, "/s", rate.perSecond());
        report.add(HITS, subject, "p50 ms", rate.quantile(0.5));
        report.add(HITS, subject, "p99 ms", rate.quantile(0.99));
        report.add(HITS, subject, "server µs", cpu / (double) rate.asked());
        report.add(HITS, subject, "hits %", 100 * hits.sum() / (double) asked.sum());
    }

    /// Asks for one of the same rows again and again.
    private final class Keys implements ClosedLoop.Client {
        private final HttpLine line;
        private final String[] requests = new String[HOT];
        private final SplittableRandom random;
        private final LongAdder hits;
        private final LongAdder asked;

        Keys(int client, LongAdder hits, LongAdder asked) throws IOException {
            line = new HttpLine(server.port(), token(0));
            random = new SplittableRandom(client);
            this.hits = hits;
            this.asked = asked;
            for (int i = 0; i < HOT; i++) {
                requests[i] = line.get("/cached_orders?id=eq." + (i + 1), "");
            }
        }

        @Override
        public void ask(int number) throws IOException {
            boolean hit = line.ask(requests[random.nextInt(HOT)]);
            asked.increment();
            if (hit) {
                hits.increment();
            }
        }

        @Override
        public void close() throws IOException {
            line.close();
        }
    }

    /// @param transactions that the database ended in a second
    private record Mixed(double transactions) {}

    private Mixed mix(String subject, String headers) throws Exception {
        LongAdder hits = new LongAdder();
        LongAdder asked = new LongAdder();
        ClosedLoop loop = new ClosedLoop(Duration.ofSeconds(3), Duration.ofSeconds(10));
        Thread writer = Thread.ofVirtual().start(this::write);
        try {
            long began = System.nanoTime();
            long before = transactions();
            ClosedLoop.Rate rate = loop.run(USERS, user -> new Person(user, headers, hits, asked));
            double each = (transactions() - before) / ((System.nanoTime() - began) / 1e9);
            report.add(MIX, subject, "requests/s", rate.perSecond());
            report.add(MIX, subject, "p50 ms", rate.quantile(0.5));
            report.add(MIX, subject, "p99 ms", rate.quantile(0.99));
            report.add(MIX, subject, "hits %", 100 * hits.sum() / (double) asked.sum());
            report.add(MIX, subject, "database transactions/s", each);
            return new Mixed(each);
        } finally {
            writer.interrupt();
            writer.join();
        }
    }

    /// All of the server's, its looking around included.
    private long transactions() throws SQLException {
        database.execute("select pg_stat_force_next_flush()");
        return Long.parseLong(
                database.strings(
                                "select xact_commit + xact_rollback from pg_stat_database where"
                                        + " datname = current_database()")
                        .getFirst());
    }

    private void write() {
        try {
            for (int i = 1; ; i++) {
                TimeUnit.SECONDS.sleep(2);
                database.execute(
                        "update cached_orders set total = total + 1 where id = "
                                + (i % RECORDS + 1));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Person implements ClosedLoop.Client {
        private final HttpLine line;
        private final SplittableRandom random;
        private final String headers;
        private final LongAdder hits;
        private final LongAdder asked;

        Person(int user, String headers, LongAdder hits, LongAdder asked) throws IOException {
            line = new HttpLine(server.port(), token(user));
            random = new SplittableRandom(user);
            this.headers = headers;
            this.hits = hits;
            this.asked = asked;
        }

        @Override
        public void ask(int number) throws IOException {
            String path =
                    random.nextInt(10) < 6
                            ? "/cached_orders?id=eq." + (random.nextInt(RECORDS) + 1)
                            : "/cached_orders?select=*,cached_items(*)&status=eq.s"
                                    + random.nextInt(LISTS)
                                    + "&order=id&limit=25";
            boolean hit = line.ask(line.get(path, headers));
            asked.increment();
            if (hit) {
                hits.increment();
            }
        }

        @Override
        public long pause() {
            return (long) (-Math.log(1 - random.nextDouble()) * MEAN_PAUSE);
        }

        @Override
        public void close() throws IOException {
            line.close();
        }
    }
}
