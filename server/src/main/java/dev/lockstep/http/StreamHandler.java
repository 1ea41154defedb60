package dev.lockstep.http;

import java.io.InputStream;

/// Answers the requests of a path whose bodies are taken as they come, on a virtual thread of its
/// own: reading waits for the client, and the client for the reading.
@FunctionalInterface
public interface StreamHandler {
    /// @param request without its body
    /// @param body throws when the client is gone, or slower than the server bears
    /// @throws dev.lockstep.error.FailureException as [Handler#handle]
    Answer handle(Request request, InputStream body);
}
