package dev.lockstep.stress;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.json.JsonMapper;

/// Tokens of people who exist only here.
final class Tokens {
    private static final Duration LIFE = Duration.ofHours(1);
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final byte[] secret;

    Tokens(DemoServer server) {
        secret = server.jwtSecret().getBytes(UTF_8);
    }

    /// A signed-in person.
    ///
    /// @param metadata what policies read as `app_metadata`
    String of(String subject, Map<String, String> metadata) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("role", "authenticated");
        claims.put("sub", subject);
        claims.put("app_metadata", metadata);
        claims.put("exp", Instant.now().plus(LIFE).getEpochSecond());
        String input =
                encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}")
                        + "."
                        + encode(JsonMapper.shared().writeValueAsString(claims));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return input + "." + BASE64.encodeToString(mac.doFinal(input.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC", e);
        }
    }

    /// The person with this number.
    static String subject(int number) {
        return "00000000-0000-4000-9000-%012d".formatted(number);
    }

    private static String encode(String json) {
        return BASE64.encodeToString(json.getBytes(UTF_8));
    }
}
