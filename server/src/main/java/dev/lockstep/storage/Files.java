package dev.lockstep.storage;

import dev.lockstep.postgres.Caller;
import dev.lockstep.storage.blob.BlobId;
import dev.lockstep.storage.blob.BlobStore;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// What can be done with files that are there.
final class Files {
    private static final int MAX_REMOVED = 1000;
    private static final int BATCH = 500;

    private final Buckets buckets;
    private final Objects objects;
    private final BlobStore blobs;
    private final Listing listing;
    private final Downloads downloads;
    private final Discard discard;

    Files(Rows rows, Buckets buckets, Objects objects, BlobStore blobs) {
        this.buckets = buckets;
        this.objects = objects;
        this.blobs = blobs;
        this.listing = new Listing(rows);
        this.downloads = new Downloads(blobs);
        this.discard = new Discard(blobs, objects);
    }

    /// For everybody, where the bucket says so.
    StorageAnswer open(Place place, StorageRequest request) {
        return downloads.serve(openFile(place), request);
    }

    StorageAnswer openInfo(Place place) {
        return info(openFile(place));
    }

    private Stored openFile(Place place) {
        if (buckets.find(place.bucket()).filter(Bucket::isPublic).isEmpty()) {
            throw StorageError.noBucket();
        }
        return find(Visitors.SERVICE, "storage.object.get_public", place);
    }

    StorageAnswer download(Caller caller, Place place, StorageRequest request) {
        return downloads.serve(find(caller, "storage.object.get_authenticated", place), request);
    }

    StorageAnswer info(Caller caller, Place place) {
        return info(find(caller, "storage.object.info", place));
    }

    private Stored find(Caller caller, String operation, Place place) {
        if (!Names.isObject(place.name())) {
            throw StorageError.noObject();
        }
        return objects.find(caller, operation, place.bucket(), place.name())
                .orElseThrow(StorageError::noObject);
    }

    private static StorageAnswer info(Stored file) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("id", file.row().path("id"));
        said.put("name", file.name());
        said.put("version", file.row().path("version"));
        said.put("bucket_id", file.bucket());
        said.put("size", file.size());
        said.put("content_type", file.type());
        said.put("cache_control", file.cacheControl());
        said.put("etag", file.tag());
        said.put("metadata", file.row().path("user_metadata"));
        said.put("last_modified", file.row().path("updated_at"));
        said.put("created_at", file.row().path("created_at"));
        return StorageAnswer.Text.json(200, Json.write(said));
    }

    StorageAnswer list(Caller caller, String bucket, JsonNode body) {
        return listing.list(caller, bucket, body);
    }

    StorageAnswer remove(Caller caller, String bucket, JsonNode body) {
        List<String> names = Json.texts(body, "prefixes", MAX_REMOVED);
        List<Stored> gone = objects.delete(caller, "storage.object.delete_many", bucket, names);
        discard.drop(blobs(gone));
        return StorageAnswer.Text.json(200, Json.write(gone.stream().map(Stored::row).toList()));
    }

    StorageAnswer removeOne(Caller caller, Place place) {
        List<Stored> gone =
                objects.delete(
                        caller, "storage.object.delete", place.bucket(), List.of(place.name()));
        if (gone.isEmpty()) {
            throw StorageError.noObject();
        }
        discard.drop(blobs(gone));
        return StorageAnswer.Text.message("Successfully deleted");
    }

    /// Everything in a bucket that the caller may delete, a batch at a time.
    StorageAnswer empty(Caller caller, String bucket) {
        buckets.get(caller, bucket);
        List<Stored> gone;
        do {
            gone = objects.deleteSome(caller, "storage.bucket.empty", bucket, BATCH);
            discard.drop(blobs(gone));
        } while (!gone.isEmpty());
        return StorageAnswer.Text.message("Successfully emptied");
    }

    StorageAnswer move(Caller caller, JsonNode body) {
        Place from = from(body);
        Place to = to(body, from);
        admit(caller, "storage.object.move", from, to);
        if (!objects.move(caller, from.bucket(), from.name(), to.bucket(), to.name())) {
            throw StorageError.noObject();
        }
        return StorageAnswer.Text.message("Successfully moved");
    }

    StorageAnswer copy(Caller caller, JsonNode body, boolean upsert) {
        Place from = from(body);
        Place to = to(body, from);
        Stored file = admit(caller, "storage.object.copy", from, to);
        BlobId original = file.blob().orElseThrow(StorageError::noObject);
        BlobId copy = BlobId.random();
        Objects.Entry entry =
                new Objects.Entry(
                        UUID.randomUUID(),
                        to.bucket(),
                        to.name(),
                        caller.subject(),
                        file.row().path("metadata").toString(),
                        Optional.of(file.row().path("user_metadata"))
                                .filter(JsonNode::isObject)
                                .map(JsonNode::toString),
                        copy.toString());
        objects.rehearse(caller, "storage.object.copy", entry, upsert);
        try {
            if (!blobs.copy(original, copy)) {
                throw StorageError.noObject();
            }
        } catch (IOException e) {
            throw Intake.unavailable(e);
        }
        Objects.Written written;
        try {
            written = objects.write(caller, "storage.object.copy", entry, upsert);
        } catch (RuntimeException e) {
            discard.drop(List.of(copy));
            throw e;
        }
        discard.drop(written.replaced().stream().toList());
        return StorageAnswer.Text.json(
                200, Json.write(Map.of("Id", written.id(), "Key", to.bucket() + "/" + to.name())));
    }

    /// The file that is to go elsewhere, where it may.
    private Stored admit(Caller caller, String operation, Place from, Place to) {
        Stored file = find(caller, operation, from);
        Bucket bucket = buckets.need(to.bucket());
        if (!to.bucket().equals(from.bucket())) {
            bucket.admit(file.type());
            if (file.size() > buckets.limit(bucket)) {
                throw StorageError.tooLarge();
            }
        }
        return file;
    }

    private static Place from(JsonNode body) {
        return new Place(Json.needed(body, "bucketId"), Json.needed(body, "sourceKey"));
    }

    private static Place to(JsonNode body, Place from) {
        return new Place(
                Json.text(body, "destinationBucket").orElse(from.bucket()),
                Names.object(Json.needed(body, "destinationKey")));
    }

    private static List<BlobId> blobs(List<Stored> files) {
        return files.stream().flatMap(file -> file.blob().stream()).toList();
    }
}
