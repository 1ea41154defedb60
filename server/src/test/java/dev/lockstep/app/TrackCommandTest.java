package dev.lockstep.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.postgres.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TrackCommandTest {
    private static final TestDatabase database = TestDatabase.installed();
    private static final String TRACKED =
            "select string_agg(relation || ' ' || strict_version, ',' order by relation::text)"
                    + " from lockstep.tracked";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterAll
    static void drop() {
        database.close();
    }

    private int run(String... arguments) {
        return run(database, arguments);
    }

    private int run(TestDatabase where, String... arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String url =
                new DatabaseUrl(
                                "",
                                where.user(),
                                where.admin().password(),
                                "127.0.0.1:" + where.port() + "/" + where.name())
                        .withPassword();
        return line.execute(
                Stream.concat(Stream.of(arguments), Stream.of("--url", url))
                        .toArray(String[]::new));
    }

    @Test
    void tables_are_tracked_together_or_not_at_all_and_let_go_again() {
        database.execute(
                "create table a (id int primary key)", "create table b (id int primary key)");
        assertThat(run("track", "a", "nowhere")).isEqualTo(1);
        assertThat(err.toString()).contains("relation \"nowhere\" does not exist");
        assertThat(database.value(TRACKED)).isNull();
        assertThat(run("track", "--strict-version", "a", "b")).as(err.toString()).isZero();
        assertThat(out.toString().lines()).containsExactly("a is tracked.", "b is tracked.");
        assertThat(database.value(TRACKED)).isEqualTo("a true,b true");
        assertThat(run("untrack", "a", "b", "--drop-columns")).isZero();
        assertThat(database.value(TRACKED)).isNull();
        assertThat(
                        database.value(
                                "select count(*) from pg_attribute where attrelid = 'a'::regclass"
                                        + " and attnum > 0 and not attisdropped"))
                .isEqualTo("1");
    }

    @Test
    void a_table_without_a_key_is_refused_with_the_sql_that_mends_it() {
        database.execute("create table bare (id int)");
        assertThat(run("track", "bare")).isEqualTo(1);
        assertThat(err.toString())
                .contains("no primary key", "ALTER TABLE public.bare ADD PRIMARY KEY");
    }

    @Test
    void a_table_that_is_in_use_is_not_waited_for_without_end() throws SQLException {
        database.execute("create table busy (id int primary key)");
        try (Connection other = database.connection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table busy");
            assertThat(run("track", "busy")).isEqualTo(1);
            other.rollback();
        }
        assertThat(err.toString()).contains("try again when that transaction has ended");
    }

    @Test
    void a_database_without_lockstep_is_told_how_to_get_it() {
        try (TestDatabase plain = TestDatabase.create()) {
            plain.execute("create table a (id int primary key)");
            assertThat(run(plain, "track", "a")).isEqualTo(1);
            assertThat(err.toString()).contains("lockstep doctor --fix");
        }
    }
}
