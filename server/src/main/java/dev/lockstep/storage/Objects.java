package dev.lockstep.storage;

import dev.lockstep.postgres.Caller;
import dev.lockstep.storage.blob.BlobId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The rows of `storage.objects`. Every method is one transaction as the caller, whose policies
/// decide.
final class Objects {
    private static final String INSERT =
            "insert into storage.objects (id, bucket_id, name, owner, owner_id, metadata,"
                    + " user_metadata, version)"
                    + " values (?::uuid, ?, ?, ?::uuid, ?, ?::jsonb, ?::jsonb, ?)";
    private static final String OR_UPDATE =
            " on conflict (bucket_id, name) do update set owner = excluded.owner,"
                    + " owner_id = excluded.owner_id, metadata = excluded.metadata,"
                    + " user_metadata = excluded.user_metadata, version = excluded.version,"
                    + " updated_at = now(), last_accessed_at = now()";

    private final Rows rows;

    Objects(Rows rows) {
        this.rows = rows;
    }

    /// What is written of a file.
    ///
    /// @param metadata JSON
    /// @param userMetadata JSON, or nothing
    record Entry(
            UUID id,
            String bucket,
            String name,
            String owner,
            String metadata,
            Optional<String> userMetadata,
            String version) {}

    /// @param id of the row: the given one, or that of the row that was there
    /// @param replaced the bytes that no row names any more
    record Written(String id, Optional<BlobId> replaced) {}

    Optional<Stored> find(Caller caller, String operation, String bucket, String name) {
        return rows.as(caller, operation, connection -> one(connection, bucket, name, ""));
    }

    private static Optional<Stored> one(
            Connection connection, String bucket, String name, String more) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select "
                                + Stored.COLUMNS
                                + " from storage.objects where bucket_id = ? and name = ?"
                                + more)) {
            statement.setString(1, bucket);
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(Stored.of(row.getString(1))) : Optional.empty();
            }
        }
    }

    /// Those of the names that the caller sees.
    Set<String> seen(Caller caller, String operation, String bucket, Collection<String> names) {
        return rows.as(
                caller,
                operation,
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "select name from storage.objects where bucket_id = ? and name ="
                                            + " any(?)")) {
                        statement.setString(1, bucket);
                        statement.setArray(2, connection.createArrayOf("text", names.toArray()));
                        return texts(statement);
                    }
                });
    }

    /// Whether the caller could write this, before the bytes are taken.
    void rehearse(Caller caller, String operation, Entry entry, boolean upsert) {
        rows.rehearse(caller, operation, connection -> insert(connection, entry, upsert));
    }

    Written write(Caller caller, String operation, Entry entry, boolean upsert) {
        return rows.as(
                caller,
                operation,
                connection -> {
                    Optional<Stored> before = Optional.empty();
                    if (upsert) {
                        // Whose rights do not matter: what is replaced is read to drop its bytes.
                        Rows.enter(connection, Visitors.SERVICE, operation);
                        before = one(connection, entry.bucket, entry.name, " for update");
                        Rows.enter(connection, caller, operation);
                    }
                    insert(connection, entry, upsert);
                    return new Written(
                            before.map(row -> row.row().path("id").asString(""))
                                    .orElse(entry.id.toString()),
                            before.flatMap(Stored::blob));
                });
    }

    private static boolean insert(Connection connection, Entry entry, boolean upsert)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(upsert ? INSERT + OR_UPDATE : INSERT)) {
            statement.setString(1, entry.id.toString());
            statement.setString(2, entry.bucket);
            statement.setString(3, entry.name);
            statement.setString(4, uuid(entry.owner));
            statement.setString(5, entry.owner.isEmpty() ? null : entry.owner);
            statement.setString(6, entry.metadata);
            statement.setString(7, entry.userMetadata.orElse(null));
            statement.setString(8, entry.version);
            return statement.executeUpdate() == 1;
        }
    }

    /// The old column for owners holds uuids alone.
    static @Nullable String uuid(String owner) {
        return owner.matches("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}") ? owner : null;
    }

    /// What is no longer there, as it was.
    List<Stored> delete(Caller caller, String operation, String bucket, Collection<String> names) {
        return rows.as(
                caller,
                operation,
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "delete from storage.objects where bucket_id = ? and name = any(?)"
                                            + " returning "
                                            + Stored.COLUMNS)) {
                        statement.setString(1, bucket);
                        statement.setArray(2, connection.createArrayOf("text", names.toArray()));
                        return stored(statement);
                    }
                });
    }

    /// Up to `max` of a bucket's files.
    List<Stored> deleteSome(Caller caller, String operation, String bucket, int max) {
        return rows.as(
                caller,
                operation,
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "delete from storage.objects where id in (select id from"
                                            + " storage.objects where bucket_id = ? limit ?) returning "
                                            + Stored.COLUMNS)) {
                        statement.setString(1, bucket);
                        statement.setInt(2, max);
                        return stored(statement);
                    }
                });
    }

    /// @return whether the caller could
    boolean move(Caller caller, String bucket, String name, String toBucket, String toName) {
        return rows.as(
                caller,
                "storage.object.move",
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "update storage.objects set bucket_id = ?, name = ?, updated_at ="
                                            + " now() where bucket_id = ? and name = ?")) {
                        statement.setString(1, toBucket);
                        statement.setString(2, toName);
                        statement.setString(3, bucket);
                        statement.setString(4, name);
                        return statement.executeUpdate() == 1;
                    }
                });
    }

    /// Those of the bytes that no row names.
    List<BlobId> unnamed(Collection<BlobId> blobs) {
        if (blobs.isEmpty()) {
            return List.of();
        }
        return rows.as(
                Visitors.SERVICE,
                "storage.object.sweep",
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "select version from storage.objects where version = any(?)")) {
                        Object[] ids = blobs.stream().map(BlobId::toString).toArray();
                        statement.setArray(1, connection.createArrayOf("text", ids));
                        Set<String> named = texts(statement);
                        return blobs.stream().filter(id -> !named.contains(id.toString())).toList();
                    }
                });
    }

    private static List<Stored> stored(PreparedStatement statement) throws SQLException {
        List<Stored> all = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                all.add(Stored.of(rows.getString(1)));
            }
        }
        return all;
    }

    private static Set<String> texts(PreparedStatement statement) throws SQLException {
        Set<String> all = new HashSet<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                all.add(rows.getString(1));
            }
        }
        return all;
    }
}
