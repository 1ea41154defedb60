package dev.lockstep.app.doctor;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Short questions to the catalogue. Parameters are text.
record Query(Connection connection) {
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> all(String sql, RowReader<T> reader, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            List<T> out = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    out.add(reader.read(rows));
                }
            }
            return out;
        }
    }

    <T> Optional<T> first(String sql, RowReader<T> reader, String... parameters)
            throws SQLException {
        return all(sql, reader, parameters).stream().findFirst();
    }

    boolean truth(String sql, String... parameters) throws SQLException {
        return first(sql, row -> row.getBoolean(1), parameters).orElse(false);
    }

    long number(String sql, String... parameters) throws SQLException {
        return first(sql, row -> row.getLong(1), parameters).orElse(0L);
    }

    /// A setting's value; empty text where this version of PostgreSQL does not have it.
    String setting(String name) throws SQLException {
        return first("select coalesce(current_setting(?, true), '')", row -> row.getString(1), name)
                .orElse("");
    }

    /// A setting in its base unit, from `pg_settings`; nothing where there is none of that name.
    Optional<Long> amount(String name) throws SQLException {
        return first(
                "select setting::bigint from pg_settings where name = ?",
                row -> row.getLong(1),
                name);
    }

    /// Whether a change waits for a restart.
    boolean waits(String name) throws SQLException {
        return truth("select pending_restart from pg_settings where name = ?", name);
    }
}
