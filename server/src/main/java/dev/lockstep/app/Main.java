package dev.lockstep.app;

import dev.lockstep.app.demo.DemoCommand;
import dev.lockstep.app.demo.RehearseCommand;
import dev.lockstep.app.doctor.DoctorCommand;
import dev.lockstep.app.tail.TailCommand;
import dev.lockstep.config.ConfigurationException;
import dev.lockstep.config.Nearest;
import dev.lockstep.error.FailureException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command line. Exit status 0: done; 1: it could not be done, and why was said; 2: the command
/// was not understood.
@Command(
        name = "lockstep",
        version = "set by the provider",
        versionProvider = Main.Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        usageHelpAutoWidth = true,
        description = "Keeps every screen in step with one PostgreSQL database.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "From a clone, ./lockstep also knows:",
            "  build   builds the jar now",
            "  test    runs all tests: Java, TypeScript, browser",
            "  bench   measures latency, fan-out and memory on this machine",
            "",
            "Settings are read from a properties file and from the environment",
            "(feed.retention is LOCKSTEP_FEED_RETENTION); `lockstep serve --print-config`",
            "shows all of them."
        })
public final class Main implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(Main.class);

    @Option(
            names = "--print-config",
            description = "Prints every setting with its value and origin (see also: serve).")
    private boolean printConfig;

    @Spec private CommandSpec spec = CommandSpec.create();

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.addSubcommand(new DemoCommand());
        line.addSubcommand(new ServeCommand());
        line.addSubcommand(new DoctorCommand());
        line.addSubcommand(new TailCommand());
        line.addSubcommand(new TokenCommand());
        line.addSubcommand(new TrackCommand());
        line.addSubcommand(new UntrackCommand());
        line.addSubcommand(new RehearseCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setAbbreviatedOptionsAllowed(false);
        line.setParameterExceptionHandler(Main::misunderstood);
        line.setExecutionExceptionHandler((e, failed, _) -> failed(e, failed));
        return line;
    }

    @Override
    public Integer call() {
        if (printConfig) {
            return commandLine().execute("serve", "--print-config");
        }
        spec.commandLine().usage(spec.commandLine().getOut());
        return CommandLine.ExitCode.OK;
    }

    /// One line that says what was not understood, one that says where help is.
    private static int misunderstood(ParameterException e, String[] arguments) {
        CommandLine line = e.getCommandLine();
        PrintWriter err = line.getErr();
        err.println(line.getCommandName() + ": " + explain(e, arguments));
        err.println("Try: " + line.getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static String explain(ParameterException e, String[] arguments) {
        if (!(e instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return String.valueOf(e.getMessage());
        }
        String word = unmatched.getUnmatched().getFirst();
        boolean command = arguments.length > 0 && arguments[0].equals(word);
        String kind = word.startsWith("-") ? "option" : command ? "command" : "argument";
        String said = "there is no %s \"%s\"".formatted(kind, word);
        var known =
                word.startsWith("-")
                        ? e.getCommandLine().getCommandSpec().optionsMap().keySet()
                        : e.getCommandLine().getSubcommands().keySet();
        return Nearest.to(word, known)
                .map(near -> said + ". Did you mean \"" + near + "\"?")
                .orElse(said + ".");
    }

    private static int failed(Exception e, CommandLine line) {
        switch (e) {
            case CommandFailure failure -> line.getErr().println(failure.getMessage());
            case ConfigurationException problems -> line.getErr().println(problems.getMessage());
            case FailureException failure -> line.getErr().println(failure.failure().message());
            case InterruptedException _ -> line.getErr().println("Interrupted.");
            default -> log.atError().setCause(e).log("the command ended with an error of ours");
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "lockstep " + BuildInfo.current(), "Java " + Runtime.version() + " on ${os.arch}"
            };
        }
    }
}
