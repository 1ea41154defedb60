package dev.lockstep.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.ChangesGrammar;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Order;
import dev.lockstep.core.filter.OrderGrammar;
import dev.lockstep.core.filter.RestGrammar;
import dev.lockstep.error.FailureException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What needs no database; `MatchAgreesWithPostgresTest` has the rest.
class FilterCompilerTest {
    private static final Relation TASKS =
            new Relation(
                    1,
                    new TableName("public", "tasks"),
                    ReplicaIdentity.FULL,
                    List.of(
                            column("id", new PgType.Base(23, "int4"), Collation.NONE),
                            column("name", new PgType.Base(25, "text"), Collation.DETERMINISTIC),
                            column("done", new PgType.Base(16, "bool"), Collation.NONE),
                            column("secret", new PgType.Base(25, "text"), Collation.BYTES),
                            column(
                                    "state",
                                    new PgType.Enumerated(9, "state", List.of("new", "done")),
                                    Collation.NONE)));
    private static final Set<String> READABLE = Set.of("id", "name", "done", "state");
    private final FilterCompiler compiler = new FilterCompiler(new TrustingOracle());

    @Test
    void rights_that_read_an_unpublished_column_are_refused_without_its_name() {
        Filter rights = new Filter.Not(ChangesGrammar.parse("hidden_owner=eq.x"));
        assertThatThrownBy(() -> compiler.sees(rights, TASKS))
                .isInstanceOf(FailureException.class)
                .hasMessage(
                        "row policies of public.tasks read a column that is not published: publish"
                                + " all its columns (ALTER PUBLICATION … SET TABLE …,"
                                + " public.tasks)");
        assertThatThrownBy(() -> compiler.bind(Filter.ALL, READABLE, rights, TASKS))
                .hasMessageNotContaining("hidden_owner");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nope=eq.1 | invalid column for filter nope",
                "secret=eq.1 | invalid column for filter secret",
                "id=like.1% | operator like requires a text-compatible column type, got integer",
                "id=match.1 | operator match requires a text-compatible column type, got integer",
                "state=ilike.x | operator ilike requires a text-compatible column type, got state",
                "name=is.true | is true filter requires a boolean column, got text",
                "name=like.a\\ | LIKE pattern must not end with escape character",
            })
    void a_refusal_has_the_words_of_the_reference(String filter, String words) {
        assertThatThrownBy(() -> compiler.compile(ChangesGrammar.parse(filter), TASKS, READABLE))
                .isInstanceOf(FailureException.class)
                .hasMessage(words);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id=eq.7 | TRUE",
                "id=neq.7 | FALSE",
                "id=gt.-1 | TRUE",
                "id=in.(1,7) | TRUE",
                "id=in.(1,8) | FALSE",
                "id=in.() | FALSE",
                "id=in.(1,null) | UNKNOWN",
                "id=in.(7,null) | TRUE",
                "name=eq.x | UNKNOWN",
                "name=not.eq.x | UNKNOWN",
                "name=is.null | TRUE",
                "name=not.is.null | FALSE",
                "name=isdistinct.x | TRUE",
                "name=not.isdistinct.x | FALSE",
                "name=in.() | FALSE",
                "name=like.% | UNKNOWN",
                "done=is.true | TRUE",
                "done=is.unknown | FALSE",
                "done=eq.f | FALSE",
                "state=lt.done | TRUE",
                "state=gte.done | FALSE",
            })
    void null_is_unknown_also_under_not(String filter, Truth truth) {
        Predicate predicate = compiler.compile(ChangesGrammar.parse(filter), TASKS, READABLE);
        assertThat(predicate.test(Row.of("7", null, "t", "s", "new"))).isEqualTo(truth);
    }

    @Test
    void a_column_that_the_image_does_not_hold_is_unknown() {
        Row.Builder row = new Row.Builder(5);
        row.set(0, new byte[] {'7'});
        for (String filter : List.of("name=eq.x", "name=is.null", "name=isdistinct.x")) {
            Predicate predicate = compiler.compile(ChangesGrammar.parse(filter), TASKS, READABLE);
            assertThat(predicate.test(row.build())).as(filter).isEqualTo(Truth.UNKNOWN);
        }
    }

    @Test
    void what_needs_an_order_of_a_language_says_that_it_asks() {
        assertThat(compile("name=gt.x").asks()).isTrue();
        assertThat(compile("name=match.x").asks()).isTrue();
        assertThat(compile("name=ilike.x").asks()).isTrue();
        assertThat(compile("name=eq.x,id=gt.7").asks()).isFalse();
        assertThat(compile("name=like.x%").asks()).isFalse();
    }

    @Test
    void a_term_that_asks_is_spared_where_a_cheap_one_decides() {
        Predicate predicate = compile("name=gt.x,id=eq.8");
        assertThat(predicate.test(Row.of("7", "y", "t", "s", "new"))).isEqualTo(Truth.FALSE);
    }

    @Test
    void values_never_stand_in_the_sql() {
        FilterSql.Fragment fragment =
                FilterSql.of(
                        RestGrammar.parse(
                                "or=(id.in.(1,2),not.and(name.eq.\"x'\\\"\",done.is.true))"
                                        + "&name=like.a*"),
                        TASKS);
        assertThat(fragment.sql())
                .isEqualTo(
                        "((\"id\" = ANY (?) OR NOT ((\"name\" = ? AND \"done\" IS TRUE))) AND"
                                + " \"name\" LIKE ?)");
        assertThat(fragment.parameters()).containsExactly("{\"1\",\"2\"}", "x'\"", "a%");
    }

    @Test
    void an_order_is_quoted_and_says_where_nulls_stand() {
        List<Order> orders = OrderGrammar.parse("name.desc,id");
        assertThat(FilterSql.orderBy(orders, TASKS))
                .isEqualTo("\"name\" DESC NULLS FIRST, \"id\" ASC NULLS LAST");
        assertThatThrownBy(() -> FilterSql.orderBy(OrderGrammar.parse("zz"), TASKS))
                .hasMessage("invalid column for order zz");
    }

    private Predicate compile(String filter) {
        return compiler.compile(ChangesGrammar.parse(filter), TASKS, READABLE);
    }

    private static Column column(String name, PgType type, Collation collation) {
        return new Column(name, type, -1, collation, name.equals("id"));
    }
}
