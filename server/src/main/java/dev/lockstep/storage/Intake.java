package dev.lockstep.storage;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.lockstep.storage.blob.BlobId;
import dev.lockstep.storage.blob.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes bytes in, a piece at a time, up to a limit.
final class Intake {
    private static final Logger log = LoggerFactory.getLogger(Intake.class);
    private static final int PIECE = 64 * 1024;
    private static final int TAG_BYTES = 16;

    private final BlobStore blobs;
    private final Ownership ownership;

    Intake(BlobStore blobs, Ownership ownership) {
        this.blobs = blobs;
        this.ownership = ownership;
    }

    /// @throws StorageException when more comes than the limit, or it does not come
    Draft receive(InputStream body, long limit) {
        BlobId id = BlobId.random();
        Path file = place(id);
        boolean isWhole = false;
        try (OutputStream out = Files.newOutputStream(file, CREATE_NEW, WRITE)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[PIECE];
            long size = 0;
            for (int count = next(body, piece); count >= 0; count = next(body, piece)) {
                size += count;
                if (size > limit) {
                    throw StorageError.tooLarge();
                }
                digest.update(piece, 0, count);
                out.write(piece, 0, count);
            }
            isWhole = true;
            return new Draft(id, file, size, tag(digest.digest()));
        } catch (IOException e) {
            throw unavailable(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        } finally {
            if (!isWhole) {
                drop(file);
            }
        }
    }

    private Path place(BlobId id) {
        try {
            ownership.claim();
            return blobs.draft(id);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private static int next(InputStream body, byte[] piece) {
        try {
            return body.read(piece);
        } catch (IOException e) {
            throw interrupted(e);
        }
    }

    /// Drops what was received.
    static void drop(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.atWarn().setCause(e).log("a draft was not dropped; the next sweep tries again");
        }
    }

    private static String tag(byte[] digest) {
        return '"' + HexFormat.of().formatHex(digest, 0, TAG_BYTES) + '"';
    }

    /// What is said when a body ends before it is whole.
    static StorageException interrupted(IOException problem) {
        String words = problem.getMessage();
        return new StorageError(
                        408,
                        "RequestTimeout",
                        words == null ? "The body did not come whole" : words)
                .thrown();
    }

    /// What is said when the store of bytes does not do its work.
    static StorageException unavailable(IOException problem) {
        log.atError().setCause(problem).log("the store of files does not work");
        return new StorageError(
                        503, "Unavailable", "Files cannot be kept or read at the moment; try again")
                .thrown();
    }
}
