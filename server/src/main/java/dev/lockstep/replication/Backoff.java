package dev.lockstep.replication;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Growing, jittered waits between attempts: the n-th is between half and all of `first · 2ⁿ`, at
/// most `max`.
record Backoff(Duration first, Duration max, int failures) {

    Backoff next() {
        return new Backoff(first, max, Math.min(failures + 1, 30));
    }

    Backoff reset() {
        return new Backoff(first, max, 0);
    }

    Duration pause(RandomGenerator random) {
        double full = Math.min((double) max.toMillis(), first.toMillis() * Math.pow(2, failures));
        return Duration.ofMillis(Math.round(full * (0.5 + random.nextDouble() / 2)));
    }
}
