package dev.lockstep.http;

import dev.lockstep.error.Failure;
import dev.lockstep.wire.Payloads;
import dev.lockstep.wire.RawJson;
import java.time.Duration;
import java.util.Optional;

/// What a failure looks like over HTTP: the same body everywhere.
final class FailureAnswer {
    private FailureAnswer() {}

    static Response of(Failure failure, String requestId) {
        Response response =
                body(
                        failure.status(),
                        failure.code(),
                        failure.message(),
                        hint(failure),
                        details(failure),
                        requestId);
        return retryAfter(failure)
                .map(wait -> response.with("retry-after", Long.toString(Payloads.seconds(wait))))
                .orElse(response);
    }

    /// For what only HTTP knows, such as a method that a route does not have.
    static Response of(int status, String code, String message, String hint, String requestId) {
        return body(status, code, message, hint, "{}", requestId);
    }

    /// @param details a JSON object
    static Response body(
            int status,
            String code,
            String message,
            String hint,
            String details,
            String requestId) {
        return Response.json(
                status,
                "{\"code\":"
                        + RawJson.quote(code)
                        + ",\"message\":"
                        + RawJson.quote(message)
                        + ",\"hint\":"
                        + RawJson.quote(hint)
                        + ",\"details\":"
                        + details
                        + ",\"requestId\":"
                        + RawJson.quote(requestId)
                        + "}");
    }

    private static String hint(Failure failure) {
        return switch (failure) {
            case Failure.Invalid _ ->
                    "Correct the request; sending it again as it is will not help.";
            case Failure.Unauthenticated _ -> "Fetch a fresh token and come back with it.";
            case Failure.Forbidden _ -> "Ask whoever administers this application for the right.";
            case Failure.NotFound _ -> "Check the address.";
            case Failure.ResumeExpired _ -> "Load afresh, without the old position.";
            case Failure.TooMany _, Failure.Unavailable _ -> "Wait a little and try again.";
            case Failure.Internal _ -> "Quote the request id to whoever runs this server.";
        };
    }

    private static String details(Failure failure) {
        return switch (failure) {
            case Failure.Invalid(var field, _) ->
                    field.isEmpty() ? "{}" : "{\"field\":" + RawJson.quote(field) + "}";
            case Failure.ResumeExpired(var asked, var oldest) ->
                    "{\"asked\":"
                            + RawJson.quote(asked)
                            + ",\"oldest\":"
                            + RawJson.quote(oldest)
                            + "}";
            case Failure.TooMany tooMany -> Payloads.details(tooMany);
            case Failure.Unauthenticated _,
                    Failure.Forbidden _,
                    Failure.NotFound _,
                    Failure.Unavailable _,
                    Failure.Internal _ ->
                    "{}";
        };
    }

    private static Optional<Duration> retryAfter(Failure failure) {
        return switch (failure) {
            case Failure.TooMany(_, _, _, var wait) -> Optional.of(wait);
            case Failure.Unavailable(_, _, var wait) -> Optional.of(wait);
            case Failure.Invalid _,
                    Failure.Unauthenticated _,
                    Failure.Forbidden _,
                    Failure.NotFound _,
                    Failure.ResumeExpired _,
                    Failure.Internal _ ->
                    Optional.empty();
        };
    }
}
