package dev.lockstep.storage;

import dev.lockstep.error.FailureException;
import dev.lockstep.storage.blob.BlobId;
import dev.lockstep.storage.blob.BlobStore;
import java.io.IOException;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops bytes after their row is gone. That it fails is no failure of the request: the sweep finds
/// what was left.
final class Discard {
    private static final Logger log = LoggerFactory.getLogger(Discard.class);

    private final BlobStore blobs;
    private final Objects objects;

    Discard(BlobStore blobs, Objects objects) {
        this.blobs = blobs;
        this.objects = objects;
    }

    void drop(Collection<BlobId> ids) {
        try {
            // A row that was copied by SQL names the same bytes.
            blobs.delete(objects.unnamed(ids));
        } catch (IOException | FailureException | StorageException e) {
            log.atWarn()
                    .addKeyValue("count", ids.size())
                    .setCause(e)
                    .log("bytes were not dropped; the next sweep tries again");
        }
    }
}
