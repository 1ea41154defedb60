package dev.lockstep.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

/// The registry of one server. Labels are written in the order of [Metric#labels]; their values are
/// of closed sets, never users, topics or ids.
public final class Telemetry implements AutoCloseable {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /// @param version of this build
    /// @param commit of this build
    public Telemetry(String version, String commit) {
        // Micrometer takes the "_info" away, which Prometheus keeps for metrics of this kind.
        Info.builder()
                .name(Metric.BUILD_INFO.shown())
                .help(Metric.BUILD_INFO.help())
                .labelNames(Metric.BUILD_INFO.labels().toArray(String[]::new))
                .register(registry.getPrometheusRegistry())
                .addLabelValues(version, commit);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    public CacheMeters cache() {
        return new CacheMeters(this, registry);
    }

    public HttpMeters http() {
        return new HttpMeters(registry);
    }

    /// Read at every scrape; must not wait.
    public void gauge(Metric metric, DoubleSupplier value, String... labels) {
        Gauge.builder(metric.shown(), value::getAsDouble)
                .description(metric.help())
                .tags(tags(metric, labels))
                .strongReference(true)
                .register(registry);
    }

    /// The same of what only rises.
    public void counter(Metric metric, DoubleSupplier value, String... labels) {
        FunctionCounter.builder(metric.shown(), value, DoubleSupplier::getAsDouble)
                .description(metric.help())
                .tags(tags(metric, labels))
                .register(registry);
        sources.add(value);
    }

    /// The registry holds what it reads weakly.
    private final List<DoubleSupplier> sources = new ArrayList<>();

    static Tags tags(Metric metric, String... values) {
        List<String> names = metric.labels();
        if (names.size() != values.length) {
            throw new IllegalArgumentException(metric + " has the labels " + names);
        }
        Tags tags = Tags.empty();
        for (int i = 0; i < values.length; i++) {
            tags = tags.and(names.get(i), values[i]);
        }
        return tags;
    }

    /// All of it, as Prometheus reads it.
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
