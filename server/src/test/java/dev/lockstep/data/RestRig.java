package dev.lockstep.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.auth.AuthConfig;
import dev.lockstep.auth.TokenMaker;
import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.data.schema.ReloadListener;
import dev.lockstep.data.schema.SchemaKeeper;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.feed.FeedConfig;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.Roles;
import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.postgres.TestServer;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The data API on a real database, asked in this process.
final class RestRig implements AutoCloseable {
    private static final Secret SECRET = new Secret("a secret of these tests, of 32 bytes or more");

    final TestDatabase database;
    final Database pool;
    final SchemaKeeper schemas;
    final ChangeFeed feed;
    final DataApi api;
    private final Database control;
    private final ReloadListener listener;
    private final TokenMaker tokens = new TokenMaker(SECRET, InstantSource.system());

    private RestRig(String schema, Map<String, String> settings) {
        database = TestDatabase.installed();
        database.execute(schema);
        RestConfig config = RestConfig.of(Settings.of(settings));
        control = new Database(database.as(Roles.REPLICATOR).withPoolSize(2));
        pool = new Database(database.as(Roles.POOL).withPoolSize(config.poolSize()));
        schemas = new SchemaKeeper(control, config.schemas(), Roles.POOL);
        listener = new ReloadListener(database.as(Roles.REPLICATOR), schemas::wake);
        feed =
                new ChangeFeed(
                        FeedConfig.of(Settings.of(Map.of())),
                        TestServer.folder(),
                        InstantSource.system());
        api =
                new DataApi(
                        config,
                        pool,
                        schemas,
                        new TokenVerifier(AuthConfig.of(SECRET), InstantSource.system()),
                        () -> Set.of("anon", "authenticated", "service_role"),
                        feed,
                        Optional.empty());
    }

    static RestRig with(String schema) {
        return new RestRig(schema, Map.of());
    }

    static RestRig with(String schema, Map<String, String> settings) {
        return new RestRig(schema, settings);
    }

    String token(String role, String subject) {
        return token(Map.of("role", role, "sub", subject), Duration.ofHours(1));
    }

    String token(Map<String, Object> claims, Duration life) {
        return tokens.mint(claims, life);
    }

    Asking as(String role) {
        return new Asking(
                role.equals("anon") ? "" : token(role, "7c1e0000-0000-4000-8000-000000000001"));
    }

    Asking anon() {
        return as("anon");
    }

    Asking service() {
        return as("service_role");
    }

    /// A request that is being put together.
    final class Asking {
        private final Map<String, String> headers = new LinkedHashMap<>();

        Asking(String token) {
            if (!token.isEmpty()) {
                headers.put("authorization", "Bearer " + token);
            }
        }

        Asking with(String header, String value) {
            headers.put(header, value);
            return this;
        }

        Asking prefer(String value) {
            return with("prefer", value);
        }

        Asking single() {
            return with("accept", "application/vnd.pgrst.object+json");
        }

        Answer get(String url) {
            return send("GET", url, "");
        }

        Answer head(String url) {
            return send("HEAD", url, "");
        }

        Answer post(String url, String body) {
            return send("POST", url, body);
        }

        Answer patch(String url, String body) {
            return send("PATCH", url, body);
        }

        Answer delete(String url) {
            return send("DELETE", url, "");
        }

        /// @param url decoded, but for `&`, `+` and `%`
        Answer send(String method, String url, String body) {
            int question = url.indexOf('?');
            String path = question < 0 ? url : url.substring(0, question);
            Map<String, List<String>> query = new LinkedHashMap<>();
            if (question >= 0 && question + 1 < url.length()) {
                for (String pair : url.substring(question + 1).split("&")) {
                    int equals = pair.indexOf('=');
                    String name = equals < 0 ? pair : pair.substring(0, equals);
                    String value = equals < 0 ? "" : pair.substring(equals + 1);
                    query.computeIfAbsent(URLDecoder.decode(name, UTF_8), _ -> new ArrayList<>())
                            .add(URLDecoder.decode(value, UTF_8));
                }
            }
            return send(method, Arrays.asList(path.substring(1).split("/", -1)), query, body);
        }

        Answer send(
                String method, List<String> path, Map<String, List<String>> query, String body) {
            return new Answer(
                    api.answer(
                            new RestRequest(
                                    "r-test",
                                    method,
                                    path,
                                    query,
                                    Map.copyOf(headers),
                                    body.getBytes(UTF_8))));
        }
    }

    /// What came back, as a test wants to read it.
    record Answer(RestAnswer answer) {
        int status() {
            return answer.status();
        }

        String body() {
            return new String(answer.body(), UTF_8);
        }

        /// Without the line ends that PostgreSQL puts between rows.
        String json() {
            return body().replaceAll(", ?\\s*\\n ?", ",");
        }

        String header(String name) {
            return answer.headers().getOrDefault(name, "");
        }

        String range() {
            return header("content-range");
        }

        @Override
        public String toString() {
            return status() + " " + answer.headers() + " " + body();
        }
    }

    @Override
    public void close() {
        listener.close();
        schemas.close();
        feed.close();
        pool.close();
        control.close();
        database.close();
    }
}
