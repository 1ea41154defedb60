package dev.lockstep.storage.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Keeps bytes under ids, whole or not at all.
public interface BlobStore extends AutoCloseable {
    /// How many ids are told of at a time.
    int BATCH = 500;

    /// Whose files these are; nothing while nobody has claimed them.
    Optional<String> owner() throws IOException;

    void claim(String owner) throws IOException;

    /// Where bytes are received before they are kept; there is room for them.
    ///
    /// @throws IOException when that place cannot be made
    Path draft(BlobId id) throws IOException;

    /// From now on the bytes are there, and survive a crash. The draft is gone afterwards.
    void keep(Path draft, BlobId id) throws IOException;

    /// Nothing when there are no such bytes.
    Optional<BlobBody> open(BlobId id, long offset, long length) throws IOException;

    /// @return false when there are no such bytes
    boolean copy(BlobId from, BlobId to) throws IOException;

    /// What is not there is none of its business.
    void delete(Collection<BlobId> ids) throws IOException;

    /// Tells of everything that was kept before, [#BATCH] at a time, and drops older drafts.
    void sweep(Instant before, Consumer<List<BlobId>> kept) throws IOException;

    @Override
    void close();
}
