package dev.lockstep.core.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.filter.Filter.And;
import dev.lockstep.core.filter.Filter.Compare;
import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.core.filter.Filter.In;
import dev.lockstep.core.filter.Filter.Is;
import dev.lockstep.core.filter.Filter.Not;
import dev.lockstep.core.filter.Filter.Operator;
import dev.lockstep.core.filter.Filter.Or;
import dev.lockstep.error.FailureException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestGrammarTest {

    static Stream<Arguments> accepted() {
        return Stream.of(
                Arguments.of(" ", Filter.ALL),
                Arguments.of("a=eq.1", eq("a", "1")),
                Arguments.of("a=eq.x,y \"z\" (w)", eq("a", "x,y \"z\" (w)")),
                Arguments.of("a=eq.", eq("a", "")),
                Arguments.of("a=not.eq.1", new Not(eq("a", "1"))),
                Arguments.of("\"a.b\"=eq.1", eq("a.b", "1")),
                Arguments.of("due date=eq.1", eq("due date", "1")),
                Arguments.of("a-b=eq.1", eq("a-b", "1")),
                Arguments.of("größe=eq.1", eq("größe", "1")),
                Arguments.of("a=eq.b=c", eq("a", "b=c")),
                Arguments.of("a=like.*x*", new Compare("a", Operator.LIKE, "%x%")),
                Arguments.of("a=match.x*", new Compare("a", Operator.MATCH, "x*")),
                Arguments.of("a=is.null", new Is("a", Condition.NULL)),
                Arguments.of("a=is.not_null", new Not(new Is("a", Condition.NULL))),
                Arguments.of("a=is.TRUE", new Is("a", Condition.TRUE)),
                Arguments.of("a=not.is.false", new Not(new Is("a", Condition.FALSE))),
                Arguments.of("a=isdistinct.3", new Compare("a", Operator.DISTINCT, "3")),
                Arguments.of("a=in.()", new In("a", List.of())),
                Arguments.of(
                        "s=in.(a,\"b,c\",d\"e,\"(x)\")",
                        new In("s", List.of("a", "b,c", "d\"e", "(x)"))),
                Arguments.of("s=in.(\"d,e)", new In("s", List.of("\"d", "e"))),
                Arguments.of("s=in.(\"a\\\"b\\\\c\")", new In("s", List.of("a\"b\\c"))),
                Arguments.of("s=in.(null)", new In("s", List.of("null"))),
                Arguments.of(
                        "a=gte.1&a=lt.9",
                        new And(
                                List.of(
                                        new Compare("a", Operator.GTE, "1"),
                                        new Compare("a", Operator.LT, "9")))),
                Arguments.of(
                        "or=(a.eq.1,b.gt.2,and(c.is.null,d.ilike.*x*))",
                        new Or(
                                List.of(
                                        eq("a", "1"),
                                        new Compare("b", Operator.GT, "2"),
                                        new And(
                                                List.of(
                                                        new Is("c", Condition.NULL),
                                                        new Compare(
                                                                "d", Operator.ILIKE, "%x%")))))),
                Arguments.of(
                        "not.or=( a.eq.1 , not.and(b.eq.2,c.in.(3,\"4,)\")) )",
                        new Not(
                                new Or(
                                        List.of(
                                                eq("a", "1 "),
                                                new Not(
                                                        new And(
                                                                List.of(
                                                                        eq("b", "2"),
                                                                        new In(
                                                                                "c",
                                                                                List.of(
                                                                                        "3",
                                                                                        "4,)"))))))))),
                Arguments.of("and=(a.eq.\"x&y,)\\\"\")", new And(List.of(eq("a", "x&y,)\"")))),
                Arguments.of("and=(a.eq.{1,2})", new And(List.of(eq("a", "{1,2}")))),
                Arguments.of("and=(a.not.eq.1)", new And(List.of(new Not(eq("a", "1"))))),
                Arguments.of("or=(not.eq.1,order.eq.2)", or(eq("not", "1"), eq("order", "2"))));
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void a_condition_is_read_as_postgrest_reads_it(String text, Filter filter) {
        assertThat(RestGrammar.parse(text)).isEqualTo(filter);
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("a=cs.{1}", "operator cs is not supported in this filter"),
                Arguments.of("a=fts(english).x", "operator fts(english) is not supported"),
                Arguments.of("a=like(any).{x}", "operator like(any) is not supported"),
                Arguments.of("a->>b=eq.1", "paths into JSON are not supported"),
                Arguments.of("a.b=eq.1", "conditions on embedded tables are not supported"),
                Arguments.of("a=foo.1", "unexpected \"foo\", expecting \"not\" or operator"),
                Arguments.of("a=0", "unexpected \"0\", expecting \"not\" or operator (eq, gt"),
                Arguments.of("a", "unexpected end of input, expecting \"=\""),
                Arguments.of("=eq.1", "expecting a column's name"),
                Arguments.of("or=()", "unexpected \")\", expecting a column's name"),
                Arguments.of("or=(a.eq.1", "unexpected end of input, expecting \")\""),
                Arguments.of("or=(a.eq.1)x", "unexpected \"x\", expecting \"&\" or the end"),
                Arguments.of("a=in.(1", "unexpected end of input"),
                Arguments.of("a=in.1", "unexpected \"1\", expecting \"(\""),
                Arguments.of("a=is.maybe", "unexpected \"maybe\", expecting null"),
                Arguments.of("a=eq.1&", "expecting a column's name"),
                Arguments.of("or=" + "(and".repeat(21) + "(a.eq.1)", "at most 20 levels"),
                Arguments.of(
                        Stream.generate(() -> "a=eq.1").limit(501).collect(Collectors.joining("&")),
                        "at most 500 conditions"),
                Arguments.of("a=eq." + "x".repeat(65_536), "at most 65536 characters"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void what_is_not_a_condition_is_refused_with_a_reason(String text, String words) {
        assertThatThrownBy(() -> RestGrammar.parse(text))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining(words);
    }

    @Test
    void a_pair_that_was_decoded_apart_may_hold_any_value() {
        assertThat(RestGrammar.condition("name", "eq.a&b")).isEqualTo(eq("name", "a&b"));
        assertThat(RestGrammar.condition("not.and", "(a.eq.1)"))
                .isEqualTo(new Not(new And(List.of(eq("a", "1")))));
    }

    static Stream<Arguments> orders() {
        return Stream.of(
                Arguments.of("", List.of()),
                Arguments.of("a", List.of(new Order("a", false, false))),
                Arguments.of("a.desc", List.of(new Order("a", true, true))),
                Arguments.of("a.nullsfirst", List.of(new Order("a", false, true))),
                Arguments.of(
                        "a.desc.nullslast, b , \"c.d\".asc",
                        List.of(
                                new Order("a", true, false),
                                new Order("b", false, false),
                                new Order("c.d", false, false))));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void an_order_is_read_as_postgrest_reads_it(String text, List<Order> orders) {
        assertThat(OrderGrammar.parse(text)).isEqualTo(orders);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.dsc", "a.asc.desc", "a.nullslast.desc", "a,", ",a", "a->b", "a(b)"})
    void what_is_not_an_order_is_refused(String text) {
        assertThatThrownBy(() -> OrderGrammar.parse(text)).isInstanceOf(FailureException.class);
    }

    private static Compare eq(String column, String value) {
        return new Compare(column, Operator.EQ, value);
    }

    private static Or or(Filter... parts) {
        return new Or(List.of(parts));
    }
}
