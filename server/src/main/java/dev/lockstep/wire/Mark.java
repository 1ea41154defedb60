package dev.lockstep.wire;

import java.util.Optional;

/// What a frame is, for a transport that answers with it, begins, resumes or ends by it. Messages
/// on a WebSocket say all of this inside.
public sealed interface Mark {
    Mark NONE = new None();

    record None() implements Mark {}

    /// The answer to the join.
    ///
    /// @param response a JSON object
    record Answer(Codec.Status status, String response) implements Mark {}

    /// A part of a feed's step.
    ///
    /// @param feed the id that the client knows the feed by
    /// @param token where the client stands behind it, if it stands anywhere
    record Step(int feed, Optional<String> token, Part part) implements Mark {}

    /// Which part of a step a frame is.
    enum Part {
        /// Further parts follow.
        MORE,
        LAST,
        /// A token alone: nothing has changed.
        POSITION
    }

    /// Words that the server says of its own accord.
    ///
    /// @param payload a JSON object
    record Words(String event, String payload) implements Mark {}

    /// The channel is over.
    record End(String event) implements Mark {}
}
