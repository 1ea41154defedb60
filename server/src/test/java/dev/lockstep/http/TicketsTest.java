package dev.lockstep.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Identity;
import dev.lockstep.error.FailureException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TicketsTest {
    private static final Identity ADA =
            new Identity("authenticated", Map.of(), "{}", Instant.parse("2026-01-02T00:00:00Z"));
    private Instant now = Instant.parse("2026-01-01T12:00:00Z");

    private Tickets tickets(int max) {
        return new Tickets(max, new SecureRandom(), () -> now);
    }

    @Test
    void a_ticket_counts_once() {
        Tickets tickets = tickets(10);
        String ticket = tickets.issue(ADA, "ada");

        assertThat(tickets.look(ticket)).contains(ADA);
        assertThat(tickets.redeem(ticket)).contains(ADA);
        assertThat(tickets.redeem(ticket)).isEmpty();
        assertThat(tickets.look(ticket)).isEmpty();
        assertThat(tickets.redeem("é, which none is")).isEmpty();
    }

    @Test
    void a_ticket_counts_for_a_minute() {
        Tickets tickets = tickets(10);
        String ticket = tickets.issue(ADA, "ada");
        now = now.plus(Duration.ofSeconds(59));
        assertThat(tickets.look(ticket)).contains(ADA);
        now = now.plus(Duration.ofSeconds(1));
        assertThat(tickets.redeem(ticket)).isEmpty();
    }

    @Test
    void no_two_are_alike() {
        Tickets tickets = tickets(100);
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            assertThat(all.add(tickets.issue(ADA, "ada"))).isTrue();
        }
    }

    @Test
    void what_waits_is_bounded_for_all_and_for_each_and_old_ones_make_room() {
        Tickets tickets = tickets(150);
        for (int i = 0; i < 100; i++) {
            tickets.issue(ADA, "ada");
        }
        assertThatThrownBy(() -> tickets.issue(ADA, "ada")).isInstanceOf(FailureException.class);
        for (int i = 0; i < 50; i++) {
            tickets.issue(ADA, "other " + i);
        }
        assertThatThrownBy(() -> tickets.issue(ADA, "late")).isInstanceOf(FailureException.class);

        now = now.plus(Tickets.LIFE);
        assertThat(tickets.issue(ADA, "ada")).isNotEmpty();
    }
}
