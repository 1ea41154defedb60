package dev.lockstep.stress;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// What connections cost that joined a feed and hear nothing. Wants a server that has done nothing
/// yet: memory that was once used hides what the sockets take.
final class Idle {
    private static final String SCENARIO = "Idle connections, each joined to one feed";
    private static final Crowd.Listener DEAF = (_, _, _, _) -> {};

    private final Database database;
    private final BenchOptions options;
    private final Report report;

    Idle(Database database, BenchOptions options, Report report) {
        this.database = database;
        this.options = options;
        this.report = report;
    }

    /// All ask the same question under the same rights.
    void alike(DemoServer server) throws Exception {
        database.table("bench_idle", Writer.COLUMNS, true);
        database.execute("alter table bench_idle replica identity full");
        measure(
                "one question, one right",
                server,
                Target.lockstep(server, "idle", "{\"feeds\":[{\"table\":\"bench_idle\"}]}")
                        .forFeeds());
    }

    /// Each asks under a policy that reads its own claims.
    void ownRights(DemoServer server) throws Exception {
        Tokens tokens = new Tokens(server);
        database.table("bench_own", Writer.COLUMNS + ", owner uuid", true);
        database.execute(
                "alter table bench_own replica identity full",
                "alter table bench_own enable row level security",
                "create policy own on bench_own for select using (owner = auth.uid())");
        measure(
                "rights of its own each",
                server,
                Target.lockstep(
                                server,
                                "idle",
                                "{\"feeds\":[{\"table\":\"bench_own\"}]}",
                                member -> tokens.of(Tokens.subject(member), Map.of()))
                        .forFeeds());
    }

    private void measure(String name, DemoServer server, Target target) throws Exception {
        // The code that joins is warm, and its garbage gone, before memory is weighed.
        Crowd.join(target, 500, Duration.ofSeconds(60), DEAF).close();
        collectGarbage(server.pid());
        ProcessUsage empty = ProcessUsage.of(server.pid());
        try (Crowd _ = Crowd.join(target, options.idle, Duration.ofSeconds(180), DEAF)) {
            ProcessUsage joined = ProcessUsage.of(server.pid());
            collectGarbage(server.pid());
            ProcessUsage idle = ProcessUsage.of(server.pid());
            report.add(SCENARIO, name, "connections", options.idle);
            report.add(SCENARIO, name, "KB each", kilobytesEach(empty, idle));
            report.add(SCENARIO, name, "KB each, before collection", kilobytesEach(empty, joined));
            report.add(SCENARIO, name, "MB before", empty.residentBytes() / 1_048_576.0);
            report.add(SCENARIO, name, "MB with them", idle.residentBytes() / 1_048_576.0);
        }
    }

    private double kilobytesEach(ProcessUsage empty, ProcessUsage with) {
        return (with.residentBytes() - empty.residentBytes()) / 1024.0 / options.idle;
    }

    /// Twice, so that what the first run freed is given back by the second.
    private static void collectGarbage(long pid) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        for (int i = 0; i < 2; i++) {
            new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }
}
