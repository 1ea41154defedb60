package dev.lockstep.app.demo;

import dev.lockstep.app.BuildInfo;
import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.Logging;
import dev.lockstep.app.Signals;
import dev.lockstep.app.demo.DemoOptions.Contents;
import dev.lockstep.app.demo.DemoOptions.Reach;
import dev.lockstep.postgres.embedded.EmbeddedPostgres;
import dev.lockstep.postgres.embedded.EmbeddedPostgres.Durability;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "demo",
        description =
                "Runs Lockstep with a PostgreSQL of its own, on this machine, until it is stopped"
                        + " with Ctrl-C.",
        footer = {
            "",
            "Data, keys and connection.json (for programs) are in the data folder and stay",
            "there: the next start goes on where this one stopped.",
            "",
            "Examples:",
            "  lockstep demo                 the Desk with a flower shop's orders",
            "  lockstep demo --empty         schemas only, for your own tables",
            "  lockstep demo --lan           also for phones in the same network"
        })
public final class DemoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description =
                    "Where to listen; 0 for any. Without it 8620, or the next free one, or that of"
                            + " the last time.")
    private @Nullable Integer port;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = ".lockstep",
            description = "The data folder (default: .lockstep).")
    private Path data = Path.of(".lockstep");

    @Option(names = "--empty", description = "Loads no demo data.")
    private boolean empty;

    @Option(
            names = "--reset",
            description = "Deletes the folder's database and keys first, after asking.")
    private boolean reset;

    @Option(names = "--yes", description = "Does not ask.")
    private boolean yes;

    @Option(
            names = "--lan",
            description =
                    "Listens on all addresses, with TLS and a certificate of its own, and shows a"
                            + " QR code.")
    private boolean lan;

    @Override
    public Integer call() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        PrintWriter out = spec.commandLine().getOut();
        Logging.WARNINGS.apply();
        DemoOptions options = options();
        DemoFolder folder = DemoFolder.take(data);
        Progress progress = new Progress(out);
        Demo demo = Demo.in(folder, options, progress, InstantSource.system());
        Signals signals = Signals.stopWith(() -> stop(demo, progress));
        try {
            progress.say("Lockstep " + BuildInfo.current() + ", data in " + folder.root());
            if (reset) {
                reset(folder);
            }
            Demo.Started started = demo.start();
            Console console = System.console();
            boolean terminal = console != null && console.isTerminal();
            out.print(Welcome.of(started, options, folder.root(), terminal));
            out.printf("  Ready after %.1f s. Ctrl-C stops it.%n", seconds(begun));
            out.flush();
            Logging.EVENTS.apply();
        } catch (RuntimeException | IOException | InterruptedException e) {
            signals.disarm();
            demo.close();
            throw e;
        }
        signals.await();
        return 0;
    }

    private DemoOptions options() {
        if (port != null && (port < 0 || port > 65_535)) {
            throw new ParameterException(
                    spec.commandLine(), "--port is " + port + ": give a port from 0 to 65535");
        }
        return new DemoOptions(
                data,
                port == null ? OptionalInt.empty() : OptionalInt.of(port),
                empty ? Contents.SCHEMAS_ONLY : Contents.DEMO_DATA,
                lan ? Reach.LOCAL_NETWORK : Reach.THIS_MACHINE,
                Durability.DURABLE);
    }

    private void reset(DemoFolder folder) throws IOException {
        if (folder.fresh()) {
            return;
        }
        if (!yes) {
            ask(folder);
        }
        EmbeddedPostgres.erase(folder.postgres());
        folder.clear();
    }

    private static void ask(DemoFolder folder) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CommandFailure(
                    "--reset deletes the database and the keys in "
                            + folder.root()
                            + ". Without a terminal to ask on, say so with --yes.");
        }
        String answer =
                console.readLine(
                        "This deletes the database and the keys in %s. Type yes to go on: ",
                        folder.root());
        if (!"yes".equalsIgnoreCase(String.valueOf(answer).strip())) {
            throw new CommandFailure("Nothing was deleted.");
        }
    }

    private static void stop(Demo demo, Progress progress) {
        Logging.WARNINGS.apply();
        progress.say("");
        progress.say("  Stopping.");
        long begun = System.nanoTime();
        demo.close();
        progress.say("  Stopped after %.1f s; the data stays.".formatted(seconds(begun)));
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
