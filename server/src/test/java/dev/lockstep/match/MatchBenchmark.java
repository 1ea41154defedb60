package dev.lockstep.match;

import com.sun.management.ThreadMXBean;
import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.RestGrammar;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What a test of a row costs, in time and in allocated bytes; [IndexBenchmark] has the index. Not
/// a test: run its `main`.
final class MatchBenchmark {
    private static final int ROUNDS = 5;
    private static final int TESTS = 20_000_000;
    private static final Relation ORDERS =
            new Relation(
                    1,
                    new TableName("public", "orders"),
                    ReplicaIdentity.FULL,
                    List.of(
                            column("id", "int8", Collation.NONE),
                            column("status", "text", Collation.DETERMINISTIC),
                            column("total", "numeric", Collation.NONE),
                            column("due", "timestamptz", Collation.NONE),
                            column("customer", "text", Collation.DETERMINISTIC)));
    private static final Set<String> READABLE =
            ORDERS.columns().stream().map(Column::name).collect(Collectors.toSet());
    private static final FilterCompiler COMPILER = new FilterCompiler(new TrustingOracle());
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private MatchBenchmark() {}

    public static void main(String[] arguments) {
        List<String> filters =
                List.of(
                        "id=eq.123456",
                        "id=gt.1000",
                        "status=eq.pending",
                        "status=in.(pending,paid,shipped)",
                        "total=gt.100",
                        "due=lt.2026-06-01 00:00:00+00",
                        "customer=like.*son*",
                        "status=eq.pending&total=gt.100&due=lt.2026-06-01 00:00:00+00",
                        "or=(status.eq.paid,and(total.gt.100,id.lt.5))");
        for (int round = 1; round <= ROUNDS; round++) {
            System.out.println("round " + round);
            filters.forEach(MatchBenchmark::predicate);
        }
    }

    private static void predicate(String where) {
        Predicate predicate = COMPILER.compile(RestGrammar.parse(where), ORDERS, READABLE);
        Row[] rows = new Row[64];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row(i * 2_000);
        }
        int hits = 0;
        long bytes = allocated();
        long start = System.nanoTime();
        for (int i = 0; i < TESTS; i++) {
            hits += predicate.test(rows[i & 63]) == Truth.TRUE ? 1 : 0;
        }
        long nanos = System.nanoTime() - start;
        report(where, nanos, allocated() - bytes, TESTS, hits);
    }

    private static void report(String what, long nanos, long bytes, int count, int hits) {
        System.out.printf(
                "%8.1f ns %6.1f bytes %5.2f hits  %s%n",
                (double) nanos / count, (double) bytes / count, (double) hits / count, what);
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    private static Row row(int id) {
        return Row.of(
                Integer.toString(id),
                id % 3 == 0 ? "pending" : "shipped",
                id % 997 + ".50",
                "2026-0" + (1 + id % 9) + "-11 10:00:00.123456+00",
                "Erika Johnson und Partner");
    }

    private static Column column(String name, String type, Collation collation) {
        return new Column(name, new PgType.Base(1, type), -1, collation, name.equals("id"));
    }
}
