package dev.lockstep.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;

/// Lockstep's own few values in the database, `lockstep.settings`: what must go with the data, as
/// the slot's generation and the key of resume tokens. Read and written as the replicator.
public final class OwnSettings {
    /// Made by the installation, 64 hex digits.
    public static final String TOKEN_KEY = "token.key";

    private final Database database;

    public OwnSettings(Database database) {
        this.database = database;
    }

    public Optional<String> get(String key) {
        return database.call(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "select value from lockstep.settings where key = ?")) {
                statement.setString(1, key);
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
                }
            }
        });
    }

    public void put(String key, String value) {
        database.call(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "insert into lockstep.settings (key, value) values (?, ?)"
                                    + " on conflict (key) do update"
                                    + " set value = excluded.value, updated_at = now()")) {
                statement.setString(1, key);
                statement.setString(2, value);
                return statement.executeUpdate();
            }
        });
    }
}
