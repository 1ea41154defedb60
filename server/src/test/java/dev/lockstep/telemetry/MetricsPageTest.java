package dev.lockstep.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsPageTest {
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    @Test
    void every_metric_is_in_the_manual_with_its_labels_and_the_manual_names_no_other()
            throws IOException {
        Map<String, List<String>> ours = new TreeMap<>();
        Arrays.stream(Metric.values()).forEach(metric -> ours.put(metric.shown(), metric.labels()));
        Map<String, List<String>> documented = new TreeMap<>();
        Files.readString(Path.of("..", "docs", "metrics.md"))
                .lines()
                .filter(line -> line.startsWith("| `lockstep_"))
                .map(line -> line.split("\\|"))
                .forEach(cells -> documented.put(quoted(cells[1]).getFirst(), quoted(cells[2])));
        assertThat(documented).isEqualTo(ours);
    }

    private static List<String> quoted(String cell) {
        return QUOTED.matcher(cell).results().map((MatchResult found) -> found.group(1)).toList();
    }

    @Test
    void what_is_scraped_has_the_names_of_the_list() {
        try (Telemetry telemetry = new Telemetry("1.2.3", "abc")) {
            CacheMeters cache = telemetry.cache();
            cache.hit();
            cache.hit();
            cache.bypassed("moment");
            cache.holds(() -> 7, () -> 3);
            telemetry.http().answered("/rest/v1", "GET", 200, 3_000_000);
            telemetry.http().answered("/rest/v1", "BREW", 405, 3_000_000);
            telemetry.counter(Metric.REPLICATION_RESTARTS, () -> 2);
            telemetry.gauge(Metric.CONNECTIONS, () -> 5, "websocket");
            assertThat(telemetry.scrape())
                    .contains(
                            "lockstep_build_info{commit=\"abc\",version=\"1.2.3\"} 1",
                            "lockstep_cache_requests_total{outcome=\"hit\",reason=\"none\"} 2",
                            "lockstep_cache_requests_total{outcome=\"bypass\",reason=\"moment\"} 1",
                            "lockstep_cache_bytes 7",
                            "lockstep_cache_entries 3",
                            "lockstep_http_request_duration_seconds_bucket{method=\"GET\",route=\"/rest/v1\",status=\"200\",le=\"0.005\"} 1",
                            "lockstep_http_request_duration_seconds_count{method=\"other\",route=\"/rest/v1\",status=\"405\"} 1",
                            "lockstep_replication_restarts_total 2",
                            "lockstep_connections{transport=\"websocket\"} 5",
                            "jvm_memory_used_bytes",
                            "process_cpu_usage");
        }
    }
}
