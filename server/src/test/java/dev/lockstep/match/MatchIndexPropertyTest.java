package dev.lockstep.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Change;
import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.core.filter.Filter.Operator;
import dev.lockstep.match.FilterCompiler.Bound;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The index finds what testing every filter finds: for nested filters over every type that it
/// looks for, under rights, while feeds come, change and go and the table's columns move.
class MatchIndexPropertyTest {
    private static final int STEPS = 6_000;
    private static final int FEEDS = 600;

    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final FilterCompiler compiler = new FilterCompiler(new HashingOracle());
    private final MatchIndex<Integer> index = new MatchIndex<>(compiler);
    private final Map<Integer, Followed> model = new TreeMap<>();

    /// Few values each, so that filters and rows meet; some are one number written in two ways.
    private static final Map<String, List<String>> VALUES =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("id", List.of("0", "1", "7", "-3", "2147483647")),
                            Map.entry("big", List.of("5", "6", "-9223372036854775808", "900000")),
                            Map.entry("status", List.of("open", "paid", "", "a longer status")),
                            Map.entry("code", List.of("a", "ab", "abcdefghi", "abcdefghj", "")),
                            Map.entry(
                                    "total",
                                    List.of(
                                            "1",
                                            "1.0",
                                            "0",
                                            "-0.5",
                                            "NaN",
                                            "Infinity",
                                            "100",
                                            "99.999999999999999",
                                            "12345678901234567890",
                                            "12345678901234567891")),
                            Map.entry(
                                    "weight", List.of("1e-07", "0.5", "-0", "0", "1e+20", "-3.25")),
                            Map.entry(
                                    "due",
                                    List.of(
                                            "2026-01-01 00:00:00+00",
                                            "2026-01-01 01:00:00+01",
                                            "2025-06-30 12:00:00.5+00",
                                            "infinity")),
                            Map.entry("day", List.of("2026-01-01", "0044-03-15 BC", "-infinity")),
                            Map.entry("pause", List.of("1 day", "24:00:00", "1 mon", "-00:00:01")),
                            Map.entry(
                                    "clock", List.of("10:00:00+00", "11:00:00+01", "09:59:59+00")),
                            Map.entry("done", List.of("t", "f")),
                            Map.entry(
                                    "owner",
                                    List.of(
                                            "00000000-0000-0000-0000-000000000001",
                                            "f0000000-0000-4000-8000-000000000002",
                                            "f0000000-0000-4000-8000-000000000003")),
                            Map.entry("mood", List.of("sad", "ok", "happy")),
                            Map.entry("pad", List.of("x", "x ", "y   ", "")),
                            Map.entry("blob", List.of("\\x", "\\x00", "\\xff01", "\\xff02"))));

    private Relation relation = relation(new ArrayList<>(VALUES.keySet()));

    private record Followed(Bound bound, boolean watches) {}

    @Test
    void the_index_finds_what_testing_every_filter_finds() {
        int found = 0;
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> follow();
                case 3 -> leave();
                case 4 -> {
                    if (random.nextInt(50) == 0) {
                        moveColumns();
                    }
                }
                default -> found += compare(step);
            }
        }
        assertThat(found).as("seed %d", seed).isGreaterThan(STEPS);
        model.keySet().forEach(index::remove);
        model.clear();
        assertThat(index.broad()).as("seed %d", seed).isZero();
        assertThat(compare(STEPS)).as("seed %d", seed).isZero();
    }

    private void follow() {
        Filter visible = random.nextBoolean() ? Filter.ALL : filter(2);
        Bound bound = compiler.bind(filter(3), VALUES.keySet(), visible, relation);
        boolean watches = random.nextInt(4) == 0;
        int feed = random.nextInt(FEEDS);
        if (watches) {
            index.watch(feed, bound);
        } else {
            index.put(feed, bound);
        }
        model.put(feed, new Followed(bound, watches));
    }

    private void leave() {
        int feed = random.nextInt(FEEDS);
        index.remove(feed);
        model.remove(feed);
    }

    private void moveColumns() {
        List<String> names = new ArrayList<>(VALUES.keySet());
        Collections.shuffle(names, random);
        relation = relation(names);
        model.replaceAll((_, followed) ->
                new Followed(compiler.rebind(followed.bound, relation), followed.watches));
        assertThat(index.rebind(relation)).as("seed %d", seed).isEmpty();
    }

    private int compare(int step) {
        Row old = row();
        Row row = random.nextInt(3) == 0 ? row() : altered(old);
        Change change =
                switch (random.nextInt(4)) {
                    case 0 -> new Change.Insert(relation, row);
                    case 1 -> new Change.Delete(relation, old);
                    default -> new Change.Update(relation, old, row);
                };
        boolean hasOld = !(change instanceof Change.Insert);
        boolean hasNew = !(change instanceof Change.Delete);
        Set<String> expected = new TreeSet<>();
        model.forEach((feed, followed) -> {
            Node node = followed.bound.node();
            boolean was = hasOld && takes(node, old, followed.watches);
            boolean is = hasNew && takes(node, row, followed.watches);
            if (was || is) {
                expected.add(feed + " " + was + " " + is);
            }
        });
        List<String> found = new ArrayList<>();
        index.match(change, (feed, was, is) -> found.add(feed + " " + was + " " + is));
        assertThat(found)
                .as("seed %d, step %d: %s", seed, step, change)
                .containsExactlyInAnyOrderElementsOf(expected);
        return found.size();
    }

    private static boolean takes(Node node, Row row, boolean watches) {
        return watches ? node.may(row, true) : node.test(row) == Truth.TRUE;
    }

    private Filter filter(int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(7)) {
            case 0, 1 -> term();
            case 2 -> new Filter.Not(filter(depth - 1));
            case 3 -> new Filter.Or(parts(depth - 1));
            default -> new Filter.And(parts(depth - 1));
        };
    }

    private List<Filter> parts(int depth) {
        List<Filter> parts = new ArrayList<>();
        for (int count = random.nextInt(5); count > 0; count--) {
            parts.add(filter(depth));
        }
        return parts;
    }

    private Filter term() {
        String column = anyOf(new ArrayList<>(VALUES.keySet()));
        Supplier<String> value = () -> anyOf(values(column));
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> new Filter.Compare(column, Operator.EQ, value.get());
            case 3 -> new Filter.Compare(column, Operator.NEQ, value.get());
            case 4 -> new Filter.Compare(column, Operator.DISTINCT, value.get());
            case 5, 6 ->
                    new Filter.In(
                            column,
                            List.of(value.get(), value.get(), value.get())
                                    .subList(0, random.nextInt(4)),
                            random.nextInt(4) == 0);
            case 7 ->
                    new Filter.Is(
                            column,
                            column.equals("done")
                                    ? anyOf(List.of(Condition.values()))
                                    : Condition.NULL);
            case 8 -> random.nextInt(4) == 0 ? new Filter.Unknown() : Filter.NONE;
            default ->
                    new Filter.Compare(
                            column,
                            anyOf(List.of(Operator.LT, Operator.LTE, Operator.GT, Operator.GTE)),
                            value.get());
        };
    }

    private Row row() {
        Row.Builder row = new Row.Builder(relation.columns().size());
        int absence = random.nextInt(3) == 0 ? 4 : Integer.MAX_VALUE;
        for (int i = 0; i < relation.columns().size(); i++) {
            set(row, i, absence);
        }
        return row.build();
    }

    /// The same with a column or two changed, as most updates are.
    private Row altered(Row old) {
        Row.Builder row = new Row.Builder(relation.columns().size());
        for (int i = 0; i < relation.columns().size(); i++) {
            if (random.nextInt(8) == 0) {
                set(row, i, Integer.MAX_VALUE);
            } else {
                row.copy(i, old, i);
            }
        }
        return row.build();
    }

    private void set(Row.Builder row, int column, int absence) {
        if (random.nextInt(absence) == 0 && absence != Integer.MAX_VALUE) {
            return;
        }
        if (random.nextInt(6) == 0) {
            row.setNull(column);
        } else {
            String name = relation.columns().get(column).name();
            row.set(column, anyOf(values(name)).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    private static List<String> values(String column) {
        return Objects.requireNonNull(VALUES.get(column));
    }

    private <T> T anyOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private static Relation relation(List<String> names) {
        return new Relation(
                7,
                new TableName("public", "things"),
                ReplicaIdentity.FULL,
                names.stream().map(MatchIndexPropertyTest::column).collect(Collectors.toList()));
    }

    private static Column column(String name) {
        PgType type =
                switch (name) {
                    case "id" -> new PgType.Base(23, "int4");
                    case "big" -> new PgType.Base(20, "int8");
                    case "status", "code" -> new PgType.Base(25, "text");
                    case "total" -> new PgType.Base(1700, "numeric");
                    case "weight" -> new PgType.Base(701, "float8");
                    case "due" -> new PgType.Base(1184, "timestamptz");
                    case "day" -> new PgType.Base(1082, "date");
                    case "pause" -> new PgType.Base(1186, "interval");
                    case "clock" -> new PgType.Base(1266, "timetz");
                    case "done" -> new PgType.Base(16, "bool");
                    case "owner" -> new PgType.Base(2950, "uuid");
                    case "pad" -> new PgType.Base(1042, "bpchar");
                    case "blob" -> new PgType.Base(17, "bytea");
                    default -> new PgType.Enumerated(9, "mood", values("mood"));
                };
        Collation collation =
                switch (name) {
                    case "status" -> Collation.DETERMINISTIC;
                    case "code", "pad" -> Collation.BYTES;
                    default -> Collation.NONE;
                };
        return new Column(name, type, -1, collation, name.equals("id"));
    }

    /// A database that takes every operand as it stands, and has an opinion of its own on the order
    /// of texts, which it never changes.
    private static final class HashingOracle implements Oracle {
        @Override
        public Truth ask(TableName table, Column column, Filter term, String value) {
            return Truth.of((term + value).hashCode() % 2 == 0);
        }

        @Override
        public Truth ask(Filter.Expression expression, Relation relation, Row row) {
            throw new AssertionError("asked about " + expression);
        }

        @Override
        public Optional<String> complaint(TableName table, Column column, Filter term) {
            return Optional.empty();
        }

        @Override
        public Operand operand(Column column, String value) {
            return new Operand.Text(value);
        }
    }
}
