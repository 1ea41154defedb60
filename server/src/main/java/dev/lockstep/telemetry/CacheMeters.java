package dev.lockstep.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// What the read cache counts.
public final class CacheMeters {
    private static final String NO_REASON = "none";

    private final Telemetry telemetry;
    private final MeterRegistry registry;
    private final Counter hits;
    private final Counter misses;
    private final Map<String, Counter> bypasses = new ConcurrentHashMap<>();

    CacheMeters(Telemetry telemetry, MeterRegistry registry) {
        this.telemetry = telemetry;
        this.registry = registry;
        this.hits = counter("hit", NO_REASON);
        this.misses = counter("miss", NO_REASON);
    }

    private Counter counter(String outcome, String reason) {
        return Counter.builder(Metric.CACHE_REQUESTS.shown())
                .description(Metric.CACHE_REQUESTS.help())
                .tags(Telemetry.tags(Metric.CACHE_REQUESTS, outcome, reason))
                .register(registry);
    }

    public void hit() {
        hits.increment();
    }

    public void missed() {
        misses.increment();
    }

    /// @param reason one of a closed set
    public void bypassed(String reason) {
        bypasses.computeIfAbsent(reason, word -> counter("bypass", word)).increment();
    }

    /// What it holds, read at every scrape.
    public void holds(LongSupplier bytes, LongSupplier entries) {
        telemetry.gauge(Metric.CACHE_BYTES, bytes::getAsLong);
        telemetry.gauge(Metric.CACHE_ENTRIES, entries::getAsLong);
    }
}
