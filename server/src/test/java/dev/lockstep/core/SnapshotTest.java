package dev.lockstep.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SnapshotTest {
    @Test
    void what_is_before_xmin_or_between_and_not_running_is_seen() {
        Snapshot snapshot = Snapshot.parse("100:105:100,103");
        assertThat(snapshot.sees(99)).isTrue();
        assertThat(snapshot.sees(100)).isFalse();
        assertThat(snapshot.sees(102)).isTrue();
        assertThat(snapshot.sees(103)).isFalse();
        assertThat(Snapshot.parse("100:100:").sees(99)).isTrue();
    }

    @Test
    void xmax_itself_is_not_seen_though_it_is_not_listed() {
        assertThat(Snapshot.parse("100:105:").sees(105)).isFalse();
    }

    @Test
    void transaction_ids_are_compared_across_the_wrap_of_32_bits() {
        Snapshot snapshot = Snapshot.parse("8589934593:8589934600:8589934595");
        assertThat(snapshot.sees(-2)).isTrue();
        assertThat(snapshot.sees(2)).isTrue();
        assertThat(snapshot.sees(3)).isFalse();
        assertThat(snapshot.sees(8)).isFalse();
        assertThat(snapshot.sees(Integer.MAX_VALUE)).isFalse();

        long epoch = 3L << 32;
        Snapshot around = Snapshot.parse((epoch - 2) + ":" + (epoch + 3) + ":" + (epoch + 1));
        assertThat(around.sees((int) (epoch - 3))).isTrue();
        assertThat(around.sees((int) (epoch - 1))).isTrue();
        assertThat(around.sees((int) (epoch + 1))).isFalse();
        assertThat(around.sees((int) (epoch + 2))).isTrue();
        assertThat(around.sees((int) (epoch + 3))).isFalse();
    }

    @Test
    void past_is_what_nobody_may_still_be_at_work_before() {
        Snapshot snapshot = Snapshot.parse("100:105:100,103");
        assertThat(snapshot.isPast(99)).isTrue();
        assertThat(snapshot.isPast(100)).isFalse();
        assertThat(snapshot.isPast(102)).isFalse();
    }

    @Test
    void it_reads_what_it_prints_and_refuses_everything_else() {
        assertThat(Snapshot.parse("100:105:100,103")).hasToString("100:105:100,103");
        assertThatThrownBy(() -> Snapshot.parse("100:105"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
