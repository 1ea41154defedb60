package dev.lockstep.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Lsn;
import org.junit.jupiter.api.Test;

class HandoverTest {
    private static final Lsn AT = new Lsn(1_000);

    @Test
    void what_ended_before_xmin_was_seen() {
        assertThat(Handover.parse("100:105:102", AT).saw(99)).isTrue();
    }

    @Test
    void what_was_running_was_not_seen() {
        assertThat(Handover.parse("100:105:100,102", AT).saw(102)).isFalse();
    }

    @Test
    void what_was_not_running_between_the_two_was_seen() {
        assertThat(Handover.parse("100:105:100,102", AT).saw(101)).isTrue();
    }

    @Test
    void xmax_itself_was_not_seen_though_it_is_not_listed() {
        assertThat(Handover.parse("100:105:", AT).saw(105)).isFalse();
    }

    @Test
    void transaction_ids_are_compared_around_their_32_bits() {
        long epoch = 3L << 32;
        Handover handover = Handover.parse((epoch - 2) + ":" + (epoch + 3) + ":" + (epoch + 1), AT);

        assertThat(handover.saw((int) (epoch - 3))).isTrue();
        assertThat(handover.saw((int) (epoch - 1))).isTrue();
        assertThat(handover.saw((int) (epoch + 1))).isFalse();
        assertThat(handover.saw((int) (epoch + 2))).isTrue();
        assertThat(handover.saw((int) (epoch + 3))).isFalse();
    }
}
