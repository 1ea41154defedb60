package dev.lockstep.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Lsn;
import org.junit.jupiter.api.Test;

class FreshnessTest {
    private final Freshness freshness = new Freshness();

    private boolean proven(long at, long head) {
        return freshness.isProven(at, new Lsn(head));
    }

    @Test
    void nothing_is_certain_before_the_log_was_read_to_where_it_ended() {
        assertThat(proven(0, 1_000)).isFalse();
        freshness.sampled(new Lsn(100), 5);
        assertThat(proven(0, 99)).isFalse();
        assertThat(proven(0, 100)).isTrue();
        assertThat(proven(5, 100)).isTrue();
        assertThat(proven(6, 100)).as("after the sample").isFalse();
    }

    @Test
    void a_log_that_is_always_a_little_behind_is_proven_again_and_again() {
        for (int i = 1; i <= 100; i++) {
            freshness.sampled(new Lsn(10L * i), i);
            boolean certain = proven(i - 2, 10L * i - 5);
            assertThat(certain).as("sample %d", i).isEqualTo(i > 1);
        }
    }

    @Test
    void a_log_that_stands_still_is_not_certain_for_long() {
        freshness.sampled(new Lsn(100), 5);
        assertThat(proven(5, 100)).isTrue();
        freshness.sampled(new Lsn(200), 50);
        freshness.sampled(new Lsn(300), 60);
        assertThat(proven(50, 100)).isFalse();
        assertThat(proven(50, 200)).isTrue();
        assertThat(proven(60, 200)).isFalse();
        assertThat(proven(60, 300)).isTrue();
    }

    @Test
    void what_was_known_of_another_log_does_not_count() {
        freshness.sampled(new Lsn(100), 5);
        assertThat(proven(5, 100)).isTrue();
        freshness.forget();
        assertThat(proven(5, 1_000)).isFalse();
    }
}
