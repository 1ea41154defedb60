package dev.lockstep.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.app.doctor.Finding.Cure;
import dev.lockstep.app.doctor.Finding.Severity;
import dev.lockstep.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
    private static final TestDatabase PLAIN =
            TestDatabase.ownServer(
                    Map.of(
                            "wal_level", "replica",
                            "max_slot_wal_keep_size", "-1",
                            "synchronous_standby_names", "",
                            "max_replication_slots", "0"));

    @AfterAll
    static void stop() {
        PLAIN.close();
    }

    @Test
    void a_server_without_logical_wal_is_told_to_write_it_after_a_restart() {
        Finding finding = found(PLAIN, "wal_level is \"replica\"");
        assertThat(finding.severity()).isEqualTo(Severity.ESSENTIAL);
        assertThat(finding.cure()).isEqualTo(Cure.RESTART);
        assertThat(finding.sql()).containsExactly("ALTER SYSTEM SET wal_level = 'logical';");
    }

    @Test
    void a_server_without_a_free_slot_is_told_so() {
        assertThat(found(PLAIN, "all 0 of max_replication_slots are in use").severity())
                .isEqualTo(Severity.ESSENTIAL);
    }

    @Test
    void a_slot_without_a_limit_is_worth_a_word() {
        assertThat(found(PLAIN, "max_slot_wal_keep_size is unlimited").severity())
                .isEqualTo(Severity.ADVICE);
    }

    @Test
    void missing_publications_and_roles_are_found() {
        assertThat(findings(PLAIN).stream().map(Finding::what))
                .contains(
                        "publication supabase_realtime is missing",
                        "Lockstep's schemas and roles are not installed here");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    *                       | true
                    FIRST 1 (a, "lockstep") | true
                    ANY 2 (a, *)            | true
                    2 (a, LOCKSTEP)         | true
                    a, b                    | false
                    lockstep2               | false
                    """)
    void standby_names_that_would_make_every_commit_wait_are_recognised(
            String names, boolean matches) {
        assertThat(ServerChecks.matches(names, "lockstep")).isEqualTo(matches);
    }

    @Test
    void published_tables_that_cannot_be_followed_whole_are_named_with_the_sql_that_mends_them() {
        try (TestDatabase database = TestDatabase.create()) {
            database.execute(
                    "create publication supabase_realtime",
                    "create table \"Odd Name\"(id int primary key, a text)",
                    "create table keyless(a text)",
                    "create table secret(id int primary key)",
                    "alter table secret enable row level security",
                    "alter table secret replica identity full",
                    "alter publication supabase_realtime add table \"Odd Name\", keyless, secret");
            assertThat(found(database, "replica identity is not FULL").sql())
                    .containsExactly("ALTER TABLE public.\"Odd Name\" REPLICA IDENTITY FULL;");
            Finding unwritable = found(database, "published without a way to name a row");
            assertThat(unwritable.severity()).isEqualTo(Severity.ESSENTIAL);
            assertThat(unwritable.sql())
                    .containsExactly("ALTER TABLE public.keyless REPLICA IDENTITY FULL;");
            assertThat(found(database, "no primary key").what()).contains("public.keyless");
        }
    }

    @Test
    void what_policies_cost_and_keep_from_being_live_is_named_with_the_sql_that_mends_it() {
        try (TestDatabase database = TestDatabase.installed()) {
            database.execute(
                    """
                    create table notes(id int primary key, word text, team int, secret text);
                    create table bare(team int);
                    alter table notes enable row level security;
                    create policy a on notes using (lower(word) = 'x' and word < current_setting('my.word'));
                    create policy b on notes using (team in (select team from bare));
                    alter publication supabase_realtime add table notes;
                    """);
            assertThat(found(database, "row policies of public.notes are asked").why())
                    .contains("lower(word)");
            assertThat(found(database, "rights to public.notes are read again").why())
                    .contains("setting my.word");
            assertThat(found(database, "row policies read tables that cannot be followed").sql())
                    .containsExactly("ALTER TABLE \"public\".\"bare\" REPLICA IDENTITY FULL;");
            assertThat(found(database, "deleted rows of public.notes").sql())
                    .containsExactly("ALTER TABLE \"public\".\"notes\" REPLICA IDENTITY FULL;");
            database.execute(
                    "alter table bare replica identity full",
                    "alter table notes replica identity full",
                    "drop policy a on notes");
            assertThat(findings(database).stream().map(Finding::what))
                    .noneMatch(what -> what.contains("notes") || what.contains("bare"));
            database.execute("alter publication supabase_realtime set table notes (id, word)");
            assertThat(found(database, "refused to some roles: public.notes").why())
                    .contains("reads column \"team\"");
        }
    }

    @Test
    void what_the_doctor_mends_is_not_found_again() throws SQLException {
        try (TestDatabase database = TestDatabase.create();
                Connection connection = database.connection()) {
            database.execute(
                    "create table a(id int primary key)",
                    "create publication supabase_realtime for table a");
            Doctor doctor = new Doctor(connection, Expectations.defaults());
            List<Finding> tables =
                    doctor.examine().stream()
                            .filter(finding -> finding.what().contains("replica identity"))
                            .toList();
            assertThat(doctor.mend(tables)).allMatch(done -> done.problem().isEmpty());
            assertThat(doctor.examine().stream().map(Finding::what))
                    .noneMatch(what -> what.contains("replica identity"));
        }
    }

    @Test
    void a_slot_of_another_database_is_essential() {
        try (TestDatabase theirs = TestDatabase.create();
                TestDatabase ours = TestDatabase.create()) {
            theirs.execute("select pg_create_logical_replication_slot('doctor_test', 'pgoutput')");
            Expectations expected = Expectations.defaults();
            Expectations other =
                    new Expectations(
                            "doctor_test",
                            expected.publication(),
                            expected.internal(),
                            expected.applicationName(),
                            expected.login(),
                            expected.replicator(),
                            expected.retention());
            assertThat(examine(ours, other).map(Finding::what))
                    .anyMatch(what -> what.startsWith("slot doctor_test belongs to database"));
        }
    }

    @Test
    void the_summary_counts_and_the_status_follows_the_essential_ones() {
        Finding advice = Finding.advice("a", "b", Cure.BY_HAND);
        Finding essential = Finding.essential("a", "b", Cure.BY_HAND);
        assertThat(Prescription.healthy(List.of(advice))).isTrue();
        assertThat(Prescription.healthy(List.of(advice, essential))).isFalse();
        assertThat(Prescription.summary(List.of(advice, essential)))
                .contains("1 problem, 1 piece of advice");
    }

    private static Finding found(TestDatabase database, String what) {
        return findings(database).stream()
                .filter(finding -> finding.what().startsWith(what))
                .findFirst()
                .orElseThrow(() -> new AssertionError(what + " not in " + findings(database)));
    }

    private static List<Finding> findings(TestDatabase database) {
        return examine(database, Expectations.defaults()).toList();
    }

    private static Stream<Finding> examine(TestDatabase database, Expectations expected) {
        try (Connection connection = database.connection()) {
            return new Doctor(connection, expected).examine().stream();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
