package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Tickets for clients that can send no headers: each stands for one identity, once, for a minute.
/// Only their digests are kept, in the order in which they end. Any thread.
final class Tickets {
    static final Duration LIFE = Duration.ofSeconds(60);

    /// 256 bits: never guessed.
    private static final int BYTES = 32;

    /// What one caller may hold, so that nobody uses up everybody's.
    private static final int EACH = 100;

    private record Kept(Identity identity, String holder, Instant until) {}

    private final int max;
    private final SecureRandom random;
    private final InstantSource clock;
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private final Map<String, Integer> held = new HashMap<>();

    Tickets(int max, SecureRandom random, InstantSource clock) {
        this.max = max;
        this.random = random;
        this.clock = clock;
    }

    /// @param holder who asks: a person, or an address where nobody is named
    /// @throws FailureException `TooMany` when too many wait to be used
    String issue(Identity identity, String holder) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String ticket = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Instant now = clock.instant();
        synchronized (this) {
            sweep(now);
            if (kept.size() >= max || held.getOrDefault(holder, 0) >= EACH) {
                throw new FailureException(
                        new Failure.TooMany(
                                "tickets", "Too many tickets wait to be used.", LIFE.dividedBy(6)));
            }
            kept.put(digest(ticket), new Kept(identity, holder, now.plus(LIFE)));
            held.merge(holder, 1, Integer::sum);
        }
        return ticket;
    }

    /// Whom the ticket stands for; it is used up.
    synchronized Optional<Identity> redeem(String ticket) {
        sweep(clock.instant());
        Kept found = kept.remove(digest(ticket));
        if (found == null) {
            return Optional.empty();
        }
        letGo(found);
        return Optional.of(found.identity());
    }

    /// Whom it would stand for; it can still be used.
    synchronized Optional<Identity> look(String ticket) {
        sweep(clock.instant());
        return Optional.ofNullable(kept.get(digest(ticket))).map(Kept::identity);
    }

    private void sweep(Instant now) {
        Iterator<Kept> oldest = kept.values().iterator();
        while (oldest.hasNext()) {
            Kept ticket = oldest.next();
            if (ticket.until().isAfter(now)) {
                return;
            }
            oldest.remove();
            letGo(ticket);
        }
    }

    private void letGo(Kept ticket) {
        held.computeIfPresent(ticket.holder(), (_, count) -> count == 1 ? null : count - 1);
    }

    private static String digest(String ticket) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256").digest(ticket.getBytes(US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
