package dev.lockstep.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.config.ConfigurationException;
import dev.lockstep.config.Settings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FeedConfigTest {
    @Test
    void the_defaults_are_those_of_the_design() {
        Settings settings = Settings.of(Map.of());

        FeedConfig config = FeedConfig.of(settings);

        settings.check();
        assertThat(config.retention()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.maxWal()).isEqualTo(1L << 30);
        assertThat(config.maxBytes()).isEqualTo(256L << 20);
        assertThat(config.maxHeap()).isEqualTo(64L << 20);
        assertThat(config.maxTransactionHeap()).isEqualTo(8L << 20);
    }

    @Test
    void bounds_that_contradict_each_other_are_reported_together() {
        Settings settings =
                Settings.of(
                        Map.of(
                                "feed.max-bytes", "32MiB",
                                "feed.max-heap", "48MiB",
                                "feed.max-transaction-heap", "50MiB"));
        FeedConfig.of(settings);

        assertThatThrownBy(settings::check)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("feed.max-bytes")
                .hasMessageContaining("feed.max-transaction-heap");
    }
}
