package dev.lockstep.stress;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/// How many requests a second the data API answers, beside the same statements, under the same role
/// and claims, by pgjdbc on as many connections. Each client waits for its answer before it asks
/// again.
final class RestRate {
    private static final String SCENARIO = "Data API";
    private static final int ROWS = 10_000;
    private static final List<Integer> CLIENTS = List.of(10, 50, 100);
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration MEASURED = Duration.ofSeconds(4);
    private static final String SINGLE = "Accept: application/vnd.pgrst.object+json\r\n";
    private static final String SHOWN = "Prefer: return=representation\r\n";

    private final Database database;
    private final DemoServer server;
    private final Report report;

    RestRate(Database database, DemoServer server, Report report) {
        this.database = database;
        this.server = server;
        this.report = report;
    }

    /// One client's next request, numbered from 0.
    private interface Asking {
        void ask(int number) throws Exception;
    }

    private interface Client extends AutoCloseable {
        Asking asking();

        @Override
        void close() throws Exception;
    }

    private interface Making {
        Client make(int client) throws Exception;
    }

    void run() throws Exception {
        prepare();
        for (int clients : CLIENTS) {
            for (Case one : Case.values()) {
                String subject = one.words + ", " + clients + " clients";
                measure(subject, "", clients, client -> new Web(one, client));
                database.execute("update bench_orders set version = 1 where version <> 1");
                measure(subject, "pgjdbc ", clients, client -> new Direct(one, client));
                database.execute("update bench_orders set version = 1 where version <> 1");
            }
        }
    }

    private void prepare() throws SQLException {
        database.execute(
                "drop table if exists bench_items, bench_orders, bench_log",
                "create table bench_orders (id int primary key, status text, customer text,"
                        + " total numeric(12,2), version int not null default 1,"
                        + " made timestamptz default now())",
                "create table bench_items (id int primary key, order_id int references bench_orders,"
                        + " name text, qty int)",
                "create table bench_log (id bigint generated always as identity primary key, word text)",
                "insert into bench_orders select n, 's' || n % 40, 'Customer ' || n, n from"
                        + " generate_series(1, "
                        + ROWS
                        + ") n",
                "insert into bench_items select n, n % "
                        + ROWS
                        + " + 1, 'item ' || n, n % 9 from"
                        + " generate_series(1, "
                        + 3 * ROWS
                        + ") n",
                "create index on bench_orders (status, id)",
                "create index on bench_items (order_id)",
                "create or replace function bench_add(a int, b int) returns int language sql"
                        + " immutable as 'select a + b'",
                "analyze bench_orders, bench_items");
    }

    /// What is asked, over HTTP and as SQL.
    private enum Case {
        ROW("one row by key", "select row_to_json(o)::text from bench_orders o where id = ?"),
        LIST(
                "25 rows, embed, exact count",
                "with c as (select 1 from bench_orders where status = 's1') select (select count(*)"
                        + " from c), json_agg(t)::text from (select o.*, coalesce(i.i, '[]') as"
                        + " bench_items from bench_orders o left join lateral (select json_agg(i) as i"
                        + " from bench_items i where i.order_id = o.id) i on true where status = 's1'"
                        + " and ? > 0 order by id limit 25) t"),
        INSERT("insert", "insert into bench_log (word) values ('w' || ?)"),
        UPDATE(
                "versioned update",
                "update bench_orders set total = total, version = version + 1 where id = ?"
                        + " returning row_to_json(bench_orders)::text"),
        CALL("function", "select bench_add(?, 2)::text");

        private final String words;
        private final String sql;

        Case(String words, String sql) {
            this.words = words;
            this.sql = sql;
        }
    }

    private final class Web implements Client {
        private final HttpLine line;
        private final Case kind;
        private final int client;

        Web(Case kind, int client) throws IOException {
            this.kind = kind;
            this.client = client;
            this.line = new HttpLine(server.port(), server.anonKey());
        }

        @Override
        public Asking asking() {
            return number ->
                    line.ask(
                            switch (kind) {
                                case ROW -> line.get("/bench_orders?select=*&id=eq." + any(), "");
                                case LIST ->
                                        line.get(
                                                "/bench_orders?select=*,bench_items(*)&status=eq.s1&order=id&limit=25",
                                                "Prefer: count=exact\r\n");
                                case INSERT ->
                                        line.send(
                                                "POST",
                                                "/bench_log",
                                                "",
                                                "{\"word\":\"w" + number + "\"}");
                                case UPDATE ->
                                        line.send(
                                                "PATCH",
                                                "/bench_orders?id=eq."
                                                        + (client + 1)
                                                        + "&version=eq."
                                                        + (number + 1),
                                                SINGLE + SHOWN,
                                                "{\"total\":1,\"version\":" + (number + 2) + "}");
                                case CALL ->
                                        line.send(
                                                "POST", "/rpc/bench_add", "", "{\"a\":1,\"b\":2}");
                            });
        }

        @Override
        public void close() throws IOException {
            line.close();
        }
    }

    private final class Direct implements Client {
        private final Connection connection = database.connect();
        private final PreparedStatement context;
        private final PreparedStatement statement;
        private final Case kind;
        private final int client;

        Direct(Case kind, int client) throws SQLException {
            this.kind = kind;
            this.client = client;
            connection.setAutoCommit(false);
            context =
                    connection.prepareStatement(
                            "select set_config('role', 'anon', true),"
                                    + " set_config('request.jwt.claims', ?, true)");
            statement = connection.prepareStatement(kind.sql);
        }

        @Override
        public Asking asking() {
            return _ -> {
                context.setString(1, "{\"role\":\"anon\"}");
                context.execute();
                statement.setInt(1, kind == Case.UPDATE ? client + 1 : any());
                statement.execute();
                connection.commit();
            };
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }

    private static int any() {
        return ThreadLocalRandom.current().nextInt(1, ROWS);
    }

    private void measure(String subject, String prefix, int clients, Making making)
            throws Exception {
        long cpuBefore = ProcessUsage.of(server.pid()).cpuMicros();
        long warm = System.nanoTime() + WARM_UP.toNanos();
        long end = warm + MEASURED.toNanos();
        List<Future<long[]>> all = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            for (int i = 0; i < clients; i++) {
                int client = i;
                Callable<long[]> work =
                        () -> {
                            ready.await();
                            return times(making, client, warm, end);
                        };
                all.add(threads.submit(work));
            }
            ready.countDown();
            long[] times = {};
            for (Future<long[]> one : all) {
                long[] more = one.get();
                int before = times.length;
                times = Arrays.copyOf(times, before + more.length);
                System.arraycopy(more, 0, times, before, more.length);
            }
            Arrays.sort(times);
            long cpu = ProcessUsage.of(server.pid()).cpuMicros() - cpuBefore;
            report.add(
                    SCENARIO, subject, prefix + "/s", times.length / (MEASURED.toMillis() / 1e3));
            report.add(SCENARIO, subject, prefix + "p50 ms", times[times.length / 2] / 1e6);
            report.add(SCENARIO, subject, prefix + "p99 ms", times[times.length * 99 / 100] / 1e6);
            if (prefix.isEmpty()) {
                double share = MEASURED.toNanos() / (double) MEASURED.plus(WARM_UP).toNanos();
                report.add(SCENARIO, subject, "server µs", cpu * share / times.length);
            }
        }
    }

    private static long[] times(Making making, int client, long warm, long end) throws Exception {
        long[] times = new long[1024];
        int count = 0;
        try (Client one = making.make(client)) {
            Asking asking = one.asking();
            int number = 0;
            for (long now = System.nanoTime(); now < end; ) {
                asking.ask(number++);
                long then = System.nanoTime();
                if (now >= warm) {
                    if (count == times.length) {
                        times = Arrays.copyOf(times, count * 2);
                    }
                    times[count++] = then - now;
                }
                now = then;
            }
        }
        return Arrays.copyOf(times, count);
    }
}
