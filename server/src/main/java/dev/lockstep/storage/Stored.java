package dev.lockstep.storage;

import dev.lockstep.storage.blob.BlobId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A row of `storage.objects`.
record Stored(JsonNode row) {
    /// The columns that answers are made of, as one JSON object.
    static final String COLUMNS =
            "jsonb_build_object('id', id, 'name', name, 'bucket_id', bucket_id, 'version', version,"
                    + " 'owner', owner, 'owner_id', owner_id, 'created_at', created_at,"
                    + " 'updated_at', updated_at, 'last_accessed_at', last_accessed_at,"
                    + " 'metadata', metadata, 'user_metadata', user_metadata)::text";

    static Stored of(String json) {
        return new Stored(Json.row(json));
    }

    String name() {
        return text("name");
    }

    String bucket() {
        return text("bucket_id");
    }

    /// Nothing where the row is of another program, which keeps its bytes elsewhere.
    Optional<BlobId> blob() {
        return BlobId.parse(text("version"));
    }

    long size() {
        return metadata().path("size").asLong(0);
    }

    String type() {
        return metadata().path("mimetype").asString("application/octet-stream");
    }

    String tag() {
        return metadata().path("eTag").asString("");
    }

    String cacheControl() {
        return metadata().path("cacheControl").asString("no-cache");
    }

    Instant modified() {
        return OffsetDateTime.parse(text("updated_at")).toInstant();
    }

    private JsonNode metadata() {
        return row.path("metadata");
    }

    private String text(String field) {
        return row.path(field).asString("");
    }
}
