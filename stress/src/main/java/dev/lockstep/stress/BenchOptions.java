package dev.lockstep.stress;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the benchmark's command line may change.
final class BenchOptions {
    @Option(names = "--members", description = "Sockets of the latency run (${DEFAULT-VALUE}).")
    int members = 1_000;

    @Option(names = "--rate", description = "Changes per second there (${DEFAULT-VALUE}).")
    int rate = 100;

    @Option(names = "--seconds", description = "Measured seconds there (${DEFAULT-VALUE}).")
    int seconds = 20;

    @Option(names = "--warm-up", description = "Seconds before them (${DEFAULT-VALUE}).")
    int warmUp = 10;

    @Option(names = "--crowd", description = "Sockets of the fan-out run (${DEFAULT-VALUE}).")
    int crowd = 5_000;

    @Option(names = "--idle", description = "Idle connections (${DEFAULT-VALUE}).")
    int idle = 10_000;

    @Option(names = "--rounds", description = "Changes of the fan-out run (${DEFAULT-VALUE}).")
    int rounds = 80;

    @Option(
            names = "--only",
            split = ",",
            description =
                    "Of decode, latency, feeds, policies, rest, cache, fanout, idle, roles, those"
                            + " (all).")
    List<String> only =
            List.of(
                    "decode",
                    "latency",
                    "feeds",
                    "policies",
                    "rest",
                    "cache",
                    "fanout",
                    "idle",
                    "roles");

    @Option(names = "--no-peers", description = "Measure Lockstep alone.")
    boolean alone;

    @Option(names = "--json", description = "Write the figures to this file.")
    @Nullable Path json;

    @Option(names = "--markdown", description = "Write the tables to this file.")
    @Nullable Path markdown;
}
