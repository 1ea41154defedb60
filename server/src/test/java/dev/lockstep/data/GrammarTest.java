package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.filter.Filter;
import dev.lockstep.data.Condition.Logic;
import dev.lockstep.data.Condition.Operation;
import dev.lockstep.data.Condition.Test;
import dev.lockstep.data.Condition.Truth;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {
    private static final Field ID = new Field("id", List.of());

    private static Operation operation(String text) {
        return ((Test) ConditionGrammar.of(ID, text)).operation();
    }

    @org.junit.jupiter.api.Test
    void a_value_at_the_top_is_taken_as_it_stands() {
        assertThat(operation("eq.a,\"b\".(c)"))
                .isEqualTo(
                        new Operation.Compare(Filter.Operator.EQ, Optional.empty(), "a,\"b\".(c)"));
        assertThat(ConditionGrammar.of(ID, "not.is.NULL"))
                .isEqualTo(new Test(ID, true, new Operation.Is(Truth.NULL)));
        assertThat(operation("like.*a%"))
                .isEqualTo(new Operation.Compare(Filter.Operator.LIKE, Optional.empty(), "%a%"));
    }

    @org.junit.jupiter.api.Test
    void a_list_keeps_bare_quotes_and_may_be_empty() {
        assertThat(operation("in.(a,\"b,c\",d\"e,\"(x)\",\"q\\\"\\\\\")"))
                .isEqualTo(new Operation.In(List.of("a", "b,c", "d\"e", "(x)", "q\"\\")));
        assertThat(operation("in.()")).isEqualTo(new Operation.In(List.of()));
    }

    @org.junit.jupiter.api.Test
    void logic_nests_and_reaches_into_json() {
        Condition tree =
                ConditionGrammar.logic(
                        "not.or", "(a->b->>c.eq.1, and(x.not.in.(1,2),\"y.z\".cs.{p,q}) )");
        assertThat(tree).isInstanceOf(Logic.class);
        Logic logic = (Logic) tree;
        assertThat(logic.or() && logic.negated()).isTrue();
        Test first = (Test) logic.parts().getFirst();
        assertThat(first.field().path())
                .containsExactly(
                        new Field.Step(false, "b", false), new Field.Step(true, "c", false));
        Logic inner = (Logic) logic.parts().get(1);
        assertThat(inner.or()).isFalse();
        assertThat(inner.parts().get(1))
                .isEqualTo(
                        new Test(
                                new Field("y.z", List.of()),
                                false,
                                new Operation.Relate("@>", "{p,q}")));
    }

    @org.junit.jupiter.api.Test
    void a_select_is_a_tree() {
        List<Selection> items =
                SelectGrammar.parse(
                        "id,n:name::text,total.sum()::int,count(),*,a:b!h!inner(*,c(d)),...e(f)");
        assertThat(items).hasSize(7);
        Selection.Value sum = (Selection.Value) items.get(2);
        assertThat(sum.aggregate()).contains(Selection.Aggregate.SUM);
        assertThat(sum.aggregateCast()).contains("int");
        Selection.Embed embed = (Selection.Embed) items.get(5);
        assertThat(embed.label()).isEqualTo("a");
        assertThat(embed.hint()).contains("h");
        assertThat(embed.join()).isEqualTo(Selection.Join.INNER);
        assertThat(embed.items()).hasSize(2);
        assertThat(((Selection.Embed) items.get(6)).spread()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id::int)",
                "id::a;b",
                "id::\"x\"",
                "a(",
                "a)",
                "id,,b",
                "->x",
                "a:b:c",
                "a.sum(",
                "a.foo()",
                "id::int--",
                "id->",
                "a!(x",
                "...",
                "\"a"
            })
    void a_bad_select_is_refused_with_its_place(String text) {
        assertThatThrownBy(() -> SelectGrammar.parse(text))
                .isInstanceOfSatisfying(
                        RestException.class,
                        e -> {
                            assertThat(e.error().code()).isEqualTo("PGRST100");
                            assertThat(e.error().message()).contains("(line 1, column ");
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "eq",
                "xx.1",
                "in.1",
                "in.(1",
                "is.maybe",
                "eq(some).1",
                "neq(any).{1}",
                "not",
                "cs(x).1",
                "in(any).(1)"
            })
    void a_bad_filter_is_refused(String text) {
        assertThatThrownBy(() -> ConditionGrammar.of(ID, text))
                .isInstanceOfSatisfying(
                        RestException.class,
                        e -> assertThat(e.error().code()).isEqualTo("PGRST100"));
    }

    @org.junit.jupiter.api.Test
    void slices_meet() {
        Slice asked = new Slice(java.util.OptionalLong.of(10), 5);
        assertThat(asked.and(new Slice(java.util.OptionalLong.of(3), 8)))
                .isEqualTo(new Slice(java.util.OptionalLong.of(3), 8));
        assertThat(asked.and(new Slice(java.util.OptionalLong.empty(), 20)))
                .isEqualTo(new Slice(java.util.OptionalLong.of(0), 20));
        assertThat(Slice.ALL.and(asked)).isEqualTo(asked);
    }
}
