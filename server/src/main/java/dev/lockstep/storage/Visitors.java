package dev.lockstep.storage;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.core.Identity;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Caller;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Who asks. A token that is not valid is refused, never taken for nobody's.
public final class Visitors {
    /// What is done for everybody: a public bucket, an address that was signed.
    static final Caller SERVICE =
            new Caller("service_role", "", "{\"role\":\"service_role\"}", "{}");

    private final TokenVerifier tokens;
    private final TokenVerifier.RoleClaim rule;
    private final Supplier<Set<String>> roles;

    /// @param rule as the data API reads tokens
    /// @param roles that a token may name
    public Visitors(
            TokenVerifier tokens, TokenVerifier.RoleClaim rule, Supplier<Set<String>> roles) {
        this.tokens = tokens;
        this.rule = rule;
        this.roles = roles;
    }

    /// @throws StorageException when the token does not count, or there is none and nobody may come
    Caller caller(StorageRequest request) {
        Caller caller =
                request.token()
                        .map(token -> verified(token, request.xHeadersJson()))
                        .or(() -> nobody(request.xHeadersJson()))
                        .orElseThrow(() -> StorageError.forbidden("An access token is needed"));
        if (!roles.get().contains(caller.role())) {
            throw StorageError.forbidden("role \"" + caller.role() + "\" does not exist");
        }
        return caller;
    }

    private Caller verified(String token, String headers) {
        try {
            Identity identity = tokens.verify(token, rule);
            return Caller.of(identity, headers);
        } catch (FailureException e) {
            if (e.failure() instanceof dev.lockstep.error.Failure.Unauthenticated refused) {
                throw StorageError.forbidden(refused.message());
            }
            throw e;
        }
    }

    private Optional<Caller> nobody(String headers) {
        return rule.otherwise()
                .map(role -> new Caller(role, "", Json.write(Map.of("role", role)), headers));
    }
}
