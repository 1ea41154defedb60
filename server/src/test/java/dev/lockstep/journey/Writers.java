package dev.lockstep.journey;

import dev.lockstep.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Writers on one table whose rows count themselves, so that a client can tell when it was told
/// something twice or not at all: each change of a row raises its `version` by one and gives it a
/// new `n`. Rows appear, change, move from part to part, and go. Survives a database that ends.
final class Writers implements AutoCloseable {
    static final String REQUEST = "\"table\":\"%s\",\"where\":\"part=eq.%d\",\"limit\":10000";
    private static final int ROWS = 300;

    private final TestDatabase database;
    private final String table;
    private final int parts;
    private volatile long pauseNanos;
    private final AtomicLong counter = new AtomicLong();
    private final AtomicLong transactions = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    private Writers(TestDatabase database, String table, int parts, long pauseNanos) {
        this.database = database;
        this.table = table;
        this.parts = parts;
        this.pauseNanos = pauseNanos;
    }

    static String[] table(String name) {
        return new String[] {
            "create table "
                    + name
                    + " (id int primary key, part int not null, n bigint not null, note text,"
                    + " version int not null)",
            "alter table " + name + " replica identity full",
            "grant select on " + name + " to authenticated",
            "alter publication supabase_realtime add table " + name
        };
    }

    /// @param pauseNanos of each writer after each transaction
    static Writers start(
            TestDatabase database,
            String table,
            int parts,
            int writers,
            long pauseNanos,
            long seed) {
        Writers all = new Writers(database, table, parts, pauseNanos);
        for (int i = 0; i < writers; i++) {
            Random random = new Random(seed + i);
            all.threads.add(Thread.ofPlatform().name("writer").start(() -> all.write(random)));
        }
        return all;
    }

    private void write(Random random) {
        while (!stopped) {
            try (Connection connection = database.connection()) {
                while (!stopped) {
                    transaction(connection, random);
                    transactions.incrementAndGet();
                    LockSupport.parkNanos(pauseNanos);
                }
            } catch (SQLException | IllegalStateException e) {
                // The database ends and begins again in these tests; so do its writers.
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    private void transaction(Connection connection, Random random) throws SQLException {
        connection.setAutoCommit(false);
        // In one order everywhere, so that no two wait for each other.
        TreeSet<Integer> ids = new TreeSet<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            ids.add(random.nextInt(ROWS));
        }
        for (int id : ids) {
            if (random.nextInt(8) == 0) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("delete from " + table + " where id = " + id);
                }
            } else {
                upsert(connection, id, random);
            }
        }
        if (random.nextInt(20) == 0) {
            connection.rollback();
        } else {
            connection.commit();
        }
    }

    private void upsert(Connection connection, int id, Random random) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "insert into %s as t values (?, ?, ?, 'a note of some length', 1) on conflict (id) do update set part = case when ? then excluded.part else t.part end, n = excluded.n, version = t.version + 1"
                                .formatted(table))) {
            statement.setInt(1, id);
            statement.setInt(2, random.nextInt(parts));
            statement.setLong(3, counter.incrementAndGet());
            statement.setBoolean(4, random.nextInt(4) == 0);
            statement.executeUpdate();
        }
    }

    /// From here on each writer waits so long after each transaction.
    void pause(long nanos) {
        pauseNanos = nanos;
    }

    /// How many transactions were tried by now.
    long transactions() {
        return transactions.get();
    }

    /// Ends all writing; what was committed by then is the truth.
    Writers finish() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return this;
    }

    /// The rows of a part by key, as a client should hold them.
    TreeMap<String, String> truth(int part) {
        TreeMap<String, String> rows = new TreeMap<>();
        for (String row :
                database.values("select id || '=' || n from " + table + " where part = " + part)) {
            String[] pair = Objects.requireNonNull(row).split("=", 2);
            rows.put(pair[0], pair[1]);
        }
        return rows;
    }

    @Override
    public void close() {
        finish();
    }
}
