package dev.lockstep.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// How long requests take. A meter is looked up once for each route, method and status.
public final class HttpMeters {
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS");

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30)
    };

    private record Kind(String route, String method, int status) {}

    private final MeterRegistry registry;
    private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

    HttpMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /// @param route its template, never what stood in its place
    /// @param nanos that it took
    public void answered(String route, String method, int status, long nanos) {
        Kind kind = new Kind(route, METHODS.contains(method) ? method : "other", status);
        timers.computeIfAbsent(kind, this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Kind kind) {
        return Timer.builder(Metric.HTTP_REQUESTS.shown())
                .description(Metric.HTTP_REQUESTS.help())
                .tags(
                        Telemetry.tags(
                                Metric.HTTP_REQUESTS,
                                kind.route(),
                                kind.method(),
                                Integer.toString(kind.status())))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
