package dev.lockstep.storage;

import dev.lockstep.config.Settings;
import java.nio.file.Path;
import java.time.Duration;

/// Where files lie, and how large they may be.
///
/// @param folder the files themselves, and what is being received
/// @param maxFile bytes of one file in a bucket that says nothing else
/// @param maxBucketFile the most that a bucket may say
/// @param poolSize connections of its own
/// @param orphanAge how old bytes without a row are before they are dropped
public record StorageConfig(
        Path folder, long maxFile, long maxBucketFile, int poolSize, Duration orphanAge) {

    public static StorageConfig of(Settings settings) {
        return new StorageConfig(
                settings.path("storage.folder").orElse(Path.of("lockstep-files")),
                settings.bytes("storage.max-file", 25L << 20),
                settings.bytes("storage.max-bucket-file", 5L << 30),
                settings.number("storage.pool-size", 8, 1, 1000),
                settings.duration("storage.orphan-age", Duration.ofHours(1)));
    }
}
