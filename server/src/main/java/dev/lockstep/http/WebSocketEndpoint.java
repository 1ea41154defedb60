package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.channel.Handshake;
import dev.lockstep.channel.Limits;
import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Codecs;
import dev.lockstep.wire.Payloads;
import dev.lockstep.wire.RawJson;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/// Decides on handshakes, with the reference's words and without its 2 seconds of waiting. Runs on
/// the request's virtual thread.
final class WebSocketEndpoint {
    private static final Set<String> PATHS = Set.of("/realtime/v1/websocket", "/socket/websocket");

    private static final Duration FULL_WAIT = Duration.ofSeconds(5);

    /// RFC 6455 §1.3.
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// What a handshake comes to.
    sealed interface Decision {
        /// @param deflates whether messages may be compressed both ways
        record Accepted(Codec codec, Handshake handshake, String acceptHash, boolean deflates)
                implements Decision {}

        record Refused(Response response) implements Decision {}
    }

    private final HttpConfig config;
    private final Compression compression;
    private final TokenVerifier tokens;
    private final Limits limits;
    private final ServerCounts counts;

    WebSocketEndpoint(
            HttpConfig config,
            Compression compression,
            TokenVerifier tokens,
            Limits limits,
            ServerCounts counts) {
        this.config = config;
        this.compression = compression;
        this.tokens = tokens;
        this.limits = limits;
        this.counts = counts;
    }

    boolean isAt(Request request) {
        return PATHS.contains(request.path()) && request.method().equals("GET");
    }

    Decision decide(Request request) {
        Optional<Response> badUpgrade = badUpgrade(request);
        if (badUpgrade.isPresent()) {
            return new Decision.Refused(badUpgrade.get());
        }
        if (request.header("origin").filter(origin -> !config.allowsOrigin(origin)).isPresent()) {
            return refused(403, "Origin is not allowed");
        }
        Optional<Codec> codec = Codecs.forVersion(request.query("vsn"));
        if (codec.isEmpty()) {
            return new Decision.Refused(Response.empty(403));
        }
        Optional<String> key = request.header("x-api-key").or(() -> request.query("apikey"));
        if (key.isEmpty()) {
            return refused(401, "API key is missing");
        }
        if (counts.webSockets.get() >= config.maxConnections()) {
            return refused(
                    new Failure.TooMany(
                            "connections",
                            config.maxConnections(),
                            "Too many connected users",
                            FULL_WAIT));
        }
        try {
            Identity identity = tokens.verify(key.get());
            limits.checkConnect(identity, request.peer());
            return new Decision.Accepted(
                    codec.get(),
                    new Handshake(identity, key.get(), request.xHeadersJson(), request.peer()),
                    acceptHash(request.header("sec-websocket-key").orElse("")),
                    request.header("sec-websocket-extensions")
                            .filter(compression::accepts)
                            .isPresent());
        } catch (FailureException e) {
            return refused(e.failure());
        }
    }

    private static Optional<Response> badUpgrade(Request request) {
        boolean upgrades =
                request.header("upgrade").filter("websocket"::equalsIgnoreCase).isPresent()
                        && request.header("connection").filter(WebSocketEndpoint::asks).isPresent();
        if (!upgrades) {
            return Optional.of(
                    FailureAnswer.of(
                                    426,
                                    "request.upgrade-required",
                                    "This address speaks WebSocket.",
                                    "Open it with a WebSocket client.",
                                    request.id())
                            .with("upgrade", "websocket"));
        }
        if (!request.header("sec-websocket-version").orElse("").equals("13")) {
            return Optional.of(Response.empty(426).with("sec-websocket-version", "13"));
        }
        return request.header("sec-websocket-key").filter(WebSocketEndpoint::isKey).isPresent()
                ? Optional.empty()
                : Optional.of(
                        FailureAnswer.of(
                                new Failure.Invalid("Sec-WebSocket-Key", "must be 16 bytes"),
                                request.id()));
    }

    private static boolean asks(String connection) {
        return Arrays.stream(connection.split(","))
                .anyMatch(token -> token.strip().equalsIgnoreCase("upgrade"));
    }

    private static boolean isKey(String key) {
        try {
            return Base64.getDecoder().decode(key.strip()).length == 16;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static Decision refused(Failure failure) {
        return switch (failure) {
            case Failure.Unauthenticated(var reason, var message) ->
                    refused(401, reason == Failure.Reason.EXPIRED ? "Token has expired" : message);
            case Failure.TooMany limit -> refused(limit);
            case Failure.Forbidden _ -> refused(403, failure.message());
            case Failure.Invalid _,
                    Failure.NotFound _,
                    Failure.ResumeExpired _,
                    Failure.Unavailable _,
                    Failure.Internal _ ->
                    refused(500, "Error connecting to Realtime");
        };
    }

    private static Decision refused(Failure.TooMany limit) {
        String wait = Long.toString(Payloads.seconds(limit.retryAfter()));
        return new Decision.Refused(
                Response.json(429, Payloads.error(limit)).with("retry-after", wait));
    }

    private static Decision refused(int status, String words) {
        return new Decision.Refused(
                Response.json(status, "{\"error\":" + RawJson.quote(words) + "}"));
    }

    private static String acceptHash(String key) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1")
                            .digest((key.strip() + ACCEPT_SUFFIX).getBytes(US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-1", e);
        }
    }
}
