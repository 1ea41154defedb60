package dev.lockstep.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.Base64URL;
import dev.lockstep.config.Secret;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// Mints HS256 tokens with the configured secret. Any thread.
public final class TokenMaker {
    private static final Base64URL HEADER = Base64URL.encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");

    private final Secret secret;
    private final InstantSource clock;

    public TokenMaker(Secret secret, InstantSource clock) {
        this.secret = secret;
        this.clock = clock;
    }

    /// A token with these claims, and `iat` and `exp` for now and the given life.
    public String mint(Map<String, Object> claims, Duration life) {
        Instant now = clock.instant();
        Map<String, Object> all = new LinkedHashMap<>(claims);
        all.put("iat", now.getEpochSecond());
        all.put("exp", now.plus(life).getEpochSecond());
        String input = HEADER + "." + Base64URL.encode(Claims.write(all));
        try {
            byte[] signature =
                    TokenSignature.hmac(
                            secret.reveal().getBytes(UTF_8),
                            JWSAlgorithm.HS256,
                            input.getBytes(UTF_8));
            return input + "." + Base64URL.encode(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC", e);
        }
    }
}
