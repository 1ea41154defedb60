package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/// What all streams and polls of one server share: their bound, and its answer. Any thread.
final class FeedStreams {
    static final Response HEAD =
            new Response(
                    200,
                    Map.of(
                            "content-type", "text/event-stream; charset=utf-8",
                            "cache-control", "no-cache, no-transform",
                            "x-accel-buffering", "no"),
                    new byte[0]);

    private static final int RETRY_LEAST = 500;
    private static final int RETRY_MOST = 4_000;

    private final HttpConfig.Feeds config;
    private final Duration idle;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final AtomicInteger open = new AtomicInteger();

    FeedStreams(
            HttpConfig.Feeds config, Duration idle, InstantSource clock, RandomGenerator random) {
        this.config = config;
        this.idle = idle;
        this.clock = clock;
        this.random = random;
    }

    /// Whether there was room for one more; who entered has to [#leave].
    boolean enter() {
        if (open.incrementAndGet() <= config.maxStreams()) {
            return true;
        }
        open.decrementAndGet();
        return false;
    }

    void leave() {
        open.decrementAndGet();
    }

    int open() {
        return open.get();
    }

    Response full(String requestId) {
        return FailureAnswer.of(
                new Failure.TooMany(
                        "streams",
                        config.maxStreams(),
                        "This server carries no more than " + config.maxStreams() + " streams.",
                        Duration.ofSeconds(10)),
                requestId);
    }

    /// When to come back after the stream has ended: another time for everybody.
    byte[] retry() {
        return ("retry: " + random.nextInt(RETRY_LEAST, RETRY_MOST) + "\n\n").getBytes(UTF_8);
    }

    boolean hasExpired(Identity identity) {
        // What is timed to a moment may be done a little before it.
        return !clock.instant().plusSeconds(1).isBefore(identity.expiresAt());
    }

    Duration heartbeat() {
        return config.heartbeat();
    }

    Duration idle() {
        return idle;
    }

    long pollBytes() {
        return config.pollBytes();
    }
}
