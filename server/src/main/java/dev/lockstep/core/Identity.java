package dev.lockstep.core;

import java.time.Instant;
import java.util.Map;

/// Who speaks: the database role and the claims of a verified token.
///
/// @param claims all claims, as JSON values of the JDK's types
/// @param claimsJson the same as JSON text, for `request.jwt.claims`
/// @param expiresAt when the token stops counting
public record Identity(
        String role, Map<String, Object> claims, String claimsJson, Instant expiresAt) {
    public Identity {
        claims = Map.copyOf(claims);
    }

    @Override
    public String toString() {
        return "Identity[" + role + "]";
    }
}
