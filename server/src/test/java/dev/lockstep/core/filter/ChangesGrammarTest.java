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
import dev.lockstep.error.FailureException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ChangesGrammarTest {

    @Test
    void the_captured_frame_of_the_client_is_read() {
        assertThat(ChangesGrammar.parse("id=gt.1,task=in.(a,\"b,c\"),done=not.is.null"))
                .isEqualTo(
                        new And(
                                List.of(
                                        new Compare("id", Operator.GT, "1"),
                                        new In("task", List.of("a", "b,c")),
                                        new Not(new Is("done", Condition.NULL)))));
    }

    static Stream<Arguments> accepted() {
        return Stream.of(
                Arguments.of("", Filter.ALL),
                Arguments.of("  \t ", Filter.ALL),
                Arguments.of("id=eq.7", compare("id", Operator.EQ, "7")),
                Arguments.of(" id=eq.7 ", compare("id", Operator.EQ, "7")),
                Arguments.of("a=neq.", compare("a", Operator.NEQ, "")),
                Arguments.of("a=lt.1.5", compare("a", Operator.LT, "1.5")),
                Arguments.of("a=lte.x=y", compare("a", Operator.LTE, "x=y")),
                Arguments.of("a=gte.(1,2)", compare("a", Operator.GTE, "(1,2)")),
                Arguments.of("a=like.%*_", compare("a", Operator.LIKE, "%*_")),
                Arguments.of("a=ilike.X", compare("a", Operator.ILIKE, "X")),
                Arguments.of("a=match.^x.*$", compare("a", Operator.MATCH, "^x.*$")),
                Arguments.of("a=imatch.[a-z]", compare("a", Operator.IMATCH, "[a-z]")),
                Arguments.of("a=isdistinct.A", compare("a", Operator.DISTINCT, "A")),
                Arguments.of("a=not.eq.5", new Not(compare("a", Operator.EQ, "5"))),
                Arguments.of("a=is.unknown", new Is("a", Condition.UNKNOWN)),
                Arguments.of("a=eq.\"x,y\"", compare("a", Operator.EQ, "x,y")),
                Arguments.of("a=eq.\"x\\\"\\\\y\"", compare("a", Operator.EQ, "x\"\\y")),
                Arguments.of("a=eq.\"x\"y", compare("a", Operator.EQ, "\"x\"y")),
                Arguments.of("a=eq.x\"y", compare("a", Operator.EQ, "x\"y")),
                Arguments.of("a=in.()", new In("a", List.of())),
                Arguments.of("a=in.( 1 , 2 )", new In("a", List.of("1", "2"))),
                Arguments.of("a=in.(\"\", \" x \")", new In("a", List.of("", " x "))),
                Arguments.of("a=in.(\"(\",\")\")", new In("a", List.of("(", ")"))),
                Arguments.of("a=in.(x\\,y,z)", new In("a", List.of("x,y", "z"))),
                Arguments.of("a=in.(1,null)", new In("a", List.of("1"), true)),
                Arguments.of("a=in.(1,\"NULL\")", new In("a", List.of("1", "NULL"))));
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void a_filter_is_read_as_the_reference_reads_it(String text, Filter filter) {
        assertThat(ChangesGrammar.parse(text)).isEqualTo(filter);
    }

    static Stream<Arguments> refused() {
        String prefix = "Error parsing `filter` params: ";
        return Stream.of(
                Arguments.of("a=foo.hey", prefix + "[\"foo\", \"hey\"]"),
                Arguments.of("a=not.foo.hey", prefix + "[\"foo\", \"hey\"]"),
                Arguments.of("undefined", prefix + "[\"undefined\"]"),
                Arguments.of("a=eq", prefix + "[\"eq\"]"),
                Arguments.of("a=EQ.\"1\"", prefix + "[\"EQ\", \"\\\"1\\\"\"]"),
                Arguments.of(
                        "a=eq.1,,b=eq.2",
                        prefix + "filter must not contain empty segments (check for extra commas)"),
                Arguments.of(
                        "a=eq.1, ",
                        prefix + "filter must not contain empty segments (check for extra commas)"),
                Arguments.of("a=in.1", prefix + "`in` filter value must be wrapped by parentheses"),
                Arguments.of(
                        "a=is.nothing",
                        "invalid value for is filter: must be null, true, false, or unknown"),
                Arguments.of("a=in.(1,,2)", "malformed array literal: \"{1,,2}\""),
                Arguments.of("a=in.(1\"2\")", "malformed array literal: \"{1\"2\"}\""),
                Arguments.of(
                        "a=in.(" + numbers(101) + ")",
                        "too many values for `in` filter. Maximum 100"),
                Arguments.of("a=eq.\0", "a filter may not hold the character U+0000"),
                Arguments.of("a=eq.\ud800x", "a filter may not hold half a surrogate pair"),
                Arguments.of(
                        "a=eq." + "x".repeat(65_536), "a filter may have at most 65536 characters"),
                Arguments.of(
                        Stream.generate(() -> "a=eq.1").limit(501).collect(Collectors.joining(",")),
                        prefix + "filter has more than 500 conditions"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void a_filter_is_refused_in_the_words_of_the_reference(String text, String words) {
        assertThatThrownBy(() -> ChangesGrammar.parse(text))
                .isInstanceOf(FailureException.class)
                .hasMessage(words);
    }

    @Test
    void a_hundred_values_are_not_too_many() {
        assertThat(ChangesGrammar.parse("a=in.(" + numbers(100) + ")")).isInstanceOf(In.class);
    }

    @Test
    void a_binding_is_described_as_the_reference_describes_it() {
        assertThat(
                        ChangesGrammar.describe(
                                "*",
                                "public",
                                "test",
                                ChangesGrammar.terms("notacolumn=eq.123,b=in.(1,2)"),
                                Optional.empty()))
                .isEqualTo(
                        "[event: *, schema: public, table: test, filters: [{\"notacolumn\","
                                + " \"eq\", \"123\", false}, {\"b\", \"in\", \"{1,2}\", false}],"
                                + " select: nil]");
        assertThat(
                        ChangesGrammar.describe(
                                "INSERT", "public", "*", List.of(), Optional.of(List.of("id"))))
                .isEqualTo(
                        "[event: INSERT, schema: public, table: *, filters: [], select: [\"id\"]]");
    }

    private static Compare compare(String column, Operator operator, String value) {
        return new Compare(column, operator, value);
    }

    private static String numbers(int count) {
        return IntStream.range(0, count)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
    }
}
