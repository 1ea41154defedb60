package dev.lockstep.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "untrack", description = "Takes back what track did to tables.")
final class UntrackCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private TrackedTables tables = new TrackedTables();

    @Option(
            names = "--drop-columns",
            description = "Also drops the columns that track added, with what is in them.")
    private boolean drop;

    @Override
    public Integer call() {
        tables.each(
                "select lockstep.untrack(?::text::regclass, drop_columns => ?)",
                drop,
                table -> spec.commandLine().getOut().println(table + " is not tracked."));
        return 0;
    }
}
