package dev.lockstep.stress;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How many requests a second the data API answers, nothing from its memory, beside the same
/// statements under the same role and claims by pgbench, or where there is none by pgjdbc, on as
/// many connections. Each client waits for its answer before it asks again.
///
/// First as anybody on tables without row security, then as a signed-in person under policies.
final class RestRate {
    static final int ROWS = 10_000;
    private static final List<Integer> CLIENTS = List.of(10, 50, 100);
    private static final Duration FIRST = Duration.ofSeconds(7);
    private static final Duration WARM_UP = Duration.ofMillis(800);
    private static final Duration MEASURED = Duration.ofSeconds(2);
    private static final String TEAM = "t1";

    private final Database database;
    private final DemoServer server;
    private final Report report;
    private final BenchOptions options;
    private final Optional<PgBench> pgbench;
    private final ClosedLoop loop;

    RestRate(Database database, DemoServer server, BenchOptions options, Report report) {
        this.database = database;
        this.server = server;
        this.options = options;
        this.report = report;
        this.pgbench = PgBench.find(database);
        this.loop = new ClosedLoop(WARM_UP, MEASURED);
    }

    /// Who asks.
    private record Asker(String words, String key, String role, String claims) {}

    void run() throws Exception {
        prepare();
        // What nobody asked for yet is slow: that is another question.
        for (RestCase one : RestCase.values()) {
            new ClosedLoop(Duration.ZERO, FIRST)
                    .run(20, client -> new Web(one, client, server.anonKey()));
        }
        database.execute("update bench_orders set version = 1 where version <> 1");
        measure(new Asker("key, no policies", server.anonKey(), "anon", "{\"role\":\"anon\"}"));
        for (String table : List.of("bench_orders", "bench_items", "bench_log")) {
            database.execute("alter table " + table + " enable row level security");
        }
        String subject = Tokens.subject(1);
        Map<String, String> metadata = Map.of("team", TEAM);
        measure(
                new Asker(
                        "JWT, policies",
                        new Tokens(server).of(subject, metadata),
                        "authenticated",
                        "{\"role\":\"authenticated\",\"sub\":\""
                                + subject
                                + "\",\"app_metadata\":{\"team\":\""
                                + TEAM
                                + "\"}}"));
        for (String table : List.of("bench_orders", "bench_items", "bench_log")) {
            database.execute("alter table " + table + " disable row level security");
        }
    }

    private void measure(Asker asker) throws Exception {
        String scenario = "Data API, " + asker.words();
        for (int clients : CLIENTS) {
            for (RestCase one : RestCase.values()) {
                String subject = one.words() + ", " + clients + " clients";
                long before = ProcessUsage.of(server.pid()).cpuMicros();
                ClosedLoop.Rate ours =
                        loop.run(clients, client -> new Web(one, client, asker.key()));
                long cpu = ProcessUsage.of(server.pid()).cpuMicros() - before;
                report.add(scenario, subject, "/s", ours.perSecond());
                report.add(scenario, subject, "p50 ms", ours.quantile(0.5));
                report.add(scenario, subject, "p99 ms", ours.quantile(0.99));
                report.add(scenario, subject, "server µs", cpu / (double) ours.asked());
                database.execute("update bench_orders set version = 1 where version <> 1");
                if (!options.alone) {
                    floor(scenario, subject, asker, one, clients, ours.perSecond());
                    database.execute("update bench_orders set version = 1 where version <> 1");
                }
            }
        }
    }

    private void floor(
            String scenario, String subject, Asker asker, RestCase one, int clients, double ours)
            throws Exception {
        double floor =
                pgbench.isPresent()
                        ? pgbench.get()
                                .perSecond(one, asker.role(), asker.claims(), clients, MEASURED)
                        : loop.run(clients, client -> new Direct(one, client, asker)).perSecond();
        String name = pgbench.isPresent() ? "pgbench" : "pgjdbc (pgbench was not found)";
        report.add(scenario, subject, name + " /s", floor);
        report.add(scenario, subject, "of it", ours / floor);
    }

    private void prepare() throws SQLException {
        String team = "((auth.jwt() -> 'app_metadata') ->> 'team')";
        database.execute(
                "drop table if exists bench_items, bench_orders, bench_log",
                "create table bench_orders (id int primary key, status text, customer text,"
                        + " total numeric(12,2), version int not null default 1,"
                        + " made timestamptz default now(), team text not null default '"
                        + TEAM
                        + "')",
                "create table bench_items (id int primary key, order_id int references bench_orders,"
                        + " name text, qty int, team text not null default '"
                        + TEAM
                        + "')",
                "create table bench_log (id bigint generated always as identity primary key,"
                        + " word text, team text not null default '"
                        + TEAM
                        + "')",
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
                "create policy team on bench_orders using (team = " + team + ")",
                "create policy team on bench_items using (team = " + team + ")",
                "create policy team on bench_log using (team = " + team + ")",
                "grant all on bench_orders, bench_items, bench_log to anon, authenticated",
                "create or replace function bench_add(a int, b int) returns int language sql"
                        + " immutable as 'select a + b'",
                "analyze bench_orders, bench_items");
    }

    private final class Web implements ClosedLoop.Client {
        private final HttpLine line;
        private final RestCase kind;
        private final int client;

        Web(RestCase kind, int client, String key) throws IOException {
            this.kind = kind;
            this.client = client;
            this.line = new HttpLine(server.port(), key);
        }

        @Override
        public void ask(int number) throws IOException {
            line.ask(kind.request(line, client, number));
        }

        @Override
        public void close() throws IOException {
            line.close();
        }
    }

    private final class Direct implements ClosedLoop.Client {
        private final Connection connection = database.connect();
        private final PreparedStatement context;
        private final PreparedStatement statement;
        private final Asker asker;
        private final RestCase kind;
        private final int client;

        Direct(RestCase kind, int client, Asker asker) throws SQLException {
            this.kind = kind;
            this.client = client;
            this.asker = asker;
            connection.setAutoCommit(false);
            context =
                    connection.prepareStatement(
                            "select set_config('role', ?, true),"
                                    + " set_config('request.jwt.claims', ?, true)");
            statement =
                    connection.prepareStatement(
                            kind.sql().replace(":id", "?").replace(":version", "?"));
        }

        @Override
        public void ask(int number) throws SQLException {
            context.setString(1, asker.role());
            context.setString(2, asker.claims());
            context.execute();
            statement.setInt(1, kind == RestCase.UPDATE ? client + 1 : RestCase.any());
            if (kind == RestCase.UPDATE) {
                statement.setInt(2, number + 1);
            }
            statement.execute();
            connection.commit();
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
