package dev.lockstep.stress;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The benchmark: starts a server of its own, measures it beside its peers on this machine in one
/// run, prints tables. Loopback only; ends in about five minutes.
@Command(
        name = "lockstep bench",
        mixinStandardHelpOptions = true,
        description = "Measures decoding, latency, fan-out and memory, beside peers, in one run.")
public final class Bench implements Callable<Integer> {
    @Mixin private final BenchOptions options = new BenchOptions();
    private final Report report = new Report();
    @Spec private CommandSpec spec = CommandSpec.create();

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        try {
            if (!Collections.disjoint(
                    options.only,
                    List.of("latency", "feeds", "policies", "decode", "rest", "cache"))) {
                withServer(this::streams, "--empty");
            }
            if (options.only.contains("fanout")) {
                withServer(this::crowd, "--empty");
            }
            if (options.only.contains("idle")) {
                say("%d idle connections ...".formatted(options.idle));
                withServer((s, d) -> new Idle(d, options, report).alike(s), "--empty");
                withServer((s, d) -> new Idle(d, options, report).ownRights(s), "--empty");
            }
            if (options.only.contains("roles")) {
                say("A restaurant's evening ...");
                withServer((server, database) -> new Roles(database, report).run(server));
            }
        } finally {
            show();
        }
        return 0;
    }

    private interface Part {
        void run(DemoServer server, Database database) throws Exception;
    }

    private void withServer(Part part, String... serverOptions) throws Exception {
        say("Starting a server of its own ...");
        try (DemoServer server = DemoServer.start(serverOptions)) {
            try {
                part.run(server, new Database(server.adminDatabaseUrl()));
            } catch (Exception e) {
                say("The server said last:\n" + server.log());
                throw e;
            }
        }
    }

    private void show() throws IOException {
        out().println();
        out().print(report.markdown());
        out().flush();
        if (options.json != null) {
            Files.writeString(options.json, report.json());
        }
        if (options.markdown != null) {
            Files.writeString(options.markdown, report.markdown());
        }
    }

    private void streams(DemoServer server, Database database) throws Exception {
        Latency latency = new Latency(database, options, report);
        if (options.only.contains("latency")) {
            say("%d changes/s to %d sockets ...".formatted(options.rate, options.members));
            latency.lockstep(server);
        }
        if (options.only.contains("feeds")) {
            say("the same, as feeds ...");
            latency.feeds(server);
        }
        if (options.only.contains("policies")) {
            say("the same, each with its own claims ...");
            latency.policies(server);
        }
        if (options.only.contains("latency") && !options.alone) {
            peer(latency, "Node ws on LISTEN/NOTIFY", "node", "ws.mjs", database);
            peer(latency, "uWebSockets (Bun) on LISTEN/NOTIFY", "bun", "uws.mjs", database);
        }
        if (options.only.contains("decode")) {
            say("A backlog to decode ...");
            new DecodeRate(database, server, report).run();
        }
        if (options.only.contains("rest")) {
            say("Requests for data ...");
            new RestRate(database, server, options, report).run();
        }
        if (options.only.contains("cache")) {
            say("Requests that the read cache answers ...");
            new CacheRate(database, server, report).run();
        }
    }

    private void crowd(DemoServer server, Database database) throws Exception {
        Path scratch = Files.createTempDirectory("lockstep-bench-");
        say("One change to %d sockets ...".formatted(options.crowd));
        FanOut fanOut = new FanOut(database, options, report, scratch);
        fanOut.lockstep(server);
        if (!options.alone) {
            floor(fanOut, scratch);
        }
    }

    private void peer(
            Latency latency, String name, String runtime, String script, Database database)
            throws Exception {
        say(name + " ...");
        try (Peer peer = Peer.script(runtime, script, database)) {
            latency.peer(name, peer);
        } catch (IOException notHere) {
            say(name + " was not measured: " + notHere.getMessage());
        }
    }

    private void floor(FanOut fanOut, Path scratch) throws Exception {
        say("the same bytes from a C loop ...");
        try (Peer floor = Peer.floor(fanOut.frameFile(), scratch)) {
            fanOut.floor(floor);
        } catch (IOException notHere) {
            say("The C loop was not measured: " + notHere.getMessage());
        }
    }

    private void say(String line) {
        out().println(line);
        out().flush();
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
