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
import dev.lockstep.core.filter.RestGrammar;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How few filters the index looks at to find those that a change concerns, and that its bounds
/// lose none. Every filter of [#reached] holds a term that asks, so that the index tells of each
/// that it would test.
class MatchIndexReachTest {
    private static final int NUMBERS = 20;
    private static final Relation THINGS = things();
    private static final Set<String> READABLE =
            THINGS.columns().stream().map(Column::name).collect(Collectors.toSet());

    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final FilterCompiler compiler = new FilterCompiler(new TrustingOracle());
    private final MatchIndex<Integer> index = new MatchIndex<>(compiler);

    /// `%1$d` is the number of a filter, of which there are a thousand; the row has 500 everywhere.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "n0=eq.%1$d | 1",
                "n0=eq.1&n1=eq.%1$d | 0",
                "n0=eq.500&n1=eq.%1$d | 1",
                "n0=in.(500,7)&n1=in.(%1$d,8) | 1",
                "n0=gte.%1$d&n0=lt.%2$d | 10",
                "n0=not.lt.%1$d&not.or=(n0.lt.%1$d,n0.gte.%2$d) | 10",
                "n0=eq.500&n1=gt.%1$d&n1=lte.%2$d | 10",
                "n0=eq.500&or=(n1.eq.%1$d,mood.in.(sad,happy)) | 1",
                "or=(n0.eq.%1$d,and(n1.gte.%1$d,n1.lte.%1$d)) | 1",
                "not.or=(n0.neq.500,n1.neq.%1$d) | 1",
                "n0=is.null&n1=eq.%1$d | 0",
                "n0=not.isdistinct.%1$d | 1",
                "at=gte.2026-01-01 00:00:00+00&at=lt.2026-01-01 00:00:00+00&n0=neq.%1$d | 0",
                "n0=neq.%1$d | 1000",
                "or=(n0.eq.%1$d,n1.neq.4) | 1000",
            })
    void few_are_looked_at(String where, int expected) {
        for (int i = 0; i < 1_000; i++) {
            index.put(i, where(where.formatted(i, i + 10) + "&asked=gt.m"), THINGS, READABLE);
        }
        assertThat(reached(row(500, "ok"))).isEqualTo(expected);
    }

    @Test
    void spans_that_share_their_ends_hold_the_same_numbers_as_one_by_one() {
        record Span(int from, int to) {}
        TreeMap<Integer, Span> spans = new TreeMap<>();
        for (int step = 0; step < 4_000; step++) {
            int feed = random.nextInt(300);
            if (random.nextInt(3) == 0) {
                spans.remove(feed);
                index.remove(feed);
            } else {
                // Negative ends too, few beginnings, and empty ones among them.
                int from = random.nextInt(5) * 7 - 14;
                Span span = new Span(from, from - 3 + random.nextInt(40));
                spans.put(feed, span);
                index.put(
                        feed,
                        where("n0=gte." + span.from + "&n0=lte." + span.to),
                        THINGS,
                        READABLE);
            }
            int number = random.nextInt(70) - 25;
            Set<Integer> expected = new TreeSet<>();
            spans.forEach((of, span) -> {
                if (span.from <= number && number <= span.to) {
                    expected.add(of);
                }
            });
            assertThat(found(row(number, "ok")))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(expected);
        }
    }

    @Test
    void more_sets_of_columns_than_are_kept_lose_nobody() {
        List<Predicate> predicates = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            StringBuilder where = new StringBuilder("n" + random.nextInt(NUMBERS) + "=eq.1");
            for (int terms = random.nextInt(4); terms > 0; terms--) {
                where.append("&n" + random.nextInt(NUMBERS) + "=in.(1," + random.nextInt(3) + ")");
            }
            predicates.add(compiler.compile(where(where.toString()), THINGS, READABLE));
            index.put(i, where(where.toString()), THINGS, READABLE);
        }
        for (int i = 0; i < 200; i++) {
            Row row = row(() -> random.nextInt(2), "ok");
            Set<Integer> expected =
                    IntStream.range(0, predicates.size())
                            .filter(feed -> predicates.get(feed).test(row) == Truth.TRUE)
                            .boxed()
                            .collect(Collectors.toCollection(TreeSet::new));
            assertThat(found(row)).as("seed %d", seed).isEqualTo(expected);
        }
        for (int i = 0; i < 400; i++) {
            index.remove(i);
        }
        assertThat(found(row(1, "ok"))).isEmpty();
    }

    @Test
    void long_lists_are_looked_for_where_there_is_less_company() {
        String thousand =
                IntStream.range(0, 1_000).mapToObj(i -> "" + i).collect(Collectors.joining(","));
        for (int i = 0; i < 20; i++) {
            String own = thousand.replace(",", ",1" + i).replace("0,", "90" + i + ",");
            String where = "n0=in.(1,2,500)&n1=in.(" + own + ")&n2=in.(3,4,5,500)&asked=gt.m";
            index.put(i, where(where), THINGS, READABLE);
        }
        index.put(20, where("n0=in.(1,500)&n1=in.(" + thousand + ")&asked=gt.m"), THINGS, READABLE);

        assertThat(reached(row(500, "ok"))).isBetween(1, 5);
    }

    @Test
    void a_value_that_cannot_be_read_fails_those_alone_who_need_it() {
        for (int i = 0; i < 20; i++) {
            index.put(i, where("mood=lt.happy&n0=neq." + i), THINGS, READABLE);
        }
        index.put(20, where("n0=eq.500"), THINGS, READABLE);
        index.put(21, Filter.ALL, THINGS, READABLE);
        Set<Integer> failed = new TreeSet<>();
        Set<Integer> found = new TreeSet<>();
        index.match(
                new Change.Insert(THINGS, row(500, "a label of tomorrow")),
                new MatchIndex.Hits<>() {
                    @Override
                    public void hit(Integer feed, boolean before, boolean after) {
                        found.add(feed);
                    }

                    @Override
                    public void failed(Integer feed, RuntimeException problem) {
                        failed.add(feed);
                    }
                });
        assertThat(failed).hasSize(20).doesNotContain(20, 21);
        assertThat(found).containsExactly(20, 21);
    }

    @Test
    void what_must_be_tested_for_every_row_is_counted() {
        index.put(1, Filter.ALL, THINGS, READABLE);
        index.put(2, where("n0=neq.1"), THINGS, READABLE);
        index.put(3, where("n0=eq.1"), THINGS, READABLE);
        index.put(4, where("n0=gt.1"), THINGS, READABLE);
        index.put(5, Filter.NONE, THINGS, READABLE);
        index.put(6, new Filter.Unknown(), THINGS, READABLE);
        for (int i = 7; i < 20; i++) {
            index.put(i, where("n0=lt." + i), THINGS, READABLE);
        }
        assertThat(index.size()).isEqualTo(19);
        assertThat(index.broad()).isEqualTo(2);
        assertThat(found(row(1, "ok"))).contains(1, 3, 7).doesNotContain(2, 4, 5, 6);
        for (int i = 1; i < 20; i++) {
            index.remove(i);
        }
        assertThat(index.broad()).isZero();
    }

    private int reached(Row row) {
        List<Integer> reached = new ArrayList<>();
        index.match(
                new Change.Update(THINGS, row, row),
                new MatchIndex.Hits<>() {
                    @Override
                    public void hit(Integer feed, boolean before, boolean after) {
                        throw new AssertionError(feed + " asks and was tested");
                    }

                    @Override
                    public boolean defers(Integer feed, Predicate predicate) {
                        return reached.add(feed);
                    }
                });
        assertThat(reached).doesNotHaveDuplicates();
        return reached.size();
    }

    private Set<Integer> found(Row row) {
        Set<Integer> found = new TreeSet<>();
        index.match(
                new Change.Insert(THINGS, row),
                (feed, _, _) -> assertThat(found.add(feed)).isTrue());
        return found;
    }

    private static Filter where(String text) {
        return RestGrammar.parse(text);
    }

    private static Row row(int number, String mood) {
        return row(() -> number, mood);
    }

    private static Row row(java.util.function.IntSupplier numbers, String mood) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < NUMBERS; i++) {
            values.add(Integer.toString(numbers.getAsInt()));
        }
        values.add(mood);
        values.add("2026-01-01 00:00:00+00");
        values.add("z");
        return Row.of(values.toArray(String[]::new));
    }

    private static Relation things() {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < NUMBERS; i++) {
            columns.add(column("n" + i, new PgType.Base(23, "int4"), Collation.NONE));
        }
        columns.add(
                column(
                        "mood",
                        new PgType.Enumerated(9, "mood", List.of("sad", "ok", "happy")),
                        Collation.NONE));
        columns.add(column("at", new PgType.Base(1184, "timestamptz"), Collation.NONE));
        columns.add(column("asked", new PgType.Base(25, "text"), Collation.DETERMINISTIC));
        return new Relation(
                8, new TableName("public", "things"), ReplicaIdentity.FULL, List.copyOf(columns));
    }

    private static Column column(String name, PgType type, Collation collation) {
        return new Column(name, type, -1, collation, name.equals("n0"));
    }
}
