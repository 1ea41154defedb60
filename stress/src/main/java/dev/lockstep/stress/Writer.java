package dev.lockstep.stress;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/// Commits numbered rows of about 400 bytes at a steady rate and notes when each was acknowledged.
final class Writer {
    static final String COLUMNS =
            "id bigint primary key, seq int not null, customer text, status text, due timestamptz,"
                    + " total numeric(10,2), notes text";
    private static final String NOTES = "Leave at the back door; ring twice. ".repeat(8);

    private final String table;
    private final long[] acknowledgedAt;
    private final int perSecond;

    Writer(String table, int changes, int perSecond) {
        this.table = table;
        this.acknowledgedAt = new long[changes];
        this.perSecond = perSecond;
    }

    /// Nanoseconds of this process's clock, by number of the row.
    long[] acknowledgedAt() {
        return acknowledgedAt;
    }

    /// Commits the rows from `first` (inclusive) to `last` (exclusive), one transaction each.
    void write(Database database, int first, int last) throws SQLException {
        String sql =
                """
                insert into %s (id, seq, customer, status, due, total, notes) values (?, ?, 'Customer ' || ?, 'confirmed',
                  '2026-11-20T10:30:00Z', 48.50, ?)\
                """
                        .formatted(table);
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(sql)) {
            long start = System.nanoTime();
            for (int number = first; number < last; number++) {
                pause(start + (number - first) * 1_000_000_000L / perSecond);
                insert.setLong(1, number);
                insert.setInt(2, number);
                insert.setInt(3, number);
                insert.setString(4, NOTES);
                insert.executeUpdate();
                acknowledgedAt[number] = System.nanoTime();
            }
        }
    }

    private static void pause(long until) {
        for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
