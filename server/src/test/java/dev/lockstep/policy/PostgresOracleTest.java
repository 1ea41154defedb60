package dev.lockstep.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.config.Secret;
import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.ChangesGrammar;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.match.Oracle.Operand;
import dev.lockstep.match.Truth;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.TestDatabase;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresOracleTest {
    private static final TestDatabase postgres = TestDatabase.create();
    private static final Database database = open();
    private static final TableName NAME = new TableName("public", "things");
    private static final Column NUMBER = column("number", 23, "int4", Collation.NONE);
    private static final Column SMALL = column("small", 21, "int2", Collation.NONE);
    private static final Column WORD = column("word", 25, "text", Collation.DETERMINISTIC);
    private static final Column BITS = column("bits", 1560, "bit", Collation.NONE);
    private static final Column MOMENT = column("moment", 1184, "timestamptz", Collation.NONE);
    private static final Relation THINGS =
            new Relation(1, NAME, ReplicaIdentity.FULL, List.of(NUMBER, SMALL, WORD, BITS, MOMENT));

    private final PostgresOracle oracle = new PostgresOracle(database);

    @BeforeAll
    static void create() {
        postgres.execute(
                "create table things (number int, small smallint, word text collate \"en-x-icu\","
                        + " bits bit(4), moment timestamptz)");
    }

    @AfterAll
    static void drop() {
        database.close();
        postgres.close();
    }

    @Test
    void order_follows_the_columns_own_collation() {
        Filter smaller = ChangesGrammar.parse("word=lt.B");
        assertThat(oracle.ask(NAME, WORD, smaller, "a")).isEqualTo(Truth.TRUE);
        assertThat(oracle.ask(NAME, WORD, smaller, "c")).isEqualTo(Truth.FALSE);
    }

    @Test
    void a_modifier_of_the_type_cuts_nothing() {
        assertThat(oracle.operand(BITS, "1010")).isEqualTo(new Operand.Text("1010"));
        assertThat(oracle.ask(NAME, BITS, ChangesGrammar.parse("bits=gt.1001"), "1010"))
                .isEqualTo(Truth.TRUE);
    }

    @Test
    void moments_are_read_and_printed_in_utc() {
        assertThat(oracle.operand(MOMENT, "2026-01-02 03:04:05"))
                .isEqualTo(new Operand.Text("2026-01-02 03:04:05+00"));
        assertThat(oracle.operand(MOMENT, "2026-01-02T03:04:05+05:30"))
                .isEqualTo(new Operand.Text("2026-01-01 21:34:05+00"));
    }

    @Test
    void what_means_another_moment_each_time_is_not_remembered() {
        Operand first = oracle.operand(MOMENT, "now");
        assertThat(oracle.operand(MOMENT, "now")).isNotEqualTo(first);
    }

    @Test
    void an_answer_is_remembered() {
        Filter smaller = ChangesGrammar.parse("word=lt.remembered");
        Database closing = open();
        PostgresOracle remembering = new PostgresOracle(closing);
        Truth first = remembering.ask(NAME, WORD, smaller, "x");
        Operand operand = remembering.operand(NUMBER, " 7 ");
        closing.close();

        assertThat(remembering.ask(NAME, WORD, smaller, "x")).isEqualTo(first);
        assertThat(remembering.operand(NUMBER, " 7 ")).isEqualTo(operand);
    }

    @Test
    void values_are_never_read_as_sql() {
        String value = "'); drop table things; --";
        assertThat(oracle.ask(NAME, WORD, new Filter.In("word", List.of(value, "\"{}\\")), value))
                .isEqualTo(Truth.TRUE);
        assertThat(postgres.value("select count(*) from things")).isEqualTo("0");
    }

    @Test
    void a_column_that_is_gone_is_no_answer() {
        Column gone = column("gone", 25, "text", Collation.DETERMINISTIC);
        assertThatThrownBy(() -> oracle.ask(NAME, gone, ChangesGrammar.parse("gone=lt.x"), "a"))
                .isInstanceOf(FailureException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "number=eq.abc | invalid input syntax for type integer: \"abc\"",
                "small=in.(1,99999) | value \"99999\" is out of range for type smallint",
                "word=match.( | invalid regular expression for match filter: invalid regular"
                        + " expression: parentheses () not balanced",
                "moment=gt.soon | invalid input syntax for type timestamp with time zone: \"soon\"",
            })
    void a_refusal_has_the_words_of_postgresql(String filter, String words) {
        FilterCompiler compiler = new FilterCompiler(oracle);
        assertThatThrownBy(() ->
                        compiler.compile(
                                ChangesGrammar.parse(filter),
                                THINGS,
                                Set.of("number", "small", "word", "moment")))
                .isInstanceOf(FailureException.class)
                .hasMessage(words);
    }

    @Test
    void a_refusal_costs_no_connection() {
        postgres.execute(
                "create collation caseless (provider = icu, locale = 'und-u-ks-level2',"
                        + " deterministic = false)",
                "create table folded (word text collate caseless)");
        Column folded = column("word", 25, "text", Collation.NONDETERMINISTIC);
        TableName name = new TableName("public", "folded");
        Object session = session();
        Optional<String> complaint =
                oracle.complaint(name, folded, ChangesGrammar.parse("word=ilike.x"));
        assertThat(complaint.orElseThrow()).contains("nondeterministic collations");
        assertThat(session()).isEqualTo(session);
    }

    @Test
    void a_table_or_type_that_is_made_anew_is_asked_about_as_the_first_was() {
        postgres.execute("create role asker", "grant usage on schema public to asker");
        for (int made = 0; made < 3; made++) {
            postgres.execute(
                    "drop table if exists passing",
                    "drop type if exists mood",
                    "create type mood as enum ('low', 'high')",
                    "create table passing (number int, mood mood)");
            Relation relation =
                    new Relation(
                            oid("'passing'::regclass"),
                            new TableName("public", "passing"),
                            ReplicaIdentity.FULL,
                            List.of(NUMBER, mood(oid("'mood'::regtype"))));
            // The driver prepares what is asked more often, and keeps the types of parameters.
            for (int i = 0; i < 20; i++) {
                assertThat(oracle.ask(policy("number > " + i % 2), relation, Row.of("1", "high")))
                        .isEqualTo(Truth.of(i % 2 == 0));
                assertThat(
                                oracle.ask(
                                        relation.name(),
                                        relation.columns().getLast(),
                                        ChangesGrammar.parse("mood=gt.low"),
                                        "high"))
                        .isEqualTo(Truth.TRUE);
                assertThat(oracle.operand(relation.columns().getLast(), "low"))
                        .isEqualTo(new Operand.Text("low"));
            }
        }
    }

    private static Filter.Expression policy(String sql) {
        return new Filter.Expression(new TableName("public", "passing"), sql, "asker", "{}");
    }

    private static int oid(String name) {
        return Integer.parseInt(postgres.value("select " + name + "::oid"));
    }

    private static Column mood(int oid) {
        return new Column("mood", new PgType.Base(oid, "mood"), -1, Collation.NONE, false);
    }

    private static Database open() {
        return new Database(
                new DatabaseConfig(
                                postgres.jdbcUrl(),
                                postgres.user(),
                                new Secret(postgres.password()))
                        .withPoolSize(1));
    }

    private static Object session() {
        return database.call(connection -> {
            try (var rows = connection.createStatement().executeQuery("select pg_backend_pid()")) {
                rows.next();
                return rows.getInt(1);
            }
        });
    }

    private static Column column(String name, int oid, String type, Collation collation) {
        return new Column(name, new PgType.Base(oid, type), -1, collation, false);
    }
}
