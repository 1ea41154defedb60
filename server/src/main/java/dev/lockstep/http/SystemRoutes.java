package dev.lockstep.http;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.RawJson;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Whether we live, whether we are ready, and what a client may know to begin.
public final class SystemRoutes {
    private SystemRoutes() {}

    /// @param obstacle what keeps us from being ready, in words; nothing when we are
    /// @param anonKey the key that pages start with; public by nature
    public static void addTo(
            Routes routes, Supplier<Optional<String>> obstacle, Optional<String> anonKey) {
        Response alive =
                Response.json(200, "{\"status\":\"ok\"}").with("cache-control", "no-store");
        Response settings = Response.json(200, settings(anonKey)).with("cache-control", "no-cache");
        routes.add("GET", "/healthz", _ -> alive)
                .add("GET", "/healthcheck", _ -> alive)
                .add("GET", "/readyz", _ -> ready(obstacle.get()))
                .add("GET", "/config", _ -> settings);
    }

    private static Response ready(Optional<String> obstacle) {
        obstacle.ifPresent(words -> {
            throw new FailureException(
                    new Failure.Unavailable("ready", words, Duration.ofSeconds(1)));
        });
        return Response.json(200, "{\"status\":\"ready\"}").with("cache-control", "no-store");
    }

    private static String settings(Optional<String> anonKey) {
        String paths =
                "{\"paths\":{\"realtime\":\"/realtime/v1\",\"rest\":\"/rest/v1\",\"auth\":"
                        + "\"/auth/v1\",\"storage\":\"/storage/v1\"}";
        return paths + anonKey.map(key -> ",\"anonKey\":" + RawJson.quote(key)).orElse("") + "}";
    }
}
