package dev.lockstep.replication;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VisibilityTest {
    @Test
    void what_is_before_xmin_or_between_and_not_running_is_seen() {
        Visibility visibility = Visibility.parse("100:105:100,103");
        assertThat(visibility.sees(99)).isTrue();
        assertThat(visibility.sees(100)).isFalse();
        assertThat(visibility.sees(102)).isTrue();
        assertThat(visibility.sees(103)).isFalse();
        assertThat(visibility.sees(105)).isFalse();
        assertThat(Visibility.parse("100:100:").sees(99)).isTrue();
    }

    @Test
    void transaction_ids_are_compared_across_the_wrap_of_32_bits() {
        Visibility visibility = Visibility.parse("8589934593:8589934600:8589934595");
        assertThat(visibility.sees(-2)).isTrue();
        assertThat(visibility.sees(2)).isTrue();
        assertThat(visibility.sees(3)).isFalse();
        assertThat(visibility.sees(8)).isFalse();
        assertThat(visibility.sees(Integer.MAX_VALUE)).isFalse();
    }
}
