package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.random.RandomGenerator;

/// The headers that keep a page to itself: scripts and data only from here, no frames around it, no
/// address handed on.
///
/// Component libraries write style elements at run time. A page that holds [#NONCE] where its own
/// nonces stand gets a fresh one with every answer, and only styles with it apply; a page that
/// holds none may write any style, which cannot run code.
final class PagePolicy {
    static final String NONCE = "__CSP_NONCE__";

    private final RandomGenerator random;

    PagePolicy(RandomGenerator random) {
        this.random = random;
    }

    Response page(Request request, String html) {
        boolean usesNonce = html.contains(NONCE);
        String nonce = "%016x%016x".formatted(random.nextLong(), random.nextLong());
        String styles = usesNonce ? "'nonce-" + nonce + "'" : "'unsafe-inline'";
        String body = usesNonce ? html.replace(NONCE, nonce) : html;
        return secured(new Response(200, Map.of(), body.getBytes(UTF_8)))
                .with("content-security-policy", policy(request, styles))
                .with("content-type", "text/html; charset=utf-8")
                .with("cache-control", "no-cache");
    }

    /// A drawing that is opened by itself is a page too, and may hold scripts. Scripts themselves
    /// get no policy: a worker's would bind what the worker may reach.
    Response file(Response response, String type) {
        return type.startsWith("image/svg") || type.startsWith("text/html")
                ? secured(response).with("content-security-policy", "default-src 'none'; sandbox")
                : secured(response);
    }

    private static Response secured(Response response) {
        return response.with("x-content-type-options", "nosniff")
                .with("x-frame-options", "DENY")
                .with("referrer-policy", "no-referrer")
                .with("cross-origin-opener-policy", "same-origin");
    }

    private static String policy(Request request, String styles) {
        // Some browsers do not take 'self' to mean the WebSocket of the same host.
        String sockets =
                request.header("host")
                        .filter(host -> host.matches("[A-Za-z0-9.:\\[\\]-]{1,255}"))
                        .map(host -> " ws://" + host + " wss://" + host)
                        .orElse("");
        return "default-src 'self'; script-src 'self'; style-src 'self' "
                + styles
                + "; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'"
                + sockets
                + "; worker-src 'self' blob:; object-src 'none'; base-uri 'none';"
                + " form-action 'self'; frame-ancestors 'none'";
    }
}
