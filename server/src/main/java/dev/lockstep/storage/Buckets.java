package dev.lockstep.storage;

import dev.lockstep.postgres.Caller;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The rows of `storage.buckets`.
final class Buckets {
    private static final String COLUMNS =
            "jsonb_build_object('id', id, 'name', name, 'owner', coalesce(owner::text, ''),"
                    + " 'public', public, 'type', 'STANDARD', 'file_size_limit', file_size_limit,"
                    + " 'allowed_mime_types', allowed_mime_types, 'created_at', created_at,"
                    + " 'updated_at', updated_at)::text";
    private static final Set<String> SORTS = Set.of("id", "name", "created_at", "updated_at");
    private static final int MAX_LIST = 1000;
    private static final int MAX_TYPES = 100;
    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,15})\\s*(|b|kb|mb|gb|kib|mib|gib)", Pattern.CASE_INSENSITIVE);

    private final Rows rows;
    private final StorageConfig config;

    Buckets(Rows rows, StorageConfig config) {
        this.rows = rows;
        this.config = config;
    }

    /// What the bucket says, whoever asks: nobody is told of it by this.
    Optional<Bucket> find(String id) {
        return rows.as(
                Visitors.SERVICE,
                "storage.bucket.get",
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "select public, file_size_limit, allowed_mime_types"
                                            + " from storage.buckets where id = ?")) {
                        statement.setString(1, id);
                        try (ResultSet row = statement.executeQuery()) {
                            return row.next() ? Optional.of(bucket(id, row)) : Optional.empty();
                        }
                    }
                });
    }

    private static Bucket bucket(String id, ResultSet row) throws SQLException {
        long limit = row.getLong(2);
        Optional<Long> own = row.wasNull() ? Optional.empty() : Optional.of(limit);
        Array types = row.getArray(3);
        List<String> all =
                types != null && types.getArray() instanceof String[] texts
                        ? Arrays.asList(texts)
                        : List.of();
        return new Bucket(id, row.getBoolean(1), own, all);
    }

    /// @throws StorageException when there is none
    Bucket need(String id) {
        return find(id).orElseThrow(StorageError::noBucket);
    }

    /// The most bytes that a file there may have.
    long limit(Bucket bucket) {
        return Math.min(bucket.limit().orElse(config.maxFile()), config.maxBucketFile());
    }

    StorageAnswer list(Caller caller, StorageRequest request) {
        String sort = request.query("sortColumn").orElse("name");
        String order = request.query("sortOrder").orElse("asc");
        if (!SORTS.contains(sort) || !order.matches("asc|desc")) {
            throw StorageError.invalid(
                    "InvalidRequest",
                    "sortColumn must be one of id, name, created_at, updated_at, and sortOrder asc"
                            + " or desc");
        }
        long limit = number(request, "limit", MAX_LIST);
        long offset = number(request, "offset", 0);
        return rows.as(
                caller,
                "storage.bucket.list",
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "select coalesce(jsonb_agg(b.row::jsonb), '[]')::text from (select "
                                            + COLUMNS
                                            + " as row from storage.buckets"
                                            + " where starts_with(lower(name), lower(?))"
                                            + " order by "
                                            + sort // one of four words
                                            + " "
                                            + order
                                            + " limit ? offset ?) b")) {
                        statement.setString(1, request.query("search").orElse(""));
                        statement.setLong(2, Math.min(limit, MAX_LIST));
                        statement.setLong(3, offset);
                        try (ResultSet row = statement.executeQuery()) {
                            row.next();
                            return StorageAnswer.Text.json(200, row.getString(1));
                        }
                    }
                });
    }

    private static long number(StorageRequest request, String name, long otherwise) {
        String text = request.query(name).orElse(Long.toString(otherwise));
        if (!text.matches("\\d{1,9}")) {
            throw StorageError.invalid(
                    "InvalidRequest", "querystring/" + name + " must be a whole number");
        }
        return Long.parseLong(text);
    }

    StorageAnswer get(Caller caller, String id) {
        return rows.as(
                caller,
                "storage.bucket.get",
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "select " + COLUMNS + " from storage.buckets where id = ?")) {
                        statement.setString(1, id);
                        try (ResultSet row = statement.executeQuery()) {
                            if (!row.next()) {
                                throw StorageError.noBucket();
                            }
                            return StorageAnswer.Text.json(200, row.getString(1));
                        }
                    }
                });
    }

    StorageAnswer create(Caller caller, JsonNode body) {
        String name = Json.needed(body, "name");
        String id = Names.bucket(Json.text(body, "id").orElse(name));
        if (Json.text(body, "type").filter(type -> !type.equals("STANDARD")).isPresent()) {
            throw StorageError.notServed("A bucket of another type than STANDARD");
        }
        Long limit = size(body.get("file_size_limit"));
        String[] types = types(body);
        boolean isPublic = body.path("public").asBoolean(false);
        return rows.as(
                caller,
                "storage.bucket.create",
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "insert into storage.buckets (id, name, public, file_size_limit,"
                                            + " allowed_mime_types, owner, owner_id)"
                                            + " values (?, ?, ?, ?, ?, ?::uuid, ?)")) {
                        statement.setString(1, id);
                        statement.setString(2, id);
                        statement.setBoolean(3, isPublic);
                        statement.setObject(4, limit);
                        statement.setArray(
                                5, types == null ? null : connection.createArrayOf("text", types));
                        statement.setString(6, Objects.uuid(caller.subject()));
                        statement.setString(
                                7, caller.subject().isEmpty() ? null : caller.subject());
                        statement.executeUpdate();
                    }
                    return StorageAnswer.Text.json(200, Json.write(Map.of("name", id)));
                });
    }

    StorageAnswer update(Caller caller, String id, JsonNode body) {
        Long limit = size(body.get("file_size_limit"));
        String[] types = types(body);
        JsonNode isPublic = body.path("public");
        return rows.as(
                caller,
                "storage.bucket.update",
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "update storage.buckets set public = coalesce(?, public),"
                                            + " file_size_limit = case when ? then ? else file_size_limit"
                                            + " end, allowed_mime_types = case when ? then ?::text[]"
                                            + " else allowed_mime_types end, updated_at = now()"
                                            + " where id = ?")) {
                        statement.setObject(
                                1, isPublic.isBoolean() ? isPublic.booleanValue() : null);
                        statement.setBoolean(2, body.has("file_size_limit"));
                        statement.setObject(3, limit);
                        statement.setBoolean(4, body.has("allowed_mime_types"));
                        statement.setArray(
                                5, types == null ? null : connection.createArrayOf("text", types));
                        statement.setString(6, id);
                        if (statement.executeUpdate() == 0) {
                            throw StorageError.noBucket();
                        }
                    }
                    return StorageAnswer.Text.message("Successfully updated");
                });
    }

    StorageAnswer delete(Caller caller, String id) {
        return rows.as(
                caller,
                "storage.bucket.delete",
                connection -> {
                    // Files that this caller does not see count too.
                    Rows.enter(connection, Visitors.SERVICE, "storage.bucket.delete");
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "select exists (select from storage.objects where bucket_id = ?)")) {
                        statement.setString(1, id);
                        try (ResultSet row = statement.executeQuery()) {
                            row.next();
                            boolean isEmpty = !row.getBoolean(1);
                            Rows.enter(connection, caller, "storage.bucket.delete");
                            return delete(connection.prepareStatement(DELETE), id, isEmpty);
                        }
                    }
                });
    }

    private static final String DELETE = "delete from storage.buckets where id = ?";

    private static StorageAnswer delete(PreparedStatement prepared, String id, boolean isEmpty)
            throws SQLException {
        try (PreparedStatement statement = prepared) {
            if (!isEmpty) {
                throw new StorageError(
                                409,
                                "InvalidRequest",
                                "The bucket you tried to delete is not empty")
                        .thrown();
            }
            statement.setString(1, id);
            if (statement.executeUpdate() == 0) {
                throw StorageError.noBucket();
            }
            return StorageAnswer.Text.message("Successfully deleted");
        }
    }

    /// A number of bytes, or a text such as `20MB`.
    private @Nullable Long size(@Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            return null;
        }
        Matcher text = SIZE.matcher(value.asString(""));
        if (!text.matches()) {
            throw StorageError.invalid(
                    "InvalidRequest",
                    "file_size_limit is " + value + ": give bytes, or a size such as 20MB");
        }
        int unit =
                switch (text.group(2).toLowerCase(Locale.ROOT)) {
                    case "kb", "kib" -> 10;
                    case "mb", "mib" -> 20;
                    case "gb", "gib" -> 30;
                    default -> 0;
                };
        long count = Long.parseLong(text.group(1));
        if (count > config.maxBucketFile() >> unit) {
            throw new StorageError(
                            413,
                            "Payload too large",
                            "file_size_limit is "
                                    + value
                                    + ": this server takes files of up to "
                                    + config.maxBucketFile()
                                    + " bytes")
                    .thrown();
        }
        return count << unit;
    }

    private static String @Nullable [] types(JsonNode body) {
        JsonNode value = body.get("allowed_mime_types");
        if (value == null || value.isNull() || value.isArray() && value.isEmpty()) {
            return null;
        }
        List<String> types = Json.texts(body, "allowed_mime_types", MAX_TYPES);
        for (String type : types) {
            if (!type.matches("[A-Za-z0-9!#$&^_.+*-]{1,64}/[A-Za-z0-9!#$&^_.+*-]{1,64}")) {
                throw StorageError.invalid(
                        "invalid_mime_type", "mime type " + type + " is not valid");
            }
        }
        return types.toArray(String[]::new);
    }
}
