package dev.lockstep.storage;

import dev.lockstep.storage.blob.BlobId;
import java.nio.file.Path;

/// Bytes that were received.
///
/// @param tag of their content
record Draft(BlobId id, Path file, long size, String tag) {}
