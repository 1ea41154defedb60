package dev.lockstep.http;

import dev.lockstep.auth.AuthConfig;
import dev.lockstep.auth.TokenMaker;
import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.channel.Limits;
import dev.lockstep.channel.LimitsConfig;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/// A server on a free port, and a client for it.
final class RunningServer implements AutoCloseable {
    private static final Secret SECRET = new Secret("a-secret-of-more-than-thirty-two-bytes");

    final RecordingSessions sessions = new RecordingSessions();
    final TokenVerifier tokens;
    final HttpServer server;
    final HttpClient client = HttpClient.newHttpClient();
    private final TokenMaker maker = new TokenMaker(SECRET, InstantSource.system());

    RunningServer(Map<String, String> settings, RoutesOf routes) {
        tokens =
                new TokenVerifier(
                        new AuthConfig(
                                Optional.of(SECRET),
                                Optional.empty(),
                                Optional.of("sb_publishable_k"),
                                Optional.empty(),
                                Map.of()),
                        InstantSource.system());
        Map<String, String> all = new HashMap<>(Map.of("http.port", "0", "http.loops", "2"));
        all.putAll(settings);
        Routes added = new Routes();
        routes.add(added, tokens);
        server =
                new HttpServer(
                        HttpConfig.of(Settings.of(all)),
                        tokens,
                        limits(settings),
                        sessions,
                        added,
                        new SplittableRandom(1));
        server.start();
    }

    RunningServer(Map<String, String> settings) {
        this(settings, (_, _) -> {});
    }

    static Limits limits(Map<String, String> settings) {
        return new Limits(LimitsConfig.of(Settings.of(settings)), System::nanoTime);
    }

    interface RoutesOf {
        void add(Routes routes, TokenVerifier tokens);
    }

    int port() {
        return server.address().getPort();
    }

    String anonKey() {
        return token("anon", Duration.ofHours(1));
    }

    String token(String role, Duration life) {
        return maker.mint(Map.of("role", role), life);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(10));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    boolean unfinishedIs(long bytes) {
        return server.status().unfinished() == bytes;
    }

    RawClient raw() throws Exception {
        return new RawClient(port());
    }

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
