package dev.lockstep.telemetry;

import java.util.List;

/// Every metric of ours, by the name that a scrape shows. `docs/metrics.md` is compared with this.
public enum Metric {
    BUILD_INFO("lockstep_build_info", "Which build runs; always 1.", "version", "commit"),
    CACHE_REQUESTS(
            "lockstep_cache_requests_total",
            "Reads of the data API by how they were answered.",
            "outcome",
            "reason"),
    CACHE_BYTES("lockstep_cache_bytes", "Bytes of the answers that are kept."),
    CACHE_ENTRIES("lockstep_cache_entries", "Answers that are kept."),
    HTTP_REQUESTS(
            "lockstep_http_request_duration_seconds",
            "From a request that was received whole to its answer.",
            "route",
            "method",
            "status"),
    CONNECTIONS("lockstep_connections", "Open connections.", "transport"),
    REPLICATION_UP("lockstep_replication_up", "Whether the log is being read."),
    REPLICATION_LAG(
            "lockstep_replication_lag_bytes",
            "Log that PostgreSQL has written and we have not read."),
    REPLICATION_RESTARTS(
            "lockstep_replication_restarts_total", "How often the stream was opened again."),
    FEED_TRANSACTIONS("lockstep_feed_transactions", "Transactions in the window."),
    FEED_BYTES("lockstep_feed_bytes", "Bytes of the window.", "place"),
    FEED_OLDEST_AGE("lockstep_feed_oldest_age_seconds", "Age of the window's oldest transaction.");

    private final String shown;
    private final String help;
    private final List<String> labels;

    Metric(String shown, String help, String... labels) {
        this.shown = shown;
        this.help = help;
        this.labels = List.of(labels);
    }

    /// As a scrape shows it, without what a histogram adds.
    public String shown() {
        return shown;
    }

    public String help() {
        return help;
    }

    public List<String> labels() {
        return labels;
    }
}
