package dev.lockstep.http;

/// Answers the requests of one route, on a virtual thread of its own: it may wait.
@FunctionalInterface
public interface Handler {
    /// @throws dev.lockstep.error.FailureException to be answered as its failure says; any other
    ///   exception is a bug, logged and answered as `internal`
    Answer handle(Request request);
}
