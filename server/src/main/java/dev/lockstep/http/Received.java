package dev.lockstep.http;

import io.netty.handler.codec.http.HttpRequest;
import java.io.InputStream;
import java.util.Optional;

/// A request that can be answered: with its whole body, or with a body that is still coming.
///
/// @param body whole; empty where a pipe brings it
record Received(HttpRequest head, byte[] body, Optional<BodyPipe> pipe) {

    InputStream stream() {
        return pipe.map(BodyPipe::stream).orElseGet(InputStream::nullInputStream);
    }

    /// Whether the client has something to say yet.
    boolean isComing() {
        return pipe.isPresent() && !pipe.get().hasEnded();
    }
}
