package dev.lockstep.storage;

import dev.lockstep.config.Settings;
import dev.lockstep.storage.blob.S3Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Where files lie, and how large they may be.
///
/// @param folder the files themselves, and what is being received; with a store only the latter
/// @param s3 the store that keeps files in place of the folder
/// @param maxFile bytes of one file in a bucket that says nothing else
/// @param maxBucketFile the most that a bucket may say
/// @param poolSize connections of its own
/// @param orphanAge how old bytes without a row are before they are dropped
public record StorageConfig(
        Path folder,
        Optional<S3Config> s3,
        long maxFile,
        long maxBucketFile,
        int poolSize,
        Duration orphanAge) {

    public static StorageConfig of(Settings settings) {
        StorageConfig config =
                new StorageConfig(
                        settings.path("storage.folder").orElse(Path.of("lockstep-files")),
                        S3Config.of(settings),
                        settings.bytes("storage.max-file", 25L << 20),
                        settings.bytes("storage.max-bucket-file", 5L << 30),
                        settings.number("storage.pool-size", 8, 1, 1000),
                        settings.duration("storage.orphan-age", Duration.ofHours(1)));
        if (config.s3.isPresent()) {
            atMost(settings, "storage.max-file", config.maxFile);
            atMost(settings, "storage.max-bucket-file", config.maxBucketFile);
        }
        return config;
    }

    private static void atMost(Settings settings, String key, long bytes) {
        if (bytes > S3Config.MAX_OBJECT) {
            settings.problem(
                    key, "is " + bytes + ": an S3 store takes 5GiB at once; give 5GiB or less");
        }
    }
}
