package dev.lockstep.auth;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.sun.net.httpserver.HttpServer;
import dev.lockstep.config.ConfigurationException;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.Failure.Reason;
import dev.lockstep.error.FailureException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenVerifierTest {
    private static final String SECRET = "a-secret-of-more-than-thirty-two-bytes";
    private static final String HS256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    @TempDir Path folder;
    private final MovedClock clock = new MovedClock();
    private final Instant start = clock.instant();
    private final TokenVerifier bySecret =
            new TokenVerifier(AuthConfig.of(new Secret(SECRET)), clock);

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void a_token_signed_with_the_secret_counts(String algorithm) {
        Identity identity =
                bySecret.verify(
                        SignedTokens.hmac(SECRET, "{\"alg\":\"" + algorithm + "\"}", claims()));

        assertThat(identity.role()).isEqualTo("authenticated");
        assertThat(identity.claims()).containsEntry("sub", "u1").doesNotContainKey("phone");
        assertThat(identity.claimsJson()).isEqualTo(claims());
        assertThat(identity.expiresAt()).isEqualTo(start.plusSeconds(3600));
    }

    @Test
    void an_unknown_key_id_falls_back_to_the_secret() {
        String token = SignedTokens.hmac(SECRET, "{\"alg\":\"HS256\",\"kid\":\"x\"}", claims());

        assertThat(bySecret.verify(token).role()).isEqualTo("authenticated");
    }

    @ParameterizedTest
    @CsvSource({
        "RS256, SHA256withRSA",
        "RS384, SHA384withRSA",
        "RS512, SHA512withRSA",
        "ES256, SHA256withECDSAinP1363Format",
        "ES384, SHA384withECDSAinP1363Format",
        "ES512, SHA512withECDSAinP1363Format",
        "EdDSA, Ed25519",
        "Ed448, Ed448"
    })
    void a_token_signed_with_a_key_of_the_set_counts(String algorithm, String jdkName)
            throws Exception {
        KeyPair pair = pair(algorithm);
        TokenVerifier verifier = byKeys(jwks(jwk(pair, "k1")));
        String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"k1\"}";

        assertThat(
                        verifier.verify(
                                        SignedTokens.asymmetric(
                                                pair.getPrivate(), jdkName, header, claims()))
                                .role())
                .isEqualTo("authenticated");
        assertRefused(
                verifier,
                SignedTokens.asymmetric(pair(algorithm).getPrivate(), jdkName, header, claims()),
                Reason.SIGNATURE,
                "Failed to validate JWT signature");
    }

    @ParameterizedTest
    @CsvSource({
        "RS256, SHA256withRSA",
        "ES256, SHA256withECDSAinP1363Format",
        "EdDSA, Ed25519",
        "Ed448, Ed448"
    })
    void a_pem_file_of_a_public_key_serves_too(String algorithm, String jdkName) throws Exception {
        KeyPair pair = pair(algorithm);
        String pem =
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n";
        String token =
                SignedTokens.asymmetric(
                        pair.getPrivate(), jdkName, "{\"alg\":\"" + algorithm + "\"}", claims());

        assertThat(byKeys(pem).verify(token).role()).isEqualTo("authenticated");
    }

    @Test
    void a_public_key_is_no_hmac_secret() throws Exception {
        KeyPair pair = pair("RS256");
        JWK key = jwk(pair, "k1");
        TokenVerifier verifier = byKeys(jwks(key));
        for (String stolen :
                List.of(
                        new String(pair.getPublic().getEncoded(), StandardCharsets.ISO_8859_1),
                        key.toJSONString())) {
            assertRefused(
                    verifier,
                    SignedTokens.hmac(stolen, "{\"alg\":\"HS256\",\"kid\":\"k1\"}", claims()),
                    Reason.NO_KEY,
                    "Failed to generate JWT signer for key ID (kid) \"k1\", check your JWT secret"
                            + " or JWKS configuration");
        }
    }

    @Test
    void a_token_for_a_key_that_nobody_has_is_refused() throws Exception {
        KeyPair pair = pair("ES256");
        String header = "{\"alg\":\"ES256\"}";

        assertRefused(
                bySecret,
                SignedTokens.asymmetric(
                        pair.getPrivate(), "SHA256withECDSAinP1363Format", header, claims()),
                Reason.NO_KEY,
                "Failed to generate JWT signer, check your JWT secret or JWKS configuration");
    }

    @Test
    void a_token_without_a_signature_is_refused() {
        for (String algorithm : List.of("none", "None", "HS256", "RS256")) {
            String token = SignedTokens.unsigned("{\"alg\":\"" + algorithm + "\"}", claims());
            assertThatThrownBy(() -> bySecret.verify(token)).isInstanceOf(FailureException.class);
            assertThatThrownBy(() -> bySecret.verify(token.substring(0, token.length() - 1)))
                    .isInstanceOf(FailureException.class);
        }
    }

    @Test
    void another_secret_is_refused() {
        assertRefused(
                bySecret,
                SignedTokens.hmac("another-secret-of-thirty-two-bytes", HS256, claims()),
                Reason.SIGNATURE,
                "Failed to validate JWT signature");
    }

    @Test
    void an_unknown_critical_extension_is_refused() {
        assertThatThrownBy(() ->
                        bySecret.verify(
                                SignedTokens.hmac(
                                        SECRET,
                                        "{\"alg\":\"HS256\",\"crit\":[\"b65\"],\"b65\":true}",
                                        claims())))
                .isInstanceOf(FailureException.class);
    }

    @Test
    void an_expired_token_says_since_when_also_when_it_was_good_before() {
        String token = SignedTokens.hmac(SECRET, HS256, claims());
        bySecret.verify(token);
        clock.pass(Duration.ofSeconds(3617));

        assertRefused(bySecret, token, Reason.EXPIRED, "Token has expired 17 seconds ago");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"exp":1} | Fields `role` and `exp` are required in JWT
                    {"role":"anon"} | Fields `role` and `exp` are required in JWT
                    {"role":null,"exp":99999999999} | Fields `role` and `exp` are required in JWT
                    {"role":"anon","exp":"soon"} | Token expiration time is invalid
                    {"role":"anon","exp":99999999999,"iat":"x"} | The token provided is not a valid JWT
                    {"role":"anon","exp":99999999999,"nbf":99999999990} | The token provided is not a valid JWT
                    """)
    void claims_that_do_not_count_are_refused(String claims, String words) {
        assertRefused(bySecret, SignedTokens.hmac(SECRET, HS256, claims), Reason.CLAIMS, words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "a.b.c", "..", "%zz", "sb_publishable_unknown", "e30.e30.e30"})
    void what_is_no_token_is_malformed(String text) {
        assertRefused(bySecret, text, Reason.MALFORMED, "The token provided is not a valid JWT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "{", "7"})
    void a_payload_that_is_no_object_is_malformed(String payload) {
        assertRefused(
                bySecret,
                SignedTokens.hmac(SECRET, HS256, payload),
                Reason.MALFORMED,
                "The token provided is not a valid JWT");
    }

    @Test
    void white_space_and_percent_signs_in_a_token_do_no_harm() {
        String token = SignedTokens.hmac(SECRET, HS256, claims());

        assertThat(bySecret.verify(" " + token.replace(".", "%2E") + "\n").role())
                .isEqualTo("authenticated");
    }

    @Test
    void decimals_of_the_expiry_are_rounded() {
        String token = SignedTokens.hmac(SECRET, HS256, "{\"role\":\"anon\",\"exp\":1800000000.6}");

        assertThat(bySecret.verify(token).expiresAt())
                .isEqualTo(Instant.ofEpochSecond(1_800_000_001L));
    }

    @Test
    void an_expiry_beyond_the_calendar_is_its_end() {
        String token = SignedTokens.hmac(SECRET, HS256, "{\"role\":\"anon\",\"exp\":1e300}");

        assertThat(bySecret.verify(token).expiresAt()).isEqualTo("9999-12-31T23:59:59Z");
    }

    @Test
    void new_style_keys_speak_for_their_roles() {
        TokenVerifier verifier =
                new TokenVerifier(
                        new AuthConfig(
                                Optional.of(new Secret(SECRET)),
                                Optional.empty(),
                                Optional.of("sb_publishable_abc"),
                                Optional.of(new Secret("sb_secret_def")),
                                Map.of()),
                        clock);

        assertThat(verifier.verify("sb_publishable_abc").role()).isEqualTo("anon");
        assertThat(verifier.verify("sb_secret_def").role()).isEqualTo("service_role");
    }

    @Test
    void a_required_claim_must_have_its_value() {
        AuthConfig config =
                AuthConfig.of(
                        Settings.of(
                                Map.of(
                                        "auth.jwt-secret",
                                        SECRET,
                                        "auth.jwt-claims",
                                        "{\"iss\":\"us\",\"aud\":\"app\"}")));
        TokenVerifier verifier = new TokenVerifier(config, clock);
        String rest = ",\"role\":\"anon\",\"exp\":99999999999}";

        assertThat(
                        verifier.verify(
                                        SignedTokens.hmac(
                                                SECRET,
                                                HS256,
                                                "{\"iss\":\"us\",\"aud\":[\"x\",\"app\"]" + rest))
                                .role())
                .isEqualTo("anon");
        assertRefused(
                verifier,
                SignedTokens.hmac(SECRET, HS256, "{\"iss\":\"them\",\"aud\":\"app\"" + rest),
                Reason.CLAIMS,
                "The token provided is not a valid JWT");
    }

    @Test
    void what_is_minted_is_accepted() {
        TokenMaker maker = new TokenMaker(new Secret(SECRET), clock);

        Identity identity =
                bySecret.verify(
                        maker.mint(Map.of("role", "anon", "sub", "é"), Duration.ofHours(1)));

        assertThat(identity.role()).isEqualTo("anon");
        assertThat(identity.claims()).containsEntry("sub", "é");
        assertThat(identity.expiresAt()).isEqualTo(start.plusSeconds(3600));
    }

    @Test
    void keys_of_a_server_rotate() throws Exception {
        KeyPair first = pair("ES256");
        KeyPair second = pair("ES256");
        AtomicReference<String> served = new AtomicReference<>(jwks(jwk(first, "k1")));
        AtomicInteger requests = new AtomicInteger();
        HttpServer server = serve(served, requests);
        try {
            TokenVerifier verifier = byAddress(server);
            String old = es256(first, "k1");
            assertThat(verifier.verify(old).role()).isEqualTo("authenticated");

            served.set(jwks(jwk(second, "k2")));
            assertThatThrownBy(() -> verifier.verify(es256(second, "k2")))
                    .isInstanceOf(FailureException.class);
            assertThat(requests).as("asked again too soon").hasValue(1);

            clock.pass(Duration.ofSeconds(31));
            assertThat(verifier.verify(es256(second, "k2")).role()).isEqualTo("authenticated");
            assertThat(requests).hasValue(2);
            assertRefused(
                    verifier,
                    old,
                    Reason.NO_KEY,
                    "Failed to generate JWT signer for key ID (kid) \"k1\", check your JWT secret"
                            + " or JWKS configuration");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void while_the_key_server_is_away_its_last_keys_serve_on() throws Exception {
        KeyPair pair = pair("ES256");
        HttpServer server =
                serve(new AtomicReference<>(jwks(jwk(pair, "k1"))), new AtomicInteger());
        TokenVerifier verifier = byAddress(server);
        verifier.verify(es256(pair, "k1"));
        server.stop(0);
        clock.pass(Duration.ofMinutes(11));

        assertThat(verifier.verify(es256(pair, "k1")).role()).isEqualTo("authenticated");
        assertRefused(
                verifier,
                es256(pair, "k9"),
                Reason.NO_KEY,
                "Failed to generate JWT signer for key ID (kid) \"k9\", check your JWT secret or"
                        + " JWKS configuration");
    }

    @Test
    void a_key_server_that_was_never_there_is_unavailable() throws Exception {
        HttpServer server = serve(new AtomicReference<>("{}"), new AtomicInteger());
        TokenVerifier verifier = byAddress(server);
        server.stop(0);
        String token = es256(pair("ES256"), "k1");

        assertThatThrownBy(() -> verifier.verify(token))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.Unavailable.class));
    }

    @Test
    void a_configuration_without_keys_or_with_a_short_secret_is_a_problem() {
        Settings none = Settings.of(Map.of());
        AuthConfig.of(none);
        assertThatThrownBy(none::check)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("auth.jwks are both missing");

        Settings brief = Settings.of(Map.of("auth.jwt-secret", "short"));
        AuthConfig.of(brief);
        assertThatThrownBy(brief::check).hasMessageContaining("is too short");
    }

    private String claims() {
        return "{\"sub\":\"u1\",\"role\":\"authenticated\",\"phone\":null,\"exp\":"
                + start.plusSeconds(3600).getEpochSecond()
                + "}";
    }

    private String es256(KeyPair pair, String kid) {
        return SignedTokens.asymmetric(
                pair.getPrivate(),
                "SHA256withECDSAinP1363Format",
                "{\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}",
                claims());
    }

    private TokenVerifier byKeys(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), text);
        return new TokenVerifier(config(file.toString()), clock);
    }

    private TokenVerifier byAddress(HttpServer server) {
        return new TokenVerifier(
                config("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks"), clock);
    }

    private static AuthConfig config(String jwks) {
        return new AuthConfig(
                Optional.empty(), Optional.of(jwks), Optional.empty(), Optional.empty(), Map.of());
    }

    private static HttpServer serve(AtomicReference<String> body, AtomicInteger requests)
            throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/jwks",
                exchange -> {
                    requests.incrementAndGet();
                    byte[] bytes = requireNonNull(body.get()).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
        return server;
    }

    private static KeyPair pair(String algorithm) throws GeneralSecurityException {
        KeyPairGenerator generator =
                KeyPairGenerator.getInstance(
                        switch (algorithm.substring(0, 2)) {
                            case "RS" -> "RSA";
                            case "ES" -> "EC";
                            default -> algorithm.equals("Ed448") ? "Ed448" : "Ed25519";
                        });
        switch (algorithm) {
            case "ES256" -> generator.initialize(new ECGenParameterSpec("secp256r1"));
            case "ES384" -> generator.initialize(new ECGenParameterSpec("secp384r1"));
            case "ES512" -> generator.initialize(new ECGenParameterSpec("secp521r1"));
            case "RS256", "RS384", "RS512" -> generator.initialize(2048);
            default -> {}
        }
        return generator.generateKeyPair();
    }

    private static JWK jwk(KeyPair pair, String kid) {
        return switch (pair.getPublic()) {
            case RSAPublicKey rsa ->
                    new RSAKey.Builder(rsa).keyID(kid).keyUse(KeyUse.SIGNATURE).build();
            case ECPublicKey ec ->
                    new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec)
                            .keyID(kid)
                            .build();
            default -> edwards(pair, kid);
        };
    }

    private static JWK edwards(KeyPair pair, String kid) {
        byte[] encoded = pair.getPublic().getEncoded();
        int size = encoded.length > 60 ? 57 : 32;
        byte[] x = Arrays.copyOfRange(encoded, encoded.length - size, encoded.length);
        return new OctetKeyPair.Builder(
                        size == 57 ? Curve.Ed448 : Curve.Ed25519, Base64URL.encode(x))
                .keyID(kid)
                .build();
    }

    private static String jwks(JWK... keys) {
        return new JWKSet(List.of(keys)).toString();
    }

    private static void assertRefused(
            TokenVerifier verifier, String token, Reason reason, String words) {
        assertThatThrownBy(() -> verifier.verify(token))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e ->
                                assertThat(e.failure())
                                        .isEqualTo(new Failure.Unauthenticated(reason, words)));
    }
}
