package dev.lockstep.storage;

import dev.lockstep.error.FailureException;
import dev.lockstep.storage.blob.BlobId;
import dev.lockstep.storage.blob.BlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops bytes without a row: those of a process that ended between the two, and of rows that were
/// deleted by SQL. Never those that are younger than a while, whose row may be on its way.
final class Sweep {
    private static final Logger log = LoggerFactory.getLogger(Sweep.class);

    private final BlobStore blobs;
    private final Objects objects;
    private final Ownership ownership;
    private final Duration age;
    private final InstantSource clock;

    Sweep(
            BlobStore blobs,
            Objects objects,
            Ownership ownership,
            Duration age,
            InstantSource clock) {
        this.blobs = blobs;
        this.objects = objects;
        this.ownership = ownership;
        this.age = age;
        this.clock = clock;
    }

    /// @return how many were dropped
    int run() {
        int[] dropped = new int[1];
        try {
            if (!ownership.isOurs()) {
                tellOfOther();
                return 0;
            }
            blobs.sweep(clock.instant().minus(age), batch -> dropped[0] += drop(batch));
        } catch (IOException | UncheckedIOException | FailureException | StorageException e) {
            log.atWarn().setCause(e).log("files were not swept; tried again in an hour");
        }
        if (dropped[0] > 0) {
            log.atInfo().addKeyValue("count", dropped[0]).log("bytes without a row were dropped");
        }
        return dropped[0];
    }

    /// What another database's rows name would look like nobody's.
    private void tellOfOther() throws IOException {
        if (ownership.owner().isPresent()) {
            log.atWarn()
                    .log(
                            "the store holds another database's files and is not swept: give each"
                                    + " database a storage.folder or storage.s3.prefix of its own");
        }
    }

    private int drop(List<BlobId> batch) {
        List<BlobId> unnamed = objects.unnamed(batch);
        try {
            blobs.delete(unnamed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return unnamed.size();
    }
}
