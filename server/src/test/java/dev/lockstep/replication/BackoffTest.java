package dev.lockstep.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff first = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10), 0);

    @Test
    void waits_grow_by_doubling_with_jitter_and_end_at_the_limit() {
        Random random = new Random(3);
        Backoff backoff = first;
        for (long full : new long[] {100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000}) {
            assertThat(backoff.pause(random).toMillis()).isBetween(full / 2, full);
            backoff = backoff.next();
        }
    }

    @Test
    void a_thousand_failures_wait_no_longer_than_the_limit_and_a_reset_is_short_again() {
        Backoff backoff = first;
        for (int i = 0; i < 1_000; i++) {
            backoff = backoff.next();
        }
        assertThat(backoff.pause(new Random(3))).isLessThanOrEqualTo(Duration.ofSeconds(10));
        assertThat(backoff.reset().pause(new Random(3)))
                .isLessThanOrEqualTo(Duration.ofMillis(100));
    }
}
