package dev.lockstep.journey;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// One caller of the data API, who looks at where answers come from.
record CacheClient(ServerRig rig, HttpClient http, String token) {

    /// An answer, and whether it was kept.
    record Answer(HttpResponse<String> response) {
        String cache() {
            return response.headers().firstValue("lockstep-cache").orElse("");
        }

        boolean hit() {
            return cache().equals("hit");
        }

        String body() {
            return response.body().replaceAll("\\s*\\n\\s*", "");
        }

        int status() {
            return response.statusCode();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    Answer get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    Answer send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(rig.url() + "/rest/v1" + encoded(path)))
                        .timeout(Duration.ofSeconds(30))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body.isEmpty()
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return new Answer(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Until it comes from the cache.
    Answer awaitHit(String path) {
        Answer[] last = new Answer[1];
        ServerRig.await(
                "a hit of " + path,
                () -> {
                    last[0] = get(path);
                    return last[0].hit();
                });
        return last[0];
    }

    private static String encoded(String path) {
        int question = path.indexOf('?');
        return question < 0
                ? path
                : path.substring(0, question + 1)
                        + URLEncoder.encode(path.substring(question + 1), StandardCharsets.UTF_8)
                                .replace("%26", "&")
                                .replace("%3D", "=");
    }
}
