package dev.lockstep.http;

/// What a handler comes to: an answer that is whole, or one that takes its time.
public sealed interface Answer permits Response, Waiting {
    int status();

    /// The same with one more header.
    Answer with(String name, String value);
}
