package dev.lockstep.storage;

import dev.lockstep.storage.blob.BlobStore;
import java.io.IOException;
import java.util.Optional;

/// Whose store it is: a sweep drops what has no row, so it must not look into the store of another
/// database. The first upload claims it. Any thread.
final class Ownership {
    private final BlobStore blobs;
    private final String us;
    private volatile boolean isClaimed;

    /// @param us what names this database
    Ownership(BlobStore blobs, String us) {
        this.blobs = blobs;
        this.us = us;
    }

    void claim() throws IOException {
        if (isClaimed) {
            return;
        }
        if (blobs.owner().isEmpty()) {
            blobs.claim(us);
        }
        isClaimed = true;
    }

    /// What its owner is called; empty while it has none.
    Optional<String> owner() throws IOException {
        return blobs.owner();
    }

    boolean isOurs() throws IOException {
        return owner().filter(us::equals).isPresent();
    }
}
