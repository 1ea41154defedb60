package dev.lockstep.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class TestDatabaseTest {
    @Test
    void a_database_takes_statements_and_answers() {
        try (TestDatabase database = TestDatabase.create()) {
            database.execute("create table t(a int)", "insert into t values (1), (2)");

            assertThat(database.values("select a from t order by a")).containsExactly("1", "2");
        }
    }

    @Test
    void closing_drops_the_database_with_its_sessions_and_slots() throws SQLException {
        try (TestDatabase witness = TestDatabase.create()) {
            TestDatabase database = TestDatabase.create();
            database.execute(
                    "select pg_create_logical_replication_slot('left_behind', 'pgoutput')");
            try (Connection _ = database.connection()) {
                database.close();
            }

            assertThat(
                            witness.value(
                                    "select count(*) from pg_database where datname = '"
                                            + database.name()
                                            + "'"))
                    .isEqualTo("0");
            assertThat(
                            witness.value(
                                    "select count(*) from pg_replication_slots where slot_name = 'left_behind'"))
                    .isEqualTo("0");
        }
    }
}
