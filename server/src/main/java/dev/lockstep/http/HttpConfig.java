package dev.lockstep.http;

import dev.lockstep.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Where we listen, for whom, and how much of anything we take.
///
/// @param port 0 lets the system choose
/// @param allowedOrigins whose pages may call us; `*` for all, since every call names a key
/// @param maxConnections WebSockets at once; the next handshake is told so
/// @param maxBody bytes of one request's body
/// @param maxBodies bytes of all bodies that are being received at once
/// @param maxFragments bytes of all WebSocket messages that are being received at once
/// @param maxReplies bytes of answers that may wait for a WebSocket before it is no longer read
/// @param compression whether clients that offer it get messages compressed
/// @param compressAbove shorter messages are sent as they are
/// @param headTimeout from connecting to a whole request head
/// @param idleTimeout without a sign of life from the client
/// @param loops event loops
/// @param feeds live feeds over HTTP
/// @param transfers bodies that are taken and sent as they come
public record HttpConfig(
        String host,
        int port,
        Optional<Tls> tls,
        List<String> allowedOrigins,
        int maxConnections,
        long maxBody,
        long maxBodies,
        long maxFragments,
        long maxReplies,
        boolean compression,
        int compressAbove,
        Duration headTimeout,
        Duration idleTimeout,
        int loops,
        Feeds feeds,
        Transfers transfers) {
    /// PEM files: the chain of certificates, and its key (PKCS #8).
    public record Tls(Path certificate, Path key) {}

    /// Bounds of live feeds over HTTP.
    ///
    /// @param heartbeat the longest time for which a stream says nothing
    /// @param maxStreams streams and waiting polls at once; the next is told so
    /// @param maxTickets tickets that wait to be used; the next is told so
    /// @param pollBytes what one poll may gather
    public record Feeds(Duration heartbeat, int maxStreams, int maxTickets, long pollBytes) {
        static Feeds of(Settings settings) {
            return new Feeds(
                    settings.duration("http.sse-heartbeat", Duration.ofSeconds(15)),
                    settings.number("http.max-streams", 10_000, 0, 10_000_000),
                    settings.number("http.max-tickets", 100_000, 1, 10_000_000),
                    settings.bytes("http.poll-bytes", 64L << 20));
        }
    }

    /// Bounds of bodies that are taken and sent as they come.
    ///
    /// @param maxUploads at once; the next is told to come back
    /// @param maxDownloads at once; the next is told to come back
    /// @param floor bytes that must move within each idle timeout, or the client is too slow
    public record Transfers(int maxUploads, int maxDownloads, long floor) {
        static Transfers of(Settings settings) {
            return new Transfers(
                    settings.number("http.max-uploads", 256, 0, 1_000_000),
                    settings.number("http.max-downloads", 1000, 0, 1_000_000),
                    settings.bytes("http.transfer-floor", 128 << 10));
        }

        Pace pace(Duration window) {
            return new Pace(window.toNanos(), floor, System.nanoTime());
        }
    }

    public HttpConfig {
        allowedOrigins = List.copyOf(allowedOrigins);
    }

    public static HttpConfig of(Settings settings) {
        Optional<Path> certificate = settings.path("http.tls.certificate");
        Optional<Path> key = settings.path("http.tls.key");
        if (certificate.isPresent() != key.isPresent()) {
            settings.problem(
                    certificate.isPresent() ? "http.tls.key" : "http.tls.certificate",
                    "is missing: TLS needs the certificate and its key");
        }
        return new HttpConfig(
                settings.text("http.host", "127.0.0.1"),
                settings.number("http.port", 8620, 0, 65_535),
                certificate.flatMap(file -> key.map(other -> new Tls(file, other))),
                settings.list("http.allowed-origins", List.of("*")),
                settings.number("http.max-connections", 60_000, 1, 10_000_000),
                settings.bytes("http.max-body", 5_000_000),
                settings.bytes("http.max-bodies", 256L << 20),
                settings.bytes("http.max-fragments", 128L << 20),
                settings.bytes("http.max-replies", 4L << 20),
                settings.flag("http.compression", true),
                (int) Math.min(settings.bytes("http.compress-above", 1024), Integer.MAX_VALUE),
                settings.duration("http.head-timeout", Duration.ofSeconds(10)),
                settings.duration("http.idle-timeout", Duration.ofSeconds(60)),
                settings.number("http.loops", Runtime.getRuntime().availableProcessors(), 1, 256),
                Feeds.of(settings),
                Transfers.of(settings));
    }

    boolean allowsOrigin(String origin) {
        return allowedOrigins.contains("*") || allowedOrigins.contains(origin);
    }
}
