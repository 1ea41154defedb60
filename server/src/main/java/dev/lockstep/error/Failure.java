package dev.lockstep.error;

import java.time.Duration;

/// Everything that can go wrong for a caller. Messages name the thing and the value; they never
/// tell a stranger what exists.
public sealed interface Failure {

    record Invalid(String field, String problem) implements Failure {}

    record Unauthenticated(Reason reason, String message) implements Failure {}

    /// Which part of checking a token failed; dialects have different words for each.
    enum Reason {
        MISSING,
        MALFORMED,
        SIGNATURE,
        NO_KEY,
        EXPIRED,
        CLAIMS
    }

    record Forbidden(String action, String target) implements Failure {}

    record NotFound(String what) implements Failure {}

    record ResumeExpired(String asked, String oldest) implements Failure {}

    /// @param limit which bound was met; with `limits.` before it the name of its setting
    /// @param value what the bound is; 0 where there is no number to tell
    record TooMany(String limit, long value, String message, Duration retryAfter)
            implements Failure {
        public TooMany(String limit, String message, Duration retryAfter) {
            this(limit, 0, message, retryAfter);
        }
    }

    record Unavailable(String dependency, String message, Duration retryAfter) implements Failure {}

    record Internal(String reference) implements Failure {}

    /// What programs read; never changes meaning.
    default String code() {
        return switch (this) {
            case Invalid _ -> "request.invalid";
            case Unauthenticated(var reason, _) ->
                    reason == Reason.EXPIRED ? "auth.expired" : "auth.required";
            case Forbidden _ -> "policy.forbidden";
            case NotFound(var what) ->
                    what.startsWith("route") ? "route.not-found" : "data.not-found";
            case ResumeExpired _ -> "feed.resume-expired";
            case TooMany(var limit, _, _, _) -> "limit." + limit;
            case Unavailable(var dependency, _, _) -> "unavailable." + dependency;
            case Internal _ -> "internal";
        };
    }

    default int status() {
        return switch (this) {
            case Invalid _ -> 400;
            case Unauthenticated _ -> 401;
            case Forbidden _ -> 403;
            case NotFound _ -> 404;
            case ResumeExpired _ -> 410;
            case TooMany _ -> 429;
            case Unavailable _ -> 503;
            case Internal _ -> 500;
        };
    }

    /// What people read.
    default String message() {
        return switch (this) {
            case Invalid(var field, var problem) ->
                    field.isEmpty() ? problem : field + ": " + problem;
            case Unauthenticated(_, var message) -> message;
            case Forbidden(var action, var target) -> "You may not " + action + " " + target + ".";
            case NotFound(var what) -> "There is no " + what + ".";
            case ResumeExpired(var asked, var oldest) ->
                    "Position "
                            + asked
                            + " is older than the window, which starts at "
                            + oldest
                            + ".";
            case TooMany(_, _, var message, _) -> message;
            case Unavailable(_, var message, _) -> message;
            case Internal(var reference) ->
                    "Something went wrong on the server. Reference: " + reference + ".";
        };
    }
}
