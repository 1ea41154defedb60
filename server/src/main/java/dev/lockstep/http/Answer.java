package dev.lockstep.http;

import java.util.Map;
import java.util.Optional;

/// What a handler comes to: an answer that is whole, one that is sent from where it lies, or one
/// that takes its time.
public sealed interface Answer permits Response, Sending, Waiting {
    int status();

    /// The same with one more header.
    default Answer with(String name, String value) {
        return with(Map.of(name, value));
    }

    /// The same with more headers.
    Answer with(Map<String, String> more);

    /// A header that the answer has already.
    default Optional<String> header(String name) {
        return Optional.ofNullable(
                switch (this) {
                    case Response whole -> whole.headers().get(name);
                    case Sending sending -> sending.headers().get(name);
                    case Waiting waiting -> waiting.headers().get(name);
                });
    }
}
