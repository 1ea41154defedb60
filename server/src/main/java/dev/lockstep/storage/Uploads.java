package dev.lockstep.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Caller;
import dev.lockstep.storage.blob.BlobId;
import dev.lockstep.storage.blob.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Takes files in: may the caller, are the bytes whole and kept, then the row. Whatever fails, no
/// row names bytes that are not there.
final class Uploads {
    private static final int MAX_FIELD = 64 * 1024;
    private static final int MAX_FIELDS = 16;
    private static final String OPERATION = "storage.object.upload";

    private final Buckets buckets;
    private final Objects objects;
    private final BlobStore blobs;
    private final Intake intake;
    private final Discard discard;
    private final InstantSource clock;

    Uploads(
            Buckets buckets,
            Objects objects,
            BlobStore blobs,
            Ownership ownership,
            InstantSource clock) {
        this.buckets = buckets;
        this.objects = objects;
        this.blobs = blobs;
        this.intake = new Intake(blobs, ownership);
        this.discard = new Discard(blobs, objects);
        this.clock = clock;
    }

    /// On whose behalf, and for whom.
    ///
    /// @param owner whose the file will be; may be empty
    record Sender(Caller caller, String owner) {}

    /// What stands beside the bytes.
    private record Told(String type, String cacheControl, Optional<String> userMetadata) {}

    /// What a form has said before its file came.
    private static final class Fields {
        private String cacheControl = "no-cache";
        private Optional<String> userMetadata = Optional.empty();
    }

    /// @param upsert whether it may take the place of another
    StorageAnswer take(
            Sender sender, String bucketId, String name, boolean upsert, StorageRequest request) {
        Bucket bucket = buckets.need(bucketId);
        Names.object(name);
        String type = request.header("content-type").orElse("application/octet-stream");
        Optional<Multipart> form = Multipart.of(type, request.body());
        Target target = new Target(sender, bucket, name, upsert);
        if (form.isPresent()) {
            return fromForm(target, form.get());
        }
        long length = length(request);
        if (length > buckets.limit(bucket)) {
            throw StorageError.tooLarge();
        }
        Told told =
                new Told(
                        type(type),
                        printable(
                                "cache-control",
                                request.header("cache-control").orElse("no-cache")),
                        request.header("x-metadata").map(Uploads::fromBase64));
        return keep(target, told, request.body(), length);
    }

    private record Target(Sender sender, Bucket bucket, String name, boolean upsert) {}

    private StorageAnswer fromForm(Target target, Multipart form) {
        Fields fields = new Fields();
        try {
            for (int count = 0; count < MAX_FIELDS; count++) {
                Optional<Multipart.Part> next = form.next();
                if (next.isEmpty()) {
                    break;
                }
                Multipart.Part part = next.get();
                if (part.isFile()) {
                    String type = part.contentType().orElse("application/octet-stream");
                    Told told = new Told(type(type), fields.cacheControl, fields.userMetadata);
                    return keep(target, told, part.body(), -1);
                }
                read(part, fields);
            }
        } catch (IOException e) {
            throw Intake.interrupted(e);
        }
        throw StorageError.invalid(
                "InvalidRequest", "The form has no file among its first " + MAX_FIELDS + " parts");
    }

    private static void read(Multipart.Part part, Fields fields) throws IOException {
        byte[] bytes = part.body().readNBytes(MAX_FIELD + 1);
        if (bytes.length > MAX_FIELD) {
            throw StorageError.invalid(
                    "InvalidRequest", "A field of the form is longer than " + MAX_FIELD + " bytes");
        }
        String value = new String(bytes, UTF_8);
        switch (part.name()) {
            case "cacheControl" ->
                    fields.cacheControl =
                            printable(
                                    "cacheControl",
                                    value.matches("\\d{1,10}") ? "max-age=" + value : value);
            case "metadata" -> fields.userMetadata = Optional.of(metadata(value));
            default -> {} // another program's
        }
    }

    private StorageAnswer keep(Target target, Told told, InputStream body, long declared) {
        target.bucket.admit(told.type);
        BlobId promised = BlobId.random();
        UUID row = UUID.randomUUID();
        objects.rehearse(
                target.sender.caller,
                OPERATION,
                entry(target, row, told, Math.max(0, declared), "", promised),
                target.upsert);
        Draft draft = intake.receive(body, buckets.limit(target.bucket));
        try {
            blobs.keep(draft.file(), draft.id());
        } catch (IOException e) {
            Intake.drop(draft.file());
            throw Intake.unavailable(e);
        }
        Objects.Written written;
        try {
            written =
                    objects.write(
                            target.sender.caller,
                            OPERATION,
                            entry(target, row, told, draft.size(), draft.tag(), draft.id()),
                            target.upsert);
        } catch (StorageException | FailureException e) {
            discard.drop(List.of(draft.id()));
            throw e;
        }
        discard.drop(written.replaced().stream().toList());
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("Id", written.id());
        said.put("Key", target.bucket.id() + "/" + target.name);
        return StorageAnswer.Text.json(200, Json.write(said));
    }

    private Objects.Entry entry(
            Target target, UUID row, Told told, long size, String tag, BlobId blob) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("eTag", tag);
        metadata.put("size", size);
        metadata.put("mimetype", told.type);
        metadata.put("cacheControl", told.cacheControl);
        metadata.put("lastModified", clock.instant().toString());
        metadata.put("contentLength", size);
        metadata.put("httpStatusCode", 200);
        return new Objects.Entry(
                row,
                target.bucket.id(),
                target.name,
                target.sender.owner,
                Json.write(metadata),
                told.userMetadata,
                blob.toString());
    }

    private static long length(StorageRequest request) {
        String text = request.header("content-length").orElse("");
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }

    private static String type(String given) {
        if (given.length() > 255
                || !given.matches("[\\w.+-]{1,127}/[\\w.+-]{1,127}(\\s*;[\\x20-\\x7e]*)?")) {
            throw StorageError.invalid(
                    "invalid_mime_type", "The content type is not of the form type/subtype");
        }
        return given;
    }

    private static String printable(String field, String value) {
        if (!value.matches("[\\x20-\\x7e]{1,255}")) {
            throw StorageError.invalid(
                    "InvalidRequest", field + " must be 1 to 255 printable ASCII characters");
        }
        return value;
    }

    private static String fromBase64(String text) {
        try {
            return metadata(new String(Base64.getDecoder().decode(text), UTF_8));
        } catch (IllegalArgumentException _) {
            throw StorageError.invalid("InvalidRequest", "x-metadata must be base64");
        }
    }

    private static String metadata(String text) {
        return Json.object(text)
                .map(Object::toString)
                .orElseThrow(() ->
                        StorageError.invalid("InvalidRequest", "metadata must be a JSON object"));
    }
}
