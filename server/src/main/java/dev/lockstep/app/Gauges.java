package dev.lockstep.app;

import dev.lockstep.feed.FeedStatus;
import dev.lockstep.http.HttpServer;
import dev.lockstep.replication.SlotStatus;
import dev.lockstep.telemetry.Metric;
import dev.lockstep.telemetry.Telemetry;
import java.util.function.Supplier;

/// What is read of the server's parts at each scrape.
final class Gauges {
    private Gauges() {}

    static void add(
            Telemetry telemetry,
            Supplier<SlotStatus> slot,
            Supplier<FeedStatus> feed,
            Supplier<HttpServer.Status> http) {
        telemetry.gauge(
                Metric.REPLICATION_UP,
                () -> slot.get().state() == SlotStatus.State.STREAMING ? 1 : 0);
        telemetry.gauge(Metric.REPLICATION_LAG, () -> slot.get().lagBytes());
        telemetry.counter(Metric.REPLICATION_RESTARTS, () -> slot.get().restarts());
        telemetry.gauge(Metric.FEED_TRANSACTIONS, () -> feed.get().transactions());
        telemetry.gauge(Metric.FEED_BYTES, () -> feed.get().heapBytes(), "heap");
        telemetry.gauge(Metric.FEED_BYTES, () -> feed.get().diskBytes(), "disk");
        telemetry.gauge(Metric.FEED_OLDEST_AGE, () -> feed.get().oldestAge().toMillis() / 1000.0);
        telemetry.gauge(Metric.CONNECTIONS, () -> http.get().webSockets(), "websocket");
        telemetry.gauge(
                Metric.CONNECTIONS,
                () -> http.get().connections() - http.get().webSockets(),
                "http");
    }
}
