package dev.lockstep.storage;

import dev.lockstep.postgres.Caller;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What lies in a folder: names between slashes are folders by being there.
final class Listing {
    private static final int MAX_LIST = 10_000;
    private static final int DEFAULT_LIST = 100;
    private static final Map<String, String> SORTS =
            Map.of(
                    "name", "name",
                    "id", "id",
                    "created_at", "created_at",
                    "updated_at", "updated_at",
                    "last_accessed_at", "last_accessed_at");

    /// Folders first, by name; then files in the order that was asked for.
    private static final String LIST =
            """
            with inside as (
                select o.*, substr(name, length($prefix) + 1) as rest
                from storage.objects o
                where bucket_id = ? and name like ? escape '\\'
                    and substr(name, length($prefix) + 1) ilike ? escape '\\'
            ), entries as (
                select distinct split_part(rest, '/', 1) as name, null::uuid as id,
                    null::timestamptz as updated_at, null::timestamptz as created_at,
                    null::timestamptz as last_accessed_at, null::jsonb as metadata, 0 as rank
                from inside where rest like '%/%'
                union all
                select rest, id, updated_at, created_at, last_accessed_at, metadata, 1
                from inside where rest not like '%/%'
            )
            select coalesce(jsonb_agg(jsonb_build_object('name', name, 'id', id,
                'updated_at', updated_at, 'created_at', created_at,
                'last_accessed_at', last_accessed_at, 'metadata', metadata)
                order by place), '[]')::text
            from (select *, row_number() over (order by rank, $sort, name $order) as place
                from entries order by rank, $sort, name $order limit ? offset ?) page
            """;

    private final Rows rows;

    Listing(Rows rows) {
        this.rows = rows;
    }

    StorageAnswer list(Caller caller, String bucket, JsonNode body) {
        String prefix = prefix(Json.text(body, "prefix").orElse(""));
        long limit = Json.number(body, "limit", DEFAULT_LIST, 1, MAX_LIST);
        long offset = Json.number(body, "offset", 0, 0, Integer.MAX_VALUE);
        String search = Json.text(body, "search").orElse("");
        String sql = sql(body.path("sortBy"));
        return rows.as(
                caller,
                "storage.object.list",
                connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql)) {
                        statement.setString(1, prefix);
                        statement.setString(2, bucket);
                        statement.setString(3, escaped(prefix) + "%");
                        statement.setString(4, prefix);
                        statement.setString(5, escaped(search) + "%");
                        statement.setLong(6, limit);
                        statement.setLong(7, offset);
                        try (ResultSet row = statement.executeQuery()) {
                            row.next();
                            return StorageAnswer.Text.json(200, row.getString(1));
                        }
                    }
                });
    }

    private static String prefix(String given) {
        String bare = given.replaceAll("^/+|/+$", "");
        return bare.isEmpty() ? "" : bare + "/";
    }

    private static String sql(JsonNode sortBy) {
        String column = Json.text(sortBy, "column").orElse("name");
        String order = Json.text(sortBy, "order").orElse("asc");
        String sort = Optional.ofNullable(SORTS.get(column)).orElse("");
        if (sort.isEmpty() || !order.matches("asc|desc")) {
            throw StorageError.invalid(
                    "InvalidSortColumn",
                    "body/sortBy: give as column one of name, id, created_at, updated_at,"
                            + " last_accessed_at, and as order asc or desc");
        }
        return LIST.replace("$prefix", "?::text")
                .replace("$sort", sort + " " + order)
                .replace("$order", order);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }
}
