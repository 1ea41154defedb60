package dev.lockstep.wire;

import java.util.Optional;

/// A broadcast on its way through a topic.
///
/// @param event the application's event name
/// @param payload by `form`: the whole message object as the sender wrote it, the payload's JSON
///   text, or bytes
/// @param meta metadata as a JSON object, such as `{"id":"…"}`
public record BroadcastMessage(String event, Form form, byte[] payload, Optional<String> meta) {
    /// How it came, which decides how each dialect relays it.
    public enum Form {
        /// A text frame: `payload` is `{"type":"broadcast","event":…,"payload":…}`, relayed as sent
        /// in text.
        TEXT_OBJECT,
        /// A REST batch entry: `payload` is the inner payload; relayed in text to both dialects.
        REST_OBJECT,
        /// JSON in a binary frame, a single REST message or the database: binary to v2, text to v1.
        JSON,
        /// Bytes: binary to v2, not delivered to v1.
        BYTES
    }
}
