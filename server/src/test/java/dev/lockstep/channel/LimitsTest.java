package dev.lockstep.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.config.Settings;
import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private static final String HERE = "10.0.0.1";

    private final AtomicLong clock = new AtomicLong(-5_000_000_000L);
    private final Identity ann = named("ann");
    private final Identity ben = named("ben");
    private final Identity anybody = new Identity("anon", Map.of(), "{}", Instant.MAX);

    private static Identity named(String subject) {
        return new Identity("authenticated", Map.of("sub", subject), "{}", Instant.MAX);
    }

    private Limits limits(String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("limits.burst", "2s"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put("limits." + settings[i], settings[i + 1]);
        }
        return new Limits(LimitsConfig.of(Settings.of(all)), clock::get);
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private static int allowed(Limits limits, Identity who) {
        int count = 0;
        while (limits.message(who, HERE).isEmpty()) {
            count++;
        }
        return count;
    }

    @Test
    void a_user_may_send_a_burst_and_then_its_rate() {
        Limits limits = limits("messages-per-user", "5");
        assertThat(allowed(limits, ann)).isEqualTo(10);
        pass(Duration.ofSeconds(1));
        assertThat(allowed(limits, ann)).isEqualTo(5);
        pass(Duration.ofHours(1));
        assertThat(allowed(limits, ann)).isEqualTo(10);
    }

    @Test
    void a_refusal_names_the_limit_its_value_and_when_to_come_back() {
        Limits limits = limits("messages-per-user", "5");
        allowed(limits, ann);
        Optional<Failure.TooMany> refusal = limits.message(ann, HERE);
        assertThat(refusal)
                .contains(
                        new Failure.TooMany(
                                "messages-per-user",
                                5,
                                "Too many messages per second",
                                Duration.ofMillis(200)));
        pass(Duration.ofMillis(200));
        assertThat(limits.message(ann, HERE)).isEmpty();
    }

    @Test
    void one_users_zeal_does_not_reach_another_before_the_server_s_own_limit() {
        Limits limits = limits("messages-per-user", "5", "messages", "8");
        assertThat(allowed(limits, ann)).isEqualTo(10);
        assertThat(allowed(limits, ben)).isEqualTo(6);
        assertThat(limits.message(named("cleo"), HERE).map(Failure.TooMany::limit))
                .contains("messages");
    }

    @Test
    void what_the_server_refuses_is_not_charged_to_the_user() {
        Limits limits = limits("messages-per-user", "5", "messages", "1");
        assertThat(allowed(limits, ann)).isEqualTo(2);
        assertThat(limits.messagesUsed(ann, HERE).left()).isZero();
        pass(Duration.ofSeconds(2));
        assertThat(allowed(limits, ben)).isEqualTo(2);
        pass(Duration.ofSeconds(2));
        assertThat(limits.message(ann, HERE)).isEmpty();
    }

    @Test
    void an_address_may_be_many_people() {
        Limits limits = limits("messages-per-user", "5", "users-per-address", "3");
        assertThat(allowed(limits, anybody)).isEqualTo(30);
        assertThat(limits.message(anybody, "10.0.0.2")).isEmpty();
    }

    @Test
    void zero_is_no_limit() {
        Limits limits = limits("messages-per-user", "0", "messages", "0");
        for (int i = 0; i < 100_000; i++) {
            assertThat(limits.message(ann, HERE)).isEmpty();
        }
        assertThat(limits.messagesUsed(ann, HERE).limit()).isZero();
    }

    @Test
    void a_batch_counts_whole_or_not_at_all() {
        Limits limits = limits("messages-per-user", "5");
        limits.messages(ann, HERE, 7);
        assertThatThrownBy(() -> limits.messages(ann, HERE, 4))
                .isInstanceOf(FailureException.class)
                .hasMessage("Too many messages per second");
        limits.messages(ann, HERE, 3);
        assertThatThrownBy(() -> limits.messages(ben, HERE, 11))
                .hasMessage("Too many messages to broadcast, please reduce the batch size");
    }

    @Test
    void presence_is_counted_for_each_channel_and_for_each_user() {
        Limits limits = limits("presence-calls", "3", "presence-per-user", "2");
        Meter one = new Meter();
        for (int i = 0; i < 3; i++) {
            assertThat(limits.presence(ann, HERE, one)).isEmpty();
        }
        assertThat(limits.presence(ann, HERE, one).map(Failure.TooMany::message))
                .contains("Client presence rate limit exceeded");
        Meter other = new Meter();
        assertThat(limits.presence(ann, HERE, other)).isEmpty();
        assertThat(limits.presence(ann, HERE, other).map(Failure.TooMany::message))
                .contains("Too many presence messages per second");
    }

    @Test
    void connections_and_feeds_count_as_long_as_they_are_there() {
        Limits limits = limits("connections-per-user", "2", "feeds-per-user", "10");
        Account account = limits.connected(ann, HERE);
        limits.connected(ann, HERE);
        assertThatThrownBy(() -> limits.checkConnect(ann, HERE))
                .hasMessage("Too many connected users");
        limits.checkConnect(ben, HERE);
        limits.disconnected(account);
        limits.checkConnect(ann, HERE);

        Account held = limits.holdFeeds(ann, HERE, 9);
        assertThatThrownBy(() -> limits.holdFeeds(ann, HERE, 2)).hasMessageContaining("10");
        limits.dropFeeds(held, 9);
        limits.holdFeeds(ann, HERE, 10);
    }

    @Test
    void who_joined_too_often_is_met_by_the_handshake() {
        Limits limits = limits("joins-per-user", "1");
        assertThat(limits.join(ann, HERE)).isEmpty();
        assertThat(limits.join(ann, HERE)).isEmpty();
        assertThat(limits.join(ann, HERE)).isPresent();
        assertThatThrownBy(() -> limits.checkConnect(ann, HERE))
                .hasMessage("Too many joins per second");
        limits.checkConnect(ben, HERE);
    }

    @Test
    void accounts_are_swept_once_nothing_is_left_to_count_and_never_exceed_their_number() {
        Limits limits = limits("accounts", "50", "messages-per-user", "5");
        Account kept = limits.connected(ann, HERE);
        for (int i = 0; i < 1_000; i++) {
            limits.message(named("user " + i), HERE);
        }
        assertThat(limits.count()).isEqualTo(50);
        pass(Duration.ofSeconds(10));
        limits.sweep();
        assertThat(limits.count()).isEqualTo(1);
        limits.disconnected(kept);
        limits.sweep();
        assertThat(limits.count()).isZero();
    }
}
