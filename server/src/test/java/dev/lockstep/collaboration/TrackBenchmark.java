package dev.lockstep.collaboration;

import dev.lockstep.postgres.TestDatabase;
import java.util.Arrays;

/// What tracking costs a write: the same statement on two tables of the same shape and the same
/// replica identity, one tracked and one not, in turns. Not a test: run its `main`.
final class TrackBenchmark {
    private static final int ROWS = 20_000;
    private static final int ROUNDS = 9;

    private TrackBenchmark() {}

    public static void main(String[] arguments) {
        try (TestDatabase database = TestDatabase.installed()) {
            for (String table : new String[] {"bare", "kept"}) {
                database.execute(
                        "create table "
                                + table
                                + " (id int primary key, tenant int, state text, notes text, place"
                                + " jsonb, total numeric, version bigint not null default 1,"
                                + " updated_at timestamptz not null default now(), updated_by text)"
                                + " with (fillfactor = 50)");
            }
            database.execute(
                    "select lockstep.track('kept')",
                    "alter table bare replica identity full",
                    "alter publication supabase_realtime add table bare");
            System.out.println(
                    "insert "
                            + ratio(
                                    database,
                                    "insert into %s (id, tenant, state, notes, place, total)"
                                            + " select n, n %% 7, 'open', repeat('x', 200),"
                                            + " '{\"town\":\"Utrecht\"}', n from generate_series(1, "
                                            + ROWS
                                            + ") n",
                                    "truncate bare, kept"));
            System.out.println(
                    "update "
                            + ratio(
                                    database,
                                    "update %s set total = total + 1",
                                    "vacuum bare, kept"));
        }
    }

    private static String ratio(TestDatabase database, String write, String before) {
        double[] bare = new double[ROUNDS];
        double[] kept = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            database.execute(before);
            bare[round] = microseconds(database, write.formatted("bare"));
            kept[round] = microseconds(database, write.formatted("kept"));
        }
        Arrays.sort(bare);
        Arrays.sort(kept);
        double plain = bare[ROUNDS / 2];
        double tracked = kept[ROUNDS / 2];
        return "untracked %.1f µs a row, tracked %.1f, ratio %.2f"
                .formatted(plain, tracked, tracked / plain);
    }

    private static double microseconds(TestDatabase database, String write) {
        long start = System.nanoTime();
        database.execute(write);
        return (System.nanoTime() - start) / 1_000.0 / ROWS;
    }
}
