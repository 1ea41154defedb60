package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.data.DataApi;
import dev.lockstep.data.RestAnswer;
import dev.lockstep.data.RestRequest;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;

/// The data API's place: `/rest/v1`. It answers in its own protocol's words, refusals included.
public final class RestRoutes {
    static final String ROOT = "/rest/v1";

    private RestRoutes() {}

    /// Adds everything below the root, whatever the method.
    public static void addTo(Routes routes, DataApi api) {
        routes.below(ROOT, request -> answer(request, api));
    }

    private static Response answer(Request request, DataApi api) {
        RestAnswer answer =
                api.answer(
                        new RestRequest(
                                request.id(),
                                request.method(),
                                segments(request.path().substring(ROOT.length())),
                                request.query(),
                                request.headers(),
                                request.body()));
        return new Response(answer.status(), answer.headers(), answer.body());
    }

    /// In a path a plus is a plus. What is not properly encoded names nothing.
    private static List<String> segments(String path) {
        List<String> segments = new ArrayList<>();
        try {
            if (path.length() > 1) {
                for (String segment : path.substring(1).split("/", -1)) {
                    segments.add(URLDecoder.decode(segment.replace("+", "%2B"), UTF_8));
                }
            }
        } catch (IllegalArgumentException _) {
            return List.of();
        }
        return segments;
    }
}
