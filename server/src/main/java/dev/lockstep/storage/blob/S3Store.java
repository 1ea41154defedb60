package dev.lockstep.storage.blob;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/// One bucket of an S3-compatible store: `<prefix><id>` for what is there, and `<prefix>owner`.
/// What is being received lies in a folder of this machine first, so that its length is known and
/// an attempt can be repeated. It is sent as one object, which the store shows whole or not at all.
///
/// Any thread; virtual ones for what is large, as only they can be called off while they send.
public final class S3Store implements BlobStore {
    /// A store that takes less than this in a second is as good as gone.
    private static final long FLOOR = 512 * 1024;

    private static final int COPY_TIMEOUTS = 8;
    private static final String OWNER = "owner";

    private final S3Client client;
    private final S3Config config;
    private final Drafts drafts;

    /// @param folder for what is being received
    public S3Store(S3Config config, Path folder) {
        this.config = config;
        this.drafts = new Drafts(folder.resolve("drafts"));
        this.client = S3Clients.of(config);
    }

    @Override
    public Optional<String> owner() throws IOException {
        try {
            return Optional.of(
                    asked(() ->
                                    client.getObjectAsBytes(
                                            get -> get.bucket(config.bucket()).key(key(OWNER))))
                            .asString(UTF_8)
                            .strip());
        } catch (Missing _) {
            return Optional.empty();
        }
    }

    @Override
    public void claim(String name) throws IOException {
        asked(() ->
                client.putObject(
                        put -> put.bucket(config.bucket()).key(key(OWNER)),
                        RequestBody.fromString(name)));
    }

    @Override
    public Path draft(BlobId id) throws IOException {
        return drafts.of(id);
    }

    @Override
    public void keep(Path draft, BlobId id) throws IOException {
        Duration patience = config.timeout().plusSeconds(Files.size(draft) / FLOOR);
        asked(() ->
                client.putObject(
                        put ->
                                put.bucket(config.bucket())
                                        .key(key(id))
                                        .overrideConfiguration(time ->
                                                time.apiCallAttemptTimeout(patience)
                                                        .apiCallTimeout(patience.multipliedBy(2))),
                        draft));
        Files.delete(draft);
    }

    @Override
    public Optional<BlobBody> open(BlobId id, long offset, long length) throws IOException {
        if (length == 0) {
            // No range is empty.
            return Optional.of(new BlobBody.InStream(InputStream.nullInputStream(), 0));
        }
        String range = "bytes=" + offset + "-" + (offset + length - 1);
        ResponseInputStream<GetObjectResponse> body;
        try {
            body =
                    asked(() ->
                            client.getObject(
                                    get -> get.bucket(config.bucket()).key(key(id)).range(range)));
        } catch (Missing _) {
            return Optional.empty();
        }
        Long sent = body.response().contentLength();
        if (sent == null || sent != length) {
            body.abort();
            throw new IOException(
                    "the store gave %s bytes where %d were asked for".formatted(sent, length));
        }
        return Optional.of(new BlobBody.InStream(new Abortable(body, length), length));
    }

    @Override
    public boolean copy(BlobId from, BlobId to) throws IOException {
        // The store is done when it says so; meanwhile it sends a sign of life.
        Duration patience = config.timeout().multipliedBy(COPY_TIMEOUTS);
        try {
            asked(() ->
                    client.copyObject(copy ->
                            copy.sourceBucket(config.bucket())
                                    .sourceKey(key(from))
                                    .destinationBucket(config.bucket())
                                    .destinationKey(key(to))
                                    .overrideConfiguration(time ->
                                            time.apiCallAttemptTimeout(patience)
                                                    .apiCallTimeout(patience))));
            return true;
        } catch (Missing _) {
            return false;
        }
    }

    @Override
    public void delete(Collection<BlobId> ids) throws IOException {
        List<BlobId> all = List.copyOf(ids);
        for (int from = 0; from < all.size(); from += BATCH) {
            List<BlobId> batch = all.subList(from, Math.min(all.size(), from + BATCH));
            try {
                deleteTogether(batch);
            } catch (Refused _) {
                // Not every store takes many at once, or the checksum that it demands for them.
                deleteEach(batch);
            }
        }
    }

    private void deleteTogether(List<BlobId> ids) throws IOException {
        List<ObjectIdentifier> keys =
                ids.stream().map(id -> ObjectIdentifier.builder().key(key(id)).build()).toList();
        Delete several = Delete.builder().objects(keys).quiet(true).build();
        DeleteObjectsResponse answer =
                asked(() ->
                        client.deleteObjects(
                                delete -> delete.bucket(config.bucket()).delete(several)));
        if (!answer.errors().isEmpty()) {
            throw new IOException(
                    "the store did not delete %d of %d objects: %s"
                            .formatted(
                                    answer.errors().size(),
                                    ids.size(),
                                    answer.errors().getFirst().code()));
        }
    }

    private void deleteEach(List<BlobId> ids) throws IOException {
        for (BlobId id : ids) {
            try {
                asked(() ->
                        client.deleteObject(delete -> delete.bucket(config.bucket()).key(key(id))));
            } catch (Missing _) {
                continue; // as it should be
            }
        }
    }

    @Override
    public void sweep(Instant before, Consumer<List<BlobId>> told) throws IOException {
        drafts.sweep(before);
        String after = "";
        boolean isMore = true;
        while (isMore) {
            String last = after;
            ListObjectsV2Response page =
                    asked(() ->
                            client.listObjectsV2(list ->
                                    list.bucket(config.bucket())
                                            .prefix(config.prefix())
                                            .startAfter(last.isEmpty() ? null : last)
                                            .maxKeys(BATCH)));
            List<BlobId> old = new ArrayList<>();
            for (S3Object object : page.contents()) {
                after = object.key();
                if (object.lastModified().isBefore(before)) {
                    BlobId.parse(after.substring(config.prefix().length())).ifPresent(old::add);
                }
            }
            if (!old.isEmpty()) {
                told.accept(List.copyOf(old));
            }
            isMore = Boolean.TRUE.equals(page.isTruncated()) && !after.equals(last);
        }
    }

    private String key(Object name) {
        return config.prefix() + name;
    }

    /// The store has no such object.
    private static final class Missing extends IOException {
        private static final long serialVersionUID = 1;

        Missing(Throwable cause) {
            super("the store has no such object", cause);
        }
    }

    /// The store does not do such a thing, or not for us.
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private <T> T asked(Supplier<T> call) throws IOException {
        try {
            return call.get();
        } catch (NoSuchKeyException e) {
            throw new Missing(e);
        } catch (S3Exception e) {
            String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
            if ("NoSuchKey".equals(code)) {
                throw new Missing(e);
            }
            String message =
                    "the store at %s answered %d %s for bucket %s"
                            .formatted(config.endpoint(), e.statusCode(), code, config.bucket());
            throw e.statusCode() < 500 || e.statusCode() == 501
                    ? new Refused(message, e)
                    : new IOException(message, e);
        } catch (SdkException e) {
            throw new IOException("the store at " + config.endpoint() + " cannot be reached", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
