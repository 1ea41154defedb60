package dev.lockstep.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.config.ConfigurationException;
import dev.lockstep.config.Settings;
import dev.lockstep.telemetry.MetricsConfig;
import dev.lockstep.telemetry.Telemetry;
import java.time.Duration;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class MetricsRoutesTest {
    private static final String TOKEN = "a-token-for-the-scraper";

    private static RunningServer serving(Map<String, String> settings, Telemetry telemetry) {
        MetricsConfig config = MetricsConfig.of(Settings.of(settings));
        return new RunningServer(
                Map.of(),
                (routes, tokens) -> {
                    MetricsRoutes.addTo(routes, config, tokens, telemetry);
                    routes.add("GET", "/things/:id", _ -> Response.empty(204))
                            .measuredBy(telemetry.http());
                });
    }

    private static int status(RunningServer server, String token) throws Exception {
        return server.send(server.request("/metrics").header("Authorization", "Bearer " + token))
                .statusCode();
    }

    @Test
    void metrics_are_for_the_service_role_and_for_who_has_the_token() throws Exception {
        try (Telemetry telemetry = new Telemetry("1", "x");
                RunningServer server = serving(Map.of("metrics.token", TOKEN), telemetry)) {
            assertThat(server.get("/metrics").statusCode()).isEqualTo(401);
            assertThat(status(server, server.anonKey())).isEqualTo(403);
            assertThat(status(server, TOKEN + "x")).isEqualTo(401);
            assertThat(status(server, TOKEN)).isEqualTo(200);
            assertThat(status(server, server.token("service_role", Duration.ofHours(1))))
                    .isEqualTo(200);
        }
    }

    @Test
    void without_a_token_of_its_own_no_other_word_opens() throws Exception {
        try (Telemetry telemetry = new Telemetry("1", "x");
                RunningServer server = serving(Map.of(), telemetry)) {
            assertThat(status(server, "")).isEqualTo(401);
            assertThat(status(server, TOKEN)).isEqualTo(401);
        }
    }

    @Test
    void requests_are_measured_by_the_template_of_their_route() throws Exception {
        try (Telemetry telemetry = new Telemetry("1", "x");
                RunningServer server = serving(Map.of("metrics.public", "true"), telemetry)) {
            server.get("/things/17");
            server.get("/things/18");
            server.get("/nothing");
            assertThat(server.get("/metrics").body())
                    .contains(
                            "lockstep_http_request_duration_seconds_count{method=\"GET\",route=\"/things/:id\",status=\"204\"} 2",
                            "lockstep_http_request_duration_seconds_count{method=\"GET\",route=\"pages\",status=\"404\"} 1")
                    .doesNotContain("/things/1", "/nothing");
        }
    }

    @Test
    void a_token_that_can_be_guessed_is_refused() {
        Settings settings = Settings.of(Map.of("metrics.token", "short"));
        MetricsConfig.of(settings);
        Assertions.assertThatThrownBy(settings::check)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("metrics.token");
    }
}
