package dev.lockstep.storage.blob;

import java.util.Optional;
import java.util.UUID;

/// The name under which bytes lie: random, and never a path that somebody chose.
public record BlobId(UUID value) {
    public static BlobId random() {
        return new BlobId(UUID.randomUUID());
    }

    /// Nothing for what is not exactly as we print it, wherever it comes from.
    public static Optional<BlobId> parse(String text) {
        try {
            UUID value = UUID.fromString(text);
            return value.toString().equals(text)
                    ? Optional.of(new BlobId(value))
                    : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
