package dev.lockstep.policy;

import dev.lockstep.postgres.Caller;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/// A caller's claims, cut to those that a policy reads, in one canonical text: callers who differ
/// in nothing that counts get the same.
final class CallerClaims {
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    /// What differs from token to token of one person.
    private static final Set<String> OF_THE_TOKEN = Set.of("iat", "exp", "jti");

    private final Caller caller;
    private final Map<String, JsonNode> claims = new TreeMap<>();

    /// @throws IllegalArgumentException when they are no JSON object, which a verified token's are
    CallerClaims(Caller caller) {
        this.caller = caller;
        try {
            JsonNode all = JSON.readTree(caller.claimsJson());
            if (!all.isObject()) {
                throw new IllegalArgumentException("claims are no JSON object");
            }
            all.properties().forEach(entry -> claims.put(entry.getKey(), entry.getValue()));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("claims are no JSON", e);
        }
    }

    String role() {
        return caller.role();
    }

    Caller caller() {
        return caller;
    }

    /// The claim `sub`, or empty.
    static String subject(String claimsJson) {
        JsonNode sub = JSON.readTree(claimsJson).get("sub");
        return sub != null && sub.isString() ? sub.stringValue() : "";
    }

    /// All that counts for what reads these.
    String of(Reads reads) {
        Map<String, JsonNode> some = new TreeMap<>(claims);
        if (reads.allClaims || !reads.unseen.isEmpty()) {
            some.keySet()
                    .removeIf(
                            claim -> OF_THE_TOKEN.contains(claim) && !reads.claims.contains(claim));
        } else {
            some.keySet().retainAll(reads.claims);
        }
        return JSON.writeValueAsString(some);
    }
}
