package dev.lockstep.auth;

import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// What tokens and keys this server accepts.
///
/// @param jwtSecret for HS256, HS384 and HS512, and for the tokens that we mint
/// @param jwks an `http(s)` address or a file, JWKS or PEM
/// @param publishableKey an `sb_publishable_…` key that speaks for role `anon`
/// @param secretKey an `sb_secret_…` key that speaks for role `service_role`
/// @param requiredClaims claims that every token must have with just these values
public record AuthConfig(
        Optional<Secret> jwtSecret,
        Optional<String> jwks,
        Optional<String> publishableKey,
        Optional<Secret> secretKey,
        Map<String, Object> requiredClaims) {
    /// RFC 7518 §3.2: a key of at least the hash's size.
    private static final int MIN_SECRET_BYTES = 32;

    public AuthConfig {
        requiredClaims = Map.copyOf(requiredClaims);
    }

    /// Only a secret: what most servers have.
    public static AuthConfig of(Secret jwtSecret) {
        return new AuthConfig(
                Optional.of(jwtSecret),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of());
    }

    public static AuthConfig of(Settings settings) {
        AuthConfig config =
                new AuthConfig(
                        settings.secret("auth.jwt-secret"),
                        settings.text("auth.jwks"),
                        settings.text("auth.publishable-key"),
                        settings.secret("auth.secret-key"),
                        claims(settings));
        if (config.jwtSecret.isEmpty() && config.jwks.isEmpty()) {
            settings.problem(
                    "auth.jwt-secret",
                    "and auth.jwks are both missing: give the secret, or the keys, that tokens are"
                            + " signed with");
        }
        if (config.jwtSecret.filter(AuthConfig::isShort).isPresent()) {
            settings.problem(
                    "auth.jwt-secret",
                    "is too short: give at least " + MIN_SECRET_BYTES + " bytes");
        }
        config.jwks
                .filter(place -> !isAddress(place) && !Files.isReadable(Path.of(place)))
                .ifPresent(place ->
                        settings.problem(
                                "auth.jwks",
                                "is \""
                                        + place
                                        + "\": give an http(s) address, or a JWKS or PEM"
                                        + " file that can be read"));
        return config;
    }

    static boolean isAddress(String place) {
        return place.startsWith("https://") || place.startsWith("http://");
    }

    private static boolean isShort(Secret secret) {
        return secret.reveal().getBytes(StandardCharsets.UTF_8).length < MIN_SECRET_BYTES;
    }

    private static Map<String, Object> claims(Settings settings) {
        Optional<String> text = settings.text("auth.jwt-claims");
        if (text.isEmpty()) {
            return Map.of();
        }
        try {
            return Claims.parse(text.get().getBytes(StandardCharsets.UTF_8)).values();
        } catch (JacksonException | IllegalArgumentException _) {
            settings.problem(
                    "auth.jwt-claims",
                    "is no JSON object: give one such as {\"iss\":\"https://example.org\"}");
            return Map.of();
        }
    }
}
