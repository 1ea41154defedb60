package dev.lockstep.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.jwk.JWK;
import dev.lockstep.config.Secret;
import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.Failure.Reason;
import dev.lockstep.error.FailureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Says whom a token or an API key speaks for. Any thread that may wait: keys can come from a
/// server.
public final class TokenVerifier {
    /// Longer tokens would not fit into a request's head anyway.
    private static final int MAX_LENGTH = 16_384;

    private static final int MAX_VERIFIED = 10_000;
    private static final Duration SKEW = Duration.ofSeconds(30);
    private static final Instant FOR_EVER = Instant.parse("9999-12-31T23:59:59Z");
    private static final String NOT_VALID = "The token provided is not a valid JWT";
    private static final String BAD_SIGNATURE = "Failed to validate JWT signature";
    private static final String FIELDS = "Fields `role` and `exp` are required in JWT";

    private final AuthConfig config;
    private final KeySource source;
    private final InstantSource clock;
    private final VerifiedTokens verified = new VerifiedTokens(MAX_VERIFIED);
    private final VerifiedTokens verifiedLeniently = new VerifiedTokens(MAX_VERIFIED);

    /// @throws UncheckedIOException when the key file cannot be read
    /// @throws IllegalArgumentException when it holds no keys
    public TokenVerifier(AuthConfig config, InstantSource clock) {
        this.config = config;
        this.clock = clock;
        this.source =
                config.jwks()
                        .map(place -> source(place, clock))
                        .orElseGet(() -> new KeySource.Fixed(new KeyRing(List.of())));
    }

    private static KeySource source(String place, InstantSource clock) {
        if (AuthConfig.isAddress(place)) {
            return new RemoteKeys(URI.create(place), clock);
        }
        try {
            return new KeySource.Fixed(KeyRing.parse(Files.readString(Path.of(place))));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the keys in " + place, e);
        }
    }

    /// @param tokenOrKey a JWT or an `sb_…` key
    /// @throws FailureException with `Unauthenticated` and the protocol's words, or `Unavailable`
    ///   while the key server is away
    public Identity verify(String tokenOrKey) {
        String text = clean(tokenOrKey);
        if (text.startsWith("sb_")) {
            return ofKey(text);
        }
        byte[] digest = verified.digest(text);
        Identity identity =
                verified.find(digest, source)
                        .orElseGet(() -> verified.keep(digest, verifyToken(text, this::identity)));
        return live(identity);
    }

    /// Which claim names the role of a request by HTTP.
    ///
    /// @param path from the claims' root
    /// @param otherwise the role of a token without that claim; nothing refuses such a token
    public record RoleClaim(List<String> path, Optional<String> otherwise) {
        public RoleClaim {
            path = List.copyOf(path);
        }
    }

    /// As the REST protocol reads tokens: neither a role nor an expiry must be there, clocks may
    /// differ by 30 seconds both ways, and refusals have that protocol's words. One instance is to
    /// be asked with one rule.
    ///
    /// @throws FailureException as [#verify(String)]
    public Identity verify(String tokenOrKey, RoleClaim rule) {
        String text = clean(tokenOrKey);
        if (text.startsWith("sb_")) {
            return ofKey(text);
        }
        byte[] digest = verifiedLeniently.digest(text);
        Identity identity =
                verifiedLeniently
                        .find(digest, source)
                        .orElseGet(() ->
                                verifiedLeniently.keep(
                                        digest,
                                        verifyToken(text, claims -> lenient(claims, rule))));
        if (clock.instant().isAfter(identity.expiresAt().plus(SKEW))) {
            throw refused(Reason.EXPIRED, "JWT expired");
        }
        return identity;
    }

    private Identity lenient(Claims claims, RoleClaim rule) {
        Map<String, Object> values = claims.values();
        Instant expiry = FOR_EVER;
        if (values.containsKey("exp")) {
            expiry =
                    seconds(values.get("exp"))
                            .orElseThrow(() -> refused(Reason.CLAIMS, "JWT expired"));
        }
        if (isEarly(values)) {
            throw refused(Reason.CLAIMS, "JWT not yet valid");
        }
        if (values.containsKey("iat")
                && seconds(values.get("iat"))
                        .filter(issued -> !issued.isAfter(clock.instant().plus(SKEW)))
                        .isEmpty()) {
            throw refused(Reason.CLAIMS, "JWT issued at future");
        }
        config.requiredClaims()
                .forEach((name, wanted) -> {
                    if (!holds(values.get(name), wanted)) {
                        throw refused(
                                Reason.CLAIMS,
                                name.equals("aud")
                                        ? "JWT not in audience"
                                        : "JWT claim " + name + " is not accepted");
                    }
                });
        String role =
                role(values, rule.path())
                        .or(rule::otherwise)
                        .orElseThrow(() -> refused(Reason.MISSING, "Anonymous access is disabled"));
        return new Identity(role, values, claims.json(), expiry);
    }

    private static Optional<String> role(Map<String, Object> claims, List<String> path) {
        Object at = claims;
        for (String name : path) {
            at = at instanceof Map<?, ?> inner ? inner.get(name) : null;
        }
        return at instanceof String role && !role.isEmpty() ? Optional.of(role) : Optional.empty();
    }

    private static boolean hasSpace(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ') {
                return true;
            }
        }
        return false;
    }

    private static String clean(String text) {
        if (text.isBlank()) {
            throw refused(Reason.MISSING, "API key is missing");
        }
        if (text.length() > MAX_LENGTH) {
            throw refused(Reason.MALFORMED, NOT_VALID);
        }
        try {
            String decoded = text.indexOf('%') < 0 ? text : URLDecoder.decode(text, UTF_8);
            return hasSpace(decoded) ? decoded.replaceAll("\\s", "") : decoded;
        } catch (IllegalArgumentException _) {
            throw refused(Reason.MALFORMED, NOT_VALID);
        }
    }

    private Identity ofKey(String key) {
        // Both are always compared, so that time does not tell which one is nearer.
        boolean isPublishable = config.publishableKey().filter(k -> same(k, key)).isPresent();
        boolean isSecret =
                config.secretKey().map(Secret::reveal).filter(k -> same(k, key)).isPresent();
        if (isSecret) {
            return ofRole("service_role");
        }
        if (isPublishable) {
            return ofRole("anon");
        }
        throw refused(Reason.MALFORMED, NOT_VALID);
    }

    private static boolean same(String expected, String given) {
        return MessageDigest.isEqual(expected.getBytes(UTF_8), given.getBytes(UTF_8));
    }

    private static Identity ofRole(String role) {
        return new Identity(role, Map.of("role", role), "{\"role\":\"" + role + "\"}", FOR_EVER);
    }

    private VerifiedTokens.Verified verifyToken(String text, Function<Claims, Identity> identity) {
        JWSObject token;
        try {
            token = JWSObject.parse(text);
        } catch (ParseException | IllegalArgumentException _) {
            throw refused(Reason.MALFORMED, NOT_VALID);
        }
        Optional<KeyRing> ring = checkSignature(token);
        try {
            return new VerifiedTokens.Verified(
                    identity.apply(Claims.parse(token.getPayload().toBytes())), ring);
        } catch (JacksonException | IllegalArgumentException _) {
            throw refused(Reason.MALFORMED, NOT_VALID);
        }
    }

    /// Returns the ring that vouched for the token; nothing where it was the shared secret, which
    /// is tried first, so that a key server that is away harms no token of our own.
    private Optional<KeyRing> checkSignature(JWSObject token) {
        JWSHeader header = token.getHeader();
        boolean forSecret =
                config.jwtSecret().isPresent()
                        && header.getAlgorithm().getName().matches("HS(256|384|512)");
        if (forSecret && isSignedBySecret(config.jwtSecret().get(), token)) {
            return Optional.empty();
        }
        if (forSecret && header.getKeyID() == null) {
            throw refused(Reason.SIGNATURE, BAD_SIGNATURE);
        }
        KeyRing ring = source.keys();
        if (ring.fitting(header).isEmpty()) {
            ring = source.newerThan(ring);
        }
        List<JWK> keys = ring.fitting(header);
        if (keys.isEmpty() && !forSecret) {
            throw refused(Reason.NO_KEY, signer(header));
        }
        if (keys.stream().noneMatch(key -> isSignedBy(key, token))) {
            throw refused(Reason.SIGNATURE, BAD_SIGNATURE);
        }
        return Optional.of(ring);
    }

    private static boolean isSignedBy(JWK key, JWSObject token) {
        try {
            return TokenSignature.isBy(key, token);
        } catch (GeneralSecurityException e) {
            throw new FailureException(
                    new Failure.Unauthenticated(Reason.NO_KEY, signer(token.getHeader())), e);
        }
    }

    private static boolean isSignedBySecret(Secret secret, JWSObject token) {
        try {
            return TokenSignature.isHmac(secret.reveal().getBytes(UTF_8), token);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC", e);
        }
    }

    private Identity identity(Claims claims) {
        Map<String, Object> values = claims.values();
        if (!(values.get("role") instanceof String role) || !values.containsKey("exp")) {
            throw refused(Reason.CLAIMS, FIELDS);
        }
        Instant expiry =
                seconds(values.get("exp"))
                        .orElseThrow(
                                () -> refused(Reason.CLAIMS, "Token expiration time is invalid"));
        boolean badIssue = values.containsKey("iat") && seconds(values.get("iat")).isEmpty();
        if (badIssue || isEarly(values)) {
            throw refused(Reason.CLAIMS, NOT_VALID);
        }
        config.requiredClaims()
                .forEach((name, wanted) -> {
                    if (!holds(values.get(name), wanted)) {
                        throw refused(Reason.CLAIMS, NOT_VALID);
                    }
                });
        return new Identity(role, values, claims.json(), expiry);
    }

    private boolean isEarly(Map<String, Object> values) {
        if (!values.containsKey("nbf")) {
            return false;
        }
        Instant latest = clock.instant().plus(SKEW);
        return seconds(values.get("nbf")).filter(start -> !start.isAfter(latest)).isEmpty();
    }

    /// A list, as `aud` may be, holds the value that it contains.
    private static boolean holds(@Nullable Object given, Object wanted) {
        return wanted.equals(given)
                || given instanceof Collection<?> several && several.contains(wanted);
    }

    private static Optional<Instant> seconds(@Nullable Object claim) {
        if (!(claim instanceof Number number)) {
            return Optional.empty();
        }
        BigDecimal exact;
        try {
            exact = new BigDecimal(number.toString());
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
        BigDecimal last = BigDecimal.valueOf(FOR_EVER.getEpochSecond());
        BigDecimal inRange = exact.max(BigDecimal.ZERO).min(last);
        return Optional.of(
                Instant.ofEpochSecond(inRange.setScale(0, RoundingMode.HALF_UP).longValueExact()));
    }

    private Identity live(Identity identity) {
        Instant now = clock.instant();
        if (!now.isBefore(identity.expiresAt())) {
            long ago = Duration.between(identity.expiresAt(), now).toSeconds();
            throw refused(Reason.EXPIRED, "Token has expired " + ago + " seconds ago");
        }
        return identity;
    }

    private static String signer(JWSHeader header) {
        String key =
                header.getKeyID() == null ? "" : " for key ID (kid) \"" + header.getKeyID() + "\"";
        return "Failed to generate JWT signer"
                + key
                + ", check your JWT secret or JWKS configuration";
    }

    private static FailureException refused(Reason reason, String message) {
        return new FailureException(new Failure.Unauthenticated(reason, message));
    }
}
