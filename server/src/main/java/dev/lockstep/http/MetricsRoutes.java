package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.config.Secret;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.telemetry.MetricsConfig;
import dev.lockstep.telemetry.Telemetry;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;

/// `/metrics`, as Prometheus reads it, for those who may.
public final class MetricsRoutes {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPERATOR = "service_role";

    private final MetricsConfig config;
    private final TokenVerifier verifier;
    private final Telemetry telemetry;

    private MetricsRoutes(MetricsConfig config, TokenVerifier verifier, Telemetry telemetry) {
        this.config = config;
        this.verifier = verifier;
        this.telemetry = telemetry;
    }

    public static void addTo(
            Routes routes, MetricsConfig config, TokenVerifier verifier, Telemetry telemetry) {
        MetricsRoutes metrics = new MetricsRoutes(config, verifier, telemetry);
        routes.add("GET", "/metrics", metrics::answer);
    }

    private Response answer(Request request) {
        admit(request);
        return new Response(
                200,
                Map.of("content-type", TEXT, "cache-control", "no-store"),
                telemetry.scrape().getBytes(UTF_8));
    }

    private void admit(Request request) {
        if (config.everyone()) {
            return;
        }
        Optional<String> token = request.token();
        if (config.token().isPresent()
                && token.isPresent()
                && isEqual(config.token().get(), token.get())) {
            return;
        }
        String role = verifier.verify(token.orElseThrow(MetricsRoutes::missing)).role();
        if (!role.equals(OPERATOR)) {
            throw new FailureException(
                    new Failure.Forbidden(
                            "read", "metrics as role " + role + ": " + OPERATOR + " may"));
        }
    }

    private static FailureException missing() {
        return new FailureException(
                new Failure.Unauthenticated(
                        Failure.Reason.MISSING,
                        "Metrics need the metrics.token, or a token of " + OPERATOR));
    }

    /// In a time that tells nothing of where they differ.
    private static boolean isEqual(Secret secret, String given) {
        return MessageDigest.isEqual(secret.reveal().getBytes(UTF_8), given.getBytes(UTF_8));
    }
}
