package dev.lockstep.match;

import com.sun.management.ThreadMXBean;
import dev.lockstep.core.Change;
import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.RestGrammar;
import dev.lockstep.match.FilterCompiler.Bound;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/// What an update costs that is looked for among many filters, in time, in allocated bytes and per
/// hit (the thread's own, so that what else runs here is not counted); what a feed costs in memory;
/// and how fast feeds come and go. Not a test: run its `main`, with the counts of feeds as
/// arguments, and with a heap of 4 GB for a million.
final class IndexBenchmark {
    private static final int ROUNDS = 9;
    private static final int CHANGES = 100_000;
    private static final int DIFFERENT = 1 << 14;
    private static final int TENANT = 10;
    private static final Relation ORDERS =
            new Relation(
                    1,
                    new TableName("public", "orders"),
                    ReplicaIdentity.FULL,
                    List.of(
                            column("id", "int8", Collation.NONE),
                            column("tenant_id", "int8", Collation.NONE),
                            column("assigned_to", "int8", Collation.NONE),
                            column("status", "text", Collation.DETERMINISTIC),
                            column("total", "numeric", Collation.NONE),
                            column("due", "timestamptz", Collation.NONE),
                            column("customer", "text", Collation.DETERMINISTIC)));
    private static final Set<String> READABLE =
            ORDERS.columns().stream().map(Column::name).collect(Collectors.toSet());
    private static final FilterCompiler COMPILER = new FilterCompiler(new TrustingOracle());
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private IndexBenchmark() {}

    /// Filters by the number of their feed, and the rows of updates by the number of one they hit.
    private record Shape(
            String name, IntFunction<String> asked, IntFunction<String> visible, String status) {}

    public static void main(String[] arguments) {
        int[] sizes =
                arguments.length == 0
                        ? new int[] {1_000, 10_000, 100_000, 1_000_000}
                        : Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
        System.out.println(
                "   feeds  ns/update  hits  ns/hit  B/update  index B/feed  whole B/feed"
                        + "  joins/s    leaves/s");
        for (Shape shape : shapes()) {
            System.out.println(shape.name);
            for (int size : sizes) {
                measure(shape, size);
            }
        }
    }

    private static List<Shape> shapes() {
        IntFunction<String> all = _ -> "";
        return List.of(
                new Shape(
                        "id = X and total > N",
                        i -> "id=eq." + (i / 10 * 10 + 9) + "&total=gt." + i % 10,
                        all,
                        "open"),
                new Shape(
                        "a policy that all share: status = open and id = X and total > N",
                        i -> "id=eq." + (i / 10 * 10 + 9) + "&total=gt." + i % 10,
                        _ -> "status=eq.open",
                        "open"),
                new Shape(
                        "the same with a range: status = open and id >= X and id < X + 10",
                        i -> "id=gte." + i + "&id=lt." + (i + 10),
                        _ -> "status=eq.open",
                        "open"),
                new Shape(
                        "range alone: id >= X and id < X + 10",
                        i -> "id=gte." + i + "&id=lt." + (i + 10),
                        all,
                        "open"),
                new Shape(
                        "policy, 10 hits: tenant_id = X and (assigned_to = U or status in (..))",
                        all,
                        i ->
                                "tenant_id=eq."
                                        + i / TENANT
                                        + "&or=(assigned_to.eq."
                                        + i
                                        + ",status.in.(open,paid))",
                        "open"),
                new Shape(
                        "policy, 1 hit: the same, of rows that only the assigned may see",
                        all,
                        i ->
                                "tenant_id=eq."
                                        + i / TENANT
                                        + "&or=(assigned_to.eq."
                                        + i
                                        + ",status.in.(open,paid))",
                        "closed"),
                new Shape(
                        "equal filters that miss: status = open and total > 100000",
                        _ -> "status=eq.open&total=gt.100000",
                        all,
                        "open"));
    }

    private static void measure(Shape shape, int size) {
        long empty = heap();
        Bound[] bounds = new Bound[size];
        for (int i = 0; i < size; i++) {
            bounds[i] = bind(shape, i);
        }
        long bound = heap();
        MatchIndex<Integer> index = new MatchIndex<>(COMPILER);
        long start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            index.put(i, bounds[i]);
        }
        long joined = System.nanoTime() - start;
        long indexed = heap();
        Change[] changes = changes(shape, size);
        int[] hits = new int[1];
        MatchIndex.Hits<Integer> counted = (_, _, _) -> hits[0]++;
        double[] nanos = new double[ROUNDS];
        long allocated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            hits[0] = 0;
            long bytes = THREADS.getCurrentThreadAllocatedBytes();
            start = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < CHANGES; i++) {
                index.match(changes[i & DIFFERENT - 1], counted);
            }
            nanos[round] = (double) (THREADS.getCurrentThreadCpuTime() - start) / CHANGES;
            allocated = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        }
        Arrays.sort(nanos);
        double median = nanos[ROUNDS / 2];
        start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            index.remove(i);
        }
        long left = System.nanoTime() - start;
        double found = (double) hits[0] / CHANGES;
        System.out.printf(
                "%8d %10.0f %5.1f %7.0f %9.1f %13d %13d %8.0f %11.0f%n",
                size,
                median,
                found,
                found == 0 ? Double.NaN : median / found,
                (double) allocated / CHANGES,
                (indexed - bound) / size,
                (indexed - empty) / size,
                size * 1e9 / joined,
                size * 1e9 / left);
        if (bounds[0] == null || index.size() > 0) {
            throw new IllegalStateException("something is left");
        }
    }

    private static Bound bind(Shape shape, int i) {
        Filter visible = RestGrammar.parse(shape.visible.apply(i));
        return COMPILER.bind(RestGrammar.parse(shape.asked.apply(i)), READABLE, visible, ORDERS);
    }

    /// Of rows that stand apart, so that no cache of the processor holds all that they meet.
    private static Change[] changes(Shape shape, int size) {
        Random random = new Random(1);
        Change[] changes = new Change[DIFFERENT];
        for (int i = 0; i < changes.length; i++) {
            int feed = random.nextInt(size) / 10 * 10 + 9;
            changes[i] =
                    new Change.Update(
                            ORDERS, row(feed, shape.status, 50), row(feed, shape.status, 51));
        }
        return changes;
    }

    private static Row row(int feed, String status, int total) {
        return Row.of(
                Integer.toString(feed),
                Integer.toString(feed / TENANT),
                Integer.toString(feed),
                status,
                total + ".50",
                "2026-01-11 10:00:00.123456+00",
                "Erika Johnson und Partner");
    }

    /// Bytes in use, after as much was collected as a request makes the collector collect.
    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static Column column(String name, String type, Collation collation) {
        return new Column(name, new PgType.Base(1, type), -1, collation, name.equals("id"));
    }
}
