package dev.lockstep.feed;

import dev.lockstep.core.Lsn;

/// What a resume token says, after its signature was found good.
///
/// @param epochHash which life of the log the position belongs to, see [FeedReader#epochHash]
/// @param end everything up to here was received; with a `part`, the transaction that ends here
///   only up to that part
/// @param part how many parts of a transaction in several frames were received; 0 for all of it
/// @param fingerprint of the question that was asked
public record ResumeToken(long epochHash, Lsn end, int part, long fingerprint) {

    /// The position after which a reader has to go on.
    Lsn after() {
        return part == 0 ? end : new Lsn(end.value() - 1);
    }
}
