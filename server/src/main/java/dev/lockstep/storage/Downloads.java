package dev.lockstep.storage;

import dev.lockstep.storage.blob.BlobBody;
import dev.lockstep.storage.blob.BlobId;
import dev.lockstep.storage.blob.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Hands files out: whole, in part, or not again.
final class Downloads {
    private final BlobStore blobs;

    Downloads(BlobStore blobs) {
        this.blobs = blobs;
    }

    /// @param file that the caller may see
    /// @throws StorageException when its bytes are not here
    StorageAnswer serve(Stored file, StorageRequest request) {
        BlobId blob = file.blob().orElseThrow(StorageError::noObject);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("etag", file.tag());
        headers.put("last-modified", date(file.modified()));
        headers.put("cache-control", file.cacheControl());
        if (isKnown(file, request)) {
            return new StorageAnswer.Text(304, headers, new byte[0]);
        }
        headers.put("content-type", Served.type(file.type()));
        headers.put("accept-ranges", "bytes");
        headers.put("x-content-type-options", "nosniff");
        headers.put("content-security-policy", Served.POLICY);
        Served.disposition(request.query("download"), file.type(), file.name())
                .ifPresent(value -> headers.put("content-disposition", value));
        long size = file.size();
        return switch (range(file, request)) {
            case Range.Whole() -> content(200, headers, blob, 0, size, request);
            case Range.Part(var first, var length) -> {
                String told = "bytes " + first + "-" + (first + length - 1) + "/" + size;
                headers.put("content-range", told);
                yield content(206, headers, blob, first, length, request);
            }
            case Range.Outside() -> {
                StorageAnswer.Text refusal =
                        StorageAnswer.Text.json(
                                416,
                                Json.error(
                                        new StorageError(
                                                416,
                                                "InvalidRange",
                                                "The file has "
                                                        + size
                                                        + " bytes, and none of those asked for")));
                yield new StorageAnswer.Text(
                        416,
                        Map.of(
                                "content-type",
                                "application/json; charset=utf-8",
                                "content-range",
                                "bytes */" + size),
                        refusal.body());
            }
        };
    }

    private StorageAnswer content(
            int status,
            Map<String, String> headers,
            BlobId blob,
            long offset,
            long length,
            StorageRequest request) {
        if (request.isHead()) {
            BlobBody unopened = new BlobBody.InStream(InputStream.nullInputStream(), length);
            return new StorageAnswer.Content(status, headers, unopened);
        }
        try {
            BlobBody body = blobs.open(blob, offset, length).orElseThrow(StorageError::noObject);
            return new StorageAnswer.Content(status, headers, body);
        } catch (IOException e) {
            throw Intake.unavailable(e);
        }
    }

    private static boolean isKnown(Stored file, StorageRequest request) {
        Optional<String> tags = request.header("if-none-match");
        if (tags.isPresent()) {
            return Arrays.stream(tags.get().split(","))
                    .map(String::strip)
                    .anyMatch(tag ->
                            tag.equals("*")
                                    || (tag.startsWith("W/") ? tag.substring(2) : tag)
                                            .equals(file.tag()));
        }
        return request.header("if-modified-since")
                .flatMap(Downloads::moment)
                .filter(since -> !seconds(file.modified()).isAfter(since))
                .isPresent();
    }

    /// A part of a file that has changed since is of no use: the whole is sent.
    private static Range range(Stored file, StorageRequest request) {
        boolean fits =
                request.header("if-range")
                        .map(known ->
                                known.equals(file.tag())
                                        || moment(known)
                                                .filter(seconds(file.modified())::equals)
                                                .isPresent())
                        .orElse(true);
        return fits ? Range.of(request.header("range").orElse(""), file.size()) : new Range.Whole();
    }

    private static Instant seconds(Instant moment) {
        return moment.truncatedTo(ChronoUnit.SECONDS);
    }

    private static Optional<Instant> moment(String text) {
        try {
            return Optional.of(
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    private static String date(Instant moment) {
        return DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", java.util.Locale.US)
                .format(moment.atOffset(ZoneOffset.UTC));
    }
}
