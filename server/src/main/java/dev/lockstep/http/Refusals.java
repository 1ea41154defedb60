package dev.lockstep.http;

import dev.lockstep.error.Failure;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.time.Duration;

/// What a connection answers by itself, before anybody else has seen the request.
record Refusals(ServerParts parts) {

    Response unreadable(Throwable cause) {
        String id = parts.nextRequestId();
        return switch (cause) {
            case TooLongHttpLineException _ ->
                    FailureAnswer.of(
                            414,
                            "request.address-too-long",
                            "The request line is longer than 64 KB.",
                            "Send long filters in the body, or fewer values.",
                            id);
            case TooLongHttpHeaderException _ ->
                    FailureAnswer.of(
                            431,
                            "request.head-too-large",
                            "The request's headers are larger than 64 KB.",
                            "Send fewer or shorter headers.",
                            id);
            default -> invalid("This is not HTTP/1.1.");
        };
    }

    Response invalid(String problem) {
        return FailureAnswer.of(new Failure.Invalid("", problem), parts.nextRequestId());
    }

    Response tooLarge() {
        return FailureAnswer.of(
                413,
                "request.too-large",
                "The body is larger than " + parts.config().maxBody() + " bytes.",
                "Send less at once.",
                parts.nextRequestId());
    }

    Response noRoom() {
        return FailureAnswer.of(
                new Failure.Unavailable(
                        "memory", "Too many large requests at once.", Duration.ofSeconds(2)),
                parts.nextRequestId());
    }

    /// @param kind `uploads` or `downloads`
    Response noTransfer(String kind) {
        return FailureAnswer.of(
                new Failure.Unavailable(
                        kind, "Too many " + kind + " at once.", Duration.ofSeconds(2)),
                parts.nextRequestId());
    }

    Response tooSlow() {
        return FailureAnswer.of(
                408,
                "request.too-slow",
                "The request did not come in time.",
                "Try again over a better connection.",
                parts.nextRequestId());
    }

    Response toTls(Request request, String uri) {
        return request.header("host")
                .filter(host -> host.matches("[A-Za-z0-9.:\\[\\]-]{1,255}") && uri.startsWith("/"))
                .map(host -> Response.empty(308).with("location", "https://" + host + uri))
                .orElseGet(() ->
                        FailureAnswer.of(
                                400,
                                "request.tls-required",
                                "This port speaks HTTPS.",
                                "Use an https:// address.",
                                request.id()));
    }
}
