package dev.lockstep.auth;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A JWKS behind an address. Kept for 10 minutes, then fetched again behind the asker's back; a key
/// that is not in it makes us ask at most once in 30 seconds. While the server is away the last
/// ring serves on; when there never was one, whoever asks is told to come back.
final class RemoteKeys implements KeySource {
    private static final Logger log = LoggerFactory.getLogger(RemoteKeys.class);
    private static final Duration KEEP = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofSeconds(30);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_BYTES = 1 << 20;

    private final URI address;
    private final InstantSource clock;
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    private volatile @Nullable KeyRing ring;
    // Guarded by `this`, which is never held over a request.
    private Instant fetched = Instant.MIN;
    private Instant asked = Instant.MIN;
    private CompletableFuture<@Nullable Void> running = CompletableFuture.completedFuture(null);

    RemoteKeys(URI address, InstantSource clock) {
        this.address = address;
        this.clock = clock;
    }

    @Override
    public KeyRing keys() {
        KeyRing known = ring;
        if (known != null) {
            refresh(KEEP, PAUSE);
            return known;
        }
        await(refresh(Duration.ZERO, FIRST_PAUSE));
        return orUnavailable();
    }

    @Override
    public KeyRing newerThan(KeyRing seen) {
        if (ring == seen) {
            await(refresh(Duration.ZERO, PAUSE));
        }
        return orUnavailable();
    }

    private KeyRing orUnavailable() {
        KeyRing known = ring;
        if (known == null) {
            throw new FailureException(
                    new Failure.Unavailable(
                            "keys",
                            "The keys that tokens are signed with cannot be had now.",
                            FIRST_PAUSE));
        }
        return known;
    }

    /// Starts a request when the ring is older than `age` and the last request was started more
    /// than `pause` ago; otherwise returns the one that is running or was the last.
    private synchronized CompletableFuture<@Nullable Void> refresh(Duration age, Duration pause) {
        Instant now = clock.instant();
        boolean due = !fetched.isAfter(now.minus(age)) && !asked.isAfter(now.minus(pause));
        if (due && running.isDone()) {
            asked = now;
            CompletableFuture<@Nullable Void> mine = new CompletableFuture<>();
            running = mine;
            Thread.ofVirtual().name("jwks").start(() -> fetch(mine));
        }
        return running;
    }

    private void fetch(CompletableFuture<@Nullable Void> done) {
        try {
            HttpResponse<byte[]> answer =
                    client.send(
                            HttpRequest.newBuilder(address).timeout(TIMEOUT).build(),
                            HttpResponse.BodyHandlers.limiting(
                                    HttpResponse.BodyHandlers.ofByteArray(), MAX_BYTES));
            if (answer.statusCode() != 200) {
                throw new IOException("status " + answer.statusCode());
            }
            KeyRing fresh = KeyRing.parse(new String(answer.body(), StandardCharsets.UTF_8));
            synchronized (this) {
                fetched = clock.instant();
            }
            // An equal ring stays the same object, so that verified tokens stay cached.
            if (!fresh.equals(ring)) {
                ring = fresh;
            }
        } catch (IOException | IllegalArgumentException e) {
            log.atWarn()
                    .addKeyValue("address", address)
                    .addKeyValue("problem", e.toString())
                    .log("keys not refreshed");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            done.complete(null);
        }
    }

    private static void await(CompletableFuture<@Nullable Void> request) {
        try {
            request.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            return; // the ring that there is decides
        } catch (ExecutionException e) {
            throw new IllegalStateException("a fetch never fails its future", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
