package dev.lockstep.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "track",
        description = "Makes tables collaborative: a version, a time and a person with each row.",
        footer = {
            "",
            "Adds what is missing of the columns version, updated_at and updated_by, keeps them by a",
            "trigger, and publishes the table. May be repeated, also to change the options.",
            "",
            "Examples:",
            "  lockstep track orders",
            "  lockstep track --strict-version sales.orders sales.invoices"
        })
final class TrackCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private TrackedTables tables = new TrackedTables();

    @Option(
            names = "--strict-version",
            description =
                    "An update that names a version and finds no row is answered with 406 instead of"
                            + " silence.")
    private boolean strict;

    @Override
    public Integer call() {
        tables.each(
                "select lockstep.track(?::text::regclass, strict_version => ?)",
                strict,
                table -> spec.commandLine().getOut().println(table + " is tracked."));
        return 0;
    }
}
