package dev.lockstep.data;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Who asks. An invalid token is always refused, never taken for nobody's.
final class Callers {
    private static final Instant FOR_EVER = Instant.parse("9999-12-31T23:59:59Z");

    private final TokenVerifier tokens;
    private final TokenVerifier.RoleClaim rule;
    private final Optional<Identity> anonymous;
    private final Supplier<Set<String>> roles;

    /// @param roles that a token may name; a superuser is never among them
    Callers(TokenVerifier tokens, RestConfig config, Supplier<Set<String>> roles) {
        this.tokens = tokens;
        this.rule = new TokenVerifier.RoleClaim(config.roleClaim(), config.anonRole());
        this.anonymous = config.anonRole().map(Callers::anonymous);
        this.roles = roles;
    }

    Identity identify(RestRequest request) {
        Optional<String> token = request.token();
        Identity identity = token.isPresent() ? of(token.get()) : nobody();
        if (!roles.get().contains(identity.role())) {
            throw RestError.of(401, "22023", "role \"" + identity.role() + "\" does not exist")
                    .with("www-authenticate", "Bearer")
                    .thrown();
        }
        return identity;
    }

    private Identity nobody() {
        return anonymous.orElseThrow(() ->
                RestError.of(401, "PGRST302", "Anonymous access is disabled")
                        .with("www-authenticate", "Bearer")
                        .thrown());
    }

    private static Identity anonymous(String role) {
        return new Identity(
                role, Map.of("role", role), "{\"role\":" + RestError.quote(role) + "}", FOR_EVER);
    }

    private Identity of(String token) {
        if (token.isBlank()) {
            throw invalid("PGRST301", "Empty JWT is sent in Authorization header").thrown();
        }
        try {
            return tokens.verify(token, rule);
        } catch (FailureException e) {
            throw refused(token, e.failure()).thrown();
        }
    }

    private static RestError refused(String token, Failure failure) {
        return switch (failure) {
            case Failure.Unauthenticated(var reason, var message) ->
                    switch (reason) {
                        case MISSING ->
                                RestError.of(401, "PGRST302", message)
                                        .with("www-authenticate", "Bearer");
                        case MALFORMED -> malformed(token);
                        case SIGNATURE, NO_KEY ->
                                invalid("PGRST301", "No suitable key or wrong key type")
                                        .details("None of the keys was able to decode the JWT");
                        case EXPIRED, CLAIMS -> invalid("PGRST303", message);
                    };
            case Failure.Unavailable(_, var message, var wait) ->
                    RestError.of(503, "PGRST001", message)
                            .with("retry-after", Long.toString(Math.max(1, wait.toSeconds())));
            case Failure.Invalid _,
                    Failure.Forbidden _,
                    Failure.NotFound _,
                    Failure.ResumeExpired _,
                    Failure.TooMany _,
                    Failure.Internal _ ->
                    invalid("PGRST301", failure.message());
        };
    }

    private static RestError malformed(String token) {
        int parts = token.split("\\.", -1).length;
        return invalid(
                "PGRST301",
                parts == 3
                        ? "JWT cryptographic operation failed"
                        : "Expected 3 parts in JWT; got " + parts);
    }

    private static RestError invalid(String code, String message) {
        return RestError.of(401, code, message)
                .with(
                        "www-authenticate",
                        "Bearer error=\"invalid_token\", error_description=\""
                                + message.replaceAll("[\"\\\\\\p{Cntrl}]|[^\\x20-\\x7e]", "")
                                + "\"");
    }
}
