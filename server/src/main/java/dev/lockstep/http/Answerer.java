package dev.lockstep.http;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.io.InputStream;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From a request to its answer: preflight, route, handler, failure. Runs on the request's own
/// virtual thread.
final class Answerer {
    private static final Logger log = LoggerFactory.getLogger(Answerer.class);

    private final Routes routes;
    private final Cors cors;
    private final Gzip gzip;

    Answerer(Routes routes, Cors cors, Gzip gzip) {
        this.routes = routes;
        this.cors = cors;
        this.gzip = gzip;
    }

    /// Whether the body of a request for this path is taken as it comes.
    boolean streams(String path) {
        return routes.streams(path);
    }

    /// @param body of a request whose body is taken as it comes; empty otherwise
    Answer answer(Request request, InputStream body) {
        long began = System.nanoTime();
        Optional<Routes.Found> found = find(request);
        Answer answer = gzip.apply(request, answered(request, body, found));
        routes.meters()
                .ifPresent(meters ->
                        meters.answered(
                                template(found),
                                request.method(),
                                answer.status(),
                                System.nanoTime() - began));
        return answer;
    }

    /// What metrics call the route.
    private static String template(Optional<Routes.Found> found) {
        return found.map(one ->
                        switch (one) {
                            case Routes.Found.To(var template, _, _) -> template;
                            case Routes.Found.Streamed(var template, _) -> template;
                            case Routes.Found.OtherMethods _ -> "other";
                            case Routes.Found.Nowhere _ -> "pages";
                        })
                .orElse("other");
    }

    private Answer answered(Request request, InputStream body, Optional<Routes.Found> found) {
        try {
            return cors.preflight(request).orElseGet(() -> routed(request, body, found));
        } catch (FailureException e) {
            return cors.allow(request, FailureAnswer.of(e.failure(), request.id()));
        } catch (RuntimeException e) {
            log.atError()
                    .addKeyValue("requestId", request.id())
                    .addKeyValue("method", request.method())
                    .setCause(e)
                    .log("request failed");
            return cors.allow(
                    request, FailureAnswer.of(new Failure.Internal(request.id()), request.id()));
        }
    }

    private Answer routed(Request request, InputStream body, Optional<Routes.Found> found) {
        return switch (found.orElseThrow(Answerer::badlyEncoded)) {
            case Routes.Found.To(_, var handler, var parameters) ->
                    cors.allow(request, handler.handle(request.with(parameters)));
            case Routes.Found.Streamed(_, var handler) ->
                    cors.allow(request, handler.handle(request, body));
            case Routes.Found.OtherMethods(var allowed) -> {
                String methods = String.join(", ", allowed);
                yield cors.allow(
                        request,
                        FailureAnswer.of(
                                        405,
                                        "route.method-not-allowed",
                                        request.method() + " is not served here.",
                                        "Use one of: " + methods + ".",
                                        request.id())
                                .with("allow", methods));
            }
            case Routes.Found.Nowhere() ->
                    routes.pages()
                            .filter(_ -> isRead(request.method()))
                            .map(pages -> pages.handle(request))
                            .orElseThrow(
                                    () -> new FailureException(new Failure.NotFound("route here")));
        };
    }

    /// Where the request goes; nothing where its path is not properly encoded.
    private Optional<Routes.Found> find(Request request) {
        try {
            return Optional.of(routes.find(request.method(), request.path()));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static FailureException badlyEncoded() {
        return new FailureException(
                new Failure.Invalid("", "The address is not properly percent-encoded."));
    }

    private static boolean isRead(String method) {
        return method.equals("GET") || method.equals("HEAD");
    }
}
