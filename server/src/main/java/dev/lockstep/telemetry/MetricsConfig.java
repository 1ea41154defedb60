package dev.lockstep.telemetry;

import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import java.util.Optional;

/// Who may read `/metrics`, besides callers whose token says `service_role`.
///
/// @param everyone whether anybody may
/// @param token a bearer token for a scraper
public record MetricsConfig(boolean everyone, Optional<Secret> token) {
    private static final int SHORTEST = 16;

    public static MetricsConfig of(Settings settings) {
        Optional<Secret> token = settings.secret("metrics.token");
        if (token.filter(secret -> secret.reveal().length() < SHORTEST).isPresent()) {
            settings.problem(
                    "metrics.token", "is too short: give at least " + SHORTEST + " characters");
        }
        return new MetricsConfig(settings.flag("metrics.public", false), token);
    }
}
