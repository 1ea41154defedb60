package dev.lockstep.http;

import java.util.Map;
import java.util.Optional;

/// Lets pages of other origins call the API routes. Tokens travel in headers that a page sets
/// itself, never in cookies, so any origin may be allowed.
record Cors(HttpConfig config) {
    private static final String METHODS = "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS";
    private static final String HEADERS =
            "authorization, apikey, cache-control, content-type, last-event-id, x-client-info,"
                    + " x-supabase-api-version";
    private static final String EXPOSED =
            "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server,"
                    + " Transfer-Encoding, Range-Unit, X-Total-Count, Link, X-Supabase-Api-Version,"
                    + " Lockstep-Position, Lockstep-Cache, Lockstep-Truncated, ETag, Preference-Applied, Content-Profile, Retry-After,"
                    + " Accept-Ranges, Content-Disposition, Last-Modified";

    private static final Map<String, String> FOR_ALL =
            Map.of("access-control-allow-origin", "*", "access-control-expose-headers", EXPOSED);

    Optional<Answer> preflight(Request request) {
        if (!request.method().equals("OPTIONS")
                || request.header("access-control-request-method").isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                allow(request, Response.empty(204))
                        .with("access-control-allow-methods", METHODS)
                        .with(
                                "access-control-allow-headers",
                                request.header("access-control-request-headers").orElse(HEADERS))
                        .with("access-control-max-age", "86400"));
    }

    /// The answer, with what lets the page that asked read it.
    Answer allow(Request request, Answer answer) {
        Optional<String> origin = request.header("origin");
        if (config.allowedOrigins().contains("*")) {
            return answer.with(FOR_ALL);
        }
        Answer varying = answer.with("vary", vary(answer));
        return origin.filter(config::allowsOrigin)
                .map(allowed ->
                        varying.with("access-control-allow-origin", allowed)
                                .with("access-control-expose-headers", EXPOSED))
                .orElse(varying);
    }

    /// What the answer varies by already, and the origin.
    private static String vary(Answer answer) {
        return answer.header("vary").map(fields -> fields + ", Origin").orElse("Origin");
    }
}
