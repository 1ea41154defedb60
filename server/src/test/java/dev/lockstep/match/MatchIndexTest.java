package dev.lockstep.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MatchIndexTest {
    private static final Relation ORDERS = orders("id", "status", "total");
    private static final Set<String> READABLE = Set.of("id", "status", "total");
    private final FilterCompiler compiler = new FilterCompiler(new TrustingOracle());
    private final MatchIndex<String> index = new MatchIndex<>(compiler);

    @Test
    void a_change_is_told_with_what_was_seen_before_and_what_after() {
        follow("open", "status=eq.open");
        follow("big", "total=gt.100");
        follow("either", "status=in.(open,paid)");
        follow("all", "");

        assertThat(hits(new Change.Insert(ORDERS, row("1", "open", "50"))))
                .containsExactly("all -+", "either -+", "open -+");
        assertThat(hits(new Change.Update(ORDERS, row("1", "open", "50"), row("1", "paid", "500"))))
                .containsExactly("all ++", "big -+", "either ++", "open +-");
        assertThat(hits(new Change.Delete(ORDERS, row("1", "paid", "500"))))
                .containsExactly("all +-", "big +-", "either +-");
        assertThat(hits(new Change.Delete(ORDERS, row("1", null, "5")))).containsExactly("all +-");
        assertThat(hits(new Change.Truncate(List.of(ORDERS), false, false))).isEmpty();
    }

    @Test
    void a_removed_feed_is_not_found_and_a_replaced_one_only_by_its_new_filter() {
        follow("a", "status=eq.open");
        follow("b", "status=eq.open");
        index.remove("a");
        index.remove("a");
        follow("b", "total=eq.1");

        assertThat(hits(new Change.Insert(ORDERS, row("1", "open", "2")))).isEmpty();
        assertThat(hits(new Change.Insert(ORDERS, row("1", "open", "1")))).containsExactly("b -+");
        index.remove("b");
        assertThat(index.size()).isZero();
    }

    @Test
    void a_table_with_another_shape_has_its_feeds_compiled_again() {
        follow("open", "status=eq.open");
        follow("big", "total=gt.100");
        Relation changed = orders("total", "id");
        Change insert = new Change.Insert(changed, Row.of("500", "1"));

        assertThat(index.fits(changed)).isFalse();
        assertThatThrownBy(() -> hits(insert)).isInstanceOf(IllegalStateException.class);
        assertThat(index.rebind(changed)).containsExactly("open");
        assertThat(hits(insert)).containsExactly("big -+");
        assertThat(index.size()).isOne();
    }

    @Test
    void another_instance_of_the_same_shape_needs_nothing() {
        follow("open", "status=eq.open");
        Relation again = orders("id", "status", "total");

        assertThat(index.rebind(again)).isEmpty();
        assertThat(hits(new Change.Insert(again, row("1", "open", "1"))))
                .containsExactly("open -+");
    }

    @Test
    void a_filter_that_cannot_be_tested_concerns_its_own_feed_alone() {
        follow("asks", "status=gt.m");
        follow("all", "");
        List<String> failed = new ArrayList<>();
        List<String> found = new ArrayList<>();
        index.match(
                new Change.Insert(ORDERS, row("1", "open", "1")),
                new MatchIndex.Hits<>() {
                    @Override
                    public void hit(String feed, boolean before, boolean after) {
                        found.add(feed);
                    }

                    @Override
                    public boolean defers(String feed, Predicate predicate) {
                        return failed.add(feed);
                    }
                });
        assertThat(failed).containsExactly("asks");
        assertThat(found).containsExactly("all");
    }

    @Test
    void a_watch_is_told_of_what_may_be_true_for_want_of_a_column() {
        watch("paid", "status=eq.paid");
        watch("cheap", "and=(status.eq.paid,total.lt.10)");
        follow("sure", "status=eq.paid");

        assertThat(hits(new Change.Delete(ORDERS, key("1"))))
                .containsExactly("cheap +-", "paid +-");
        Row.Builder known = new Row.Builder(3);
        known.set(0, new byte[] {'1'});
        known.set(2, new byte[] {'5', '0'});
        assertThat(hits(new Change.Delete(ORDERS, known.build()))).containsExactly("paid +-");
        assertThat(hits(new Change.Insert(ORDERS, row("1", null, "5")))).isEmpty();
        assertThat(hits(new Change.Update(ORDERS, key("1"), row("1", "paid", "5"))))
                .containsExactly("cheap ++", "paid ++", "sure -+");
    }

    @Test
    void rights_are_terms_that_may_read_what_is_not_shown() {
        FilterCompiler.Bound bound =
                compiler.bind(
                        RestGrammar.parse("status=eq.open"),
                        Set.of("id", "status"),
                        RestGrammar.parse("total=lt.100"),
                        ORDERS);
        index.put("mine", bound);

        assertThat(hits(new Change.Insert(ORDERS, row("1", "open", "50"))))
                .containsExactly("mine -+");
        assertThat(hits(new Change.Insert(ORDERS, row("1", "open", "500")))).isEmpty();
        assertThat(bound.visible().test(row("1", "paid", "50"))).isEqualTo(Truth.TRUE);
        assertThat(bound.predicate().test(row("1", "paid", "50"))).isEqualTo(Truth.FALSE);
        assertThat(compiler.sees(Filter.NONE, ORDERS).test(row("1", "open", "1")))
                .isEqualTo(Truth.FALSE);
        assertThatThrownBy(() ->
                        compiler.compile(
                                RestGrammar.parse("total=lt.1"), Set.of("id"), Filter.ALL, ORDERS))
                .hasMessage("invalid column for filter total");

        index.rebind(orders("total", "status", "id"));
        assertThat(index.size()).isOne();
        assertThat(index.rebind(orders("status", "id"))).containsExactly("mine");
    }

    @Test
    void the_index_finds_what_testing_every_filter_finds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            filters.add(RestGrammar.parse(where(random)));
            index.put("f" + i, compiler.bind(filters.get(i), ORDERS, READABLE));
        }
        for (int i = 0; i < 500; i++) {
            Row old = randomRow(random);
            Row row = randomRow(random);
            Set<String> expected = new TreeSet<>();
            for (int f = 0; f < filters.size(); f++) {
                Predicate predicate = compiler.compile(filters.get(f), ORDERS, READABLE);
                boolean before = predicate.test(old) == Truth.TRUE;
                boolean after = predicate.test(row) == Truth.TRUE;
                if (before || after) {
                    expected.add("f" + f + " " + sign(before) + sign(after));
                }
            }
            assertThat(hits(new Change.Update(ORDERS, old, row)))
                    .as("seed %d, change %d", seed, i)
                    .containsExactlyElementsOf(expected);
        }
    }

    private static String where(Random random) {
        String id = "id=eq." + random.nextInt(20);
        String status = "status=in.(s" + random.nextInt(5) + ",s" + random.nextInt(5) + ")";
        String total = "total=lt." + random.nextInt(100);
        return switch (random.nextInt(6)) {
            case 0 -> id;
            case 1 -> status;
            case 2 -> total;
            case 3 -> status + "&" + total;
            case 4 -> "or=(id.eq." + random.nextInt(20) + ",total.gt.90)";
            default -> id + "&" + status;
        };
    }

    private static Row randomRow(Random random) {
        return row(
                Integer.toString(random.nextInt(20)),
                random.nextInt(5) == 0 ? null : "s" + random.nextInt(5),
                Integer.toString(random.nextInt(100)));
    }

    private void follow(String feed, String where) {
        index.put(feed, RestGrammar.parse(where), ORDERS, READABLE);
    }

    private void watch(String feed, String where) {
        index.watch(feed, compiler.bind(RestGrammar.parse(where), ORDERS, READABLE));
    }

    /// An old image that holds the key alone.
    private static Row key(String id) {
        Row.Builder row = new Row.Builder(3);
        row.set(0, id.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return row.build();
    }

    private Set<String> hits(Change change) {
        Set<String> hits = new TreeSet<>();
        index.match(
                change,
                (feed, before, after) ->
                        assertThat(hits.add(feed + " " + sign(before) + sign(after))).isTrue());
        return hits;
    }

    private static String sign(boolean value) {
        return value ? "+" : "-";
    }

    private static Row row(@org.jspecify.annotations.Nullable String... values) {
        return Row.of(values);
    }

    private static Relation orders(String... names) {
        List<Column> columns =
                java.util.Arrays.stream(names)
                        .map(name ->
                                name.equals("status")
                                        ? new Column(
                                                name,
                                                new PgType.Base(25, "text"),
                                                -1,
                                                Collation.DETERMINISTIC,
                                                false)
                                        : new Column(
                                                name,
                                                new PgType.Base(23, "int4"),
                                                -1,
                                                Collation.NONE,
                                                name.equals("id")))
                        .toList();
        return new Relation(7, new TableName("public", "orders"), ReplicaIdentity.FULL, columns);
    }
}
