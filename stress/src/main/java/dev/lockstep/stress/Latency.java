package dev.lockstep.stress;

import java.time.Duration;
import java.util.Map;

/// Commit acknowledged → received, over all deliveries of one table's changes to many sockets, for
/// the server and for its peers, one after the other.
final class Latency {
    private static final String SCENARIO = "Commit acknowledged to received";

    private final Database database;
    private final BenchOptions options;
    private final Report report;

    Latency(Database database, BenchOptions options, Report report) {
        this.database = database;
        this.options = options;
        this.report = report;
    }

    void lockstep(DemoServer server) throws Exception {
        database.table("bench", Writer.COLUMNS, true);
        String config =
                """
                {"postgres_changes":[{"event":"*","schema":"public","table":"bench"}]}\
                """;
        measure("Lockstep", Target.lockstep(server, "bench", config), server.pid(), "bench");
    }

    /// A feeds client's frames instead of supabase-js's.
    void feeds(DemoServer server) throws Exception {
        database.table("bench_feed", Writer.COLUMNS, true);
        database.execute("alter table bench_feed replica identity full");
        String config = "{\"feeds\":[{\"table\":\"bench_feed\"}]}";
        Target target = Target.lockstep(server, "benchfeed", config).forFeeds();
        measure("Lockstep, feeds", target, server.pid(), "bench_feed");
    }

    /// The same under row policies. Every socket has a token of its own, and its rights are its own
    /// too: the constants in them differ, so no two are equal, and yet each sees every row.
    void policies(DemoServer server) throws Exception {
        Tokens tokens = new Tokens(server);
        Map<String, String> tenant = Map.of("tenant_id", "bench");
        secure("bench_policy");
        String changes =
                """
                {"postgres_changes":[{"event":"*","schema":"public","table":"bench_policy"}]}\
                """;
        measure(
                "Lockstep, own claims each",
                Target.lockstep(
                        server,
                        "benchpolicy",
                        changes,
                        member -> tokens.of(Tokens.subject(member), tenant)),
                server.pid(),
                "bench_policy");
        secure("bench_policy_feed");
        measure(
                "Lockstep, feeds, own claims each",
                Target.lockstep(
                                server,
                                "benchpolicyfeed",
                                "{\"feeds\":[{\"table\":\"bench_policy_feed\"}]}",
                                member -> tokens.of(Tokens.subject(member), tenant))
                        .forFeeds(),
                server.pid(),
                "bench_policy_feed");
    }

    private void secure(String table) throws Exception {
        database.table(
                table,
                Writer.COLUMNS
                        + ", tenant text default 'bench', owner uuid, private bool default false",
                true);
        database.execute(
                "alter table %s replica identity full".formatted(table),
                "alter table %s enable row level security".formatted(table),
                """
                create policy own on %s for select to authenticated using (
                    tenant = auth.jwt() -> 'app_metadata' ->> 'tenant_id'
                    and (not private or owner = auth.uid()))\
                """
                        .formatted(table));
    }

    /// The peers hear of rows by a trigger's NOTIFY, on a table that is not published.
    void peer(String name, Peer peer) throws Exception {
        database.table("bench_peer", Writer.COLUMNS, false);
        database.execute(
                """
                create or replace function bench_tell() returns trigger language plpgsql as
                $$ begin perform pg_notify('bench', row_to_json(new)::text); return null; end $$\
                """,
                """
                create trigger tell after insert on bench_peer
                for each row execute function bench_tell()\
                """);
        measure(name, Target.webSocket(peer.port()), peer.pid(), "bench_peer");
    }

    private void measure(String name, Target target, long pid, String table) throws Exception {
        int warmUp = options.warmUp * options.rate;
        int last = warmUp + options.seconds * options.rate;
        Arrivals arrivals = new Arrivals(options.members, last);
        Writer writer = new Writer(table, last, options.rate);
        try (Crowd crowd = Crowd.join(target, options.members, Duration.ofSeconds(60), arrivals)) {
            writer.write(database, 0, warmUp);
            Waiting.until(
                    () -> arrivals.delivered() == (long) warmUp * options.members,
                    Duration.ofSeconds(5));
            ProcessUsage before = ProcessUsage.of(pid);
            long clientBefore = crowd.cpuMicros();
            long startedAt = System.nanoTime();
            writer.write(database, warmUp, last);
            Waiting.until(
                    () -> arrivals.delivered() == (long) last * options.members,
                    Duration.ofSeconds(10));
            long elapsedMicros = (System.nanoTime() - startedAt) / 1_000;
            ProcessUsage after = ProcessUsage.of(pid);
            long clientMicros = crowd.cpuMicros() - clientBefore;
            crowd.settle();
            Arrivals.Latencies latencies =
                    arrivals.latencies(writer.acknowledgedAt(), warmUp, last);
            double frames = Math.max(1, latencies.delivered());
            report.add(SCENARIO, name, "p50 ms", latencies.millis(0.5));
            report.add(SCENARIO, name, "p99 ms", latencies.millis(0.99));
            report.add(SCENARIO, name, "max ms", latencies.millis(1));
            report.add(SCENARIO, name, "delivered", latencies.delivered());
            report.add(SCENARIO, name, "expected", latencies.expected());
            report.add(SCENARIO, name, "twice", arrivals.duplicates());
            report.add(
                    SCENARIO,
                    name,
                    "server µs/frame",
                    (after.cpuMicros() - before.cpuMicros()) / frames);
            report.add(SCENARIO, name, "peak MB", after.peakBytes() / 1_048_576.0);
            report.add(SCENARIO, name, "bytes/frame", arrivals.bytesPerFrame());
            report.add(SCENARIO, name, "client % of a core", 100.0 * clientMicros / elapsedMicros);
        }
    }
}
