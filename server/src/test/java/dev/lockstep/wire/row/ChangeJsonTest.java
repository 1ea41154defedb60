package dev.lockstep.wire.row;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangeJsonTest {
    private static final long COMMITTED = 1_795_168_800_123_999L;
    private static final PgType INT8 = new PgType.Base(20, "int8");
    private static final PgType TEXT = new PgType.Base(25, "text");
    private static final PgType BYTEA = new PgType.Base(17, "bytea");
    private static final Relation TODOS =
            new Relation(
                    1,
                    new TableName("public", "todos"),
                    ReplicaIdentity.FULL,
                    List.of(
                            column("id", INT8, true),
                            column("task", TEXT, false),
                            column("version", INT8, false),
                            column("blob", BYTEA, false)));
    private static final int[] ALL = {0, 1, 2, 3};
    private static final int[] NONE = {};

    @Test
    void an_update_tells_both_images_in_the_words_of_the_protocol() {
        Change update =
                new Change.Update(
                        TODOS, Row.of("7", "x", "1", "\\x01"), Row.of("7", "y\n", "2", null));
        assertThat(text(ChangeJson.postgresChange(update, COMMITTED, new int[] {0, 1, 3})))
                .isEqualTo(
                        "{\"schema\":\"public\",\"table\":\"todos\","
                                + "\"commit_timestamp\":\"2026-11-20T10:00:00.123Z\","
                                + "\"type\":\"UPDATE\",\"columns\":[{\"name\":\"id\",\"type\":\"int8\"},"
                                + "{\"name\":\"task\",\"type\":\"text\"},"
                                + "{\"name\":\"blob\",\"type\":\"bytea\"}],"
                                + "\"record\":{\"id\":7,\"task\":\"y\\n\",\"blob\":null},"
                                + "\"old_record\":{\"id\":7,\"task\":\"x\",\"blob\":\"01\"},"
                                + "\"errors\":null}");
    }

    @Test
    void an_insert_has_no_old_record_and_a_delete_no_record() {
        Row row = Row.of("7", "x", "1", null);
        assertThat(text(ChangeJson.postgresChange(new Change.Insert(TODOS, row), 0, ALL)))
                .contains("\"type\":\"INSERT\"", "\"record\":{\"id\":7")
                .doesNotContain("old_record");
        assertThat(text(ChangeJson.postgresChange(new Change.Delete(TODOS, row), 0, ALL)))
                .contains("\"type\":\"DELETE\"", "\"old_record\":{\"id\":7")
                .doesNotContain("\"record\"");
    }

    @Test
    void an_absent_column_is_listed_but_has_no_value() {
        Row.Builder old = new Row.Builder(4);
        old.set(0, "7".getBytes(UTF_8));
        String data =
                text(ChangeJson.postgresChange(new Change.Delete(TODOS, old.build()), 0, ALL));
        assertThat(data).contains("{\"name\":\"task\"", "\"old_record\":{\"id\":7},");
    }

    @Test
    void a_row_above_one_mebibyte_keeps_its_short_values_and_says_so() {
        Row row = Row.of("7", "x".repeat(ChangeJson.MAX_ROW_BYTES), "1", "\\x0102");
        assertThat(text(ChangeJson.postgresChange(new Change.Insert(TODOS, row), 0, ALL)))
                .contains("\"record\":{\"id\":7,\"version\":1,\"blob\":\"0102\"}")
                .endsWith(",\"errors\":[\"Error 413: Payload Too Large\"]}");
    }

    @Test
    void values_of_64_bytes_stay_in_a_large_row_and_longer_ones_go() {
        String large = "x".repeat(ChangeJson.MAX_ROW_BYTES);
        Row kept = Row.of("7", "y".repeat(62), "1", "\\x" + large);
        Row cut = Row.of("7", "y".repeat(63), "1", "\\x" + large);
        assertThat(text(ChangeJson.postgresChange(new Change.Insert(TODOS, kept), 0, ALL)))
                .contains("\"task\":\"yyy");
        assertThat(text(ChangeJson.postgresChange(new Change.Insert(TODOS, cut), 0, ALL)))
                .contains("\"record\":{\"id\":7,\"version\":1}");
    }

    @Test
    void a_large_row_keeps_its_key_however_long_it_is() {
        String key = "k".repeat(ChangeJson.MAX_KEPT_VALUE_BYTES + 1);
        Relation named =
                new Relation(
                        2,
                        new TableName("public", "named"),
                        ReplicaIdentity.FULL,
                        List.of(column("name", TEXT, true), column("body", TEXT, false)));
        Row row = Row.of(key, "x".repeat(ChangeJson.MAX_ROW_BYTES));
        String data =
                text(
                        ChangeJson.postgresChange(
                                new Change.Update(named, row, row), 0, new int[] {0, 1}));
        assertThat(data)
                .contains(
                        "\"record\":{\"name\":\"" + key + "\"}",
                        "\"old_record\":{\"name\":\"" + key + "\"}")
                .endsWith(",\"errors\":[\"Error 413: Payload Too Large\"]}");
    }

    @Test
    void a_feed_is_given_rows_whole_however_large_they_are() {
        String large = "x".repeat(2 * ChangeJson.MAX_ROW_BYTES);
        assertThat(text(ChangeJson.row(TODOS, Row.of("7", large, "1", null), ALL))).contains(large);
    }

    @Test
    void a_refused_change_says_only_why() {
        Row row = Row.of("7", "secret", "1", null);
        assertThat(
                        text(
                                ChangeJson.refused(
                                        new Change.Update(TODOS, row, row),
                                        ChangeJson.Refusal.NO_PRIMARY_KEY)))
                .isEqualTo(
                        "{\"schema\":\"public\",\"table\":\"todos\",\"commit_timestamp\":null,"
                                + "\"type\":\"UPDATE\",\"columns\":[],\"record\":{},"
                                + "\"old_record\":{},"
                                + "\"errors\":[\"Error 400: Bad Request, no primary key\"]}");
        assertThat(
                        text(
                                ChangeJson.refused(
                                        new Change.Insert(TODOS, row),
                                        ChangeJson.Refusal.UNAUTHORIZED)))
                .endsWith("\"record\":{},\"errors\":[\"Error 401: Unauthorized\"]}");
    }

    @Test
    void a_feed_update_carries_key_changed_columns_and_the_version_it_builds_on() {
        Row old = Row.of("7", "x", "1", "\\x01");
        Row row = Row.of("7", "y", "2", "\\x01");
        assertThat(text(ChangeJson.update(old, row, TODOS, ALL, NONE)))
                .isEqualTo(
                        "{\"key\":{\"id\":7},\"set\":{\"task\":\"y\",\"version\":2},"
                                + "\"base\":{\"version\":1}}");
        assertThat(text(ChangeJson.update(old, row, TODOS, new int[] {0, 1}, new int[] {3})))
                .isEqualTo("{\"key\":{\"id\":7},\"set\":{\"task\":\"y\",\"blob\":\"\\\\x01\"}}");
    }

    @Test
    void a_feed_leave_carries_key_and_reason() {
        assertThat(text(ChangeJson.leave(TODOS, Row.of("7", "x", "1", null), "left")))
                .isEqualTo("{\"key\":{\"id\":7},\"why\":\"left\"}");
    }

    @Test
    void a_row_shows_the_columns_asked_for_in_their_order() {
        assertThat(text(ChangeJson.row(TODOS, Row.of("7", "\"x\\", "1", null), new int[] {1, 0})))
                .isEqualTo("{\"task\":\"\\\"x\\\\\",\"id\":7}");
    }

    @Test
    void a_truncate_has_no_body() {
        Change truncate = new Change.Truncate(List.of(TODOS), false, false);
        assertThatThrownBy(() -> ChangeJson.postgresChange(truncate, 0, ALL))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void text_that_does_not_read_as_its_type_is_given_as_text() {
        Relation changed =
                new Relation(
                        1,
                        new TableName("public", "t"),
                        ReplicaIdentity.DEFAULT,
                        List.of(
                                column("tags", new PgType.Array(1007, "_int4", INT8, ','), false),
                                column("secret", TEXT, false)));
        assertThat(text(ChangeJson.row(changed, Row.of("{1,2", ",3}"), new int[] {0})))
                .isEqualTo("{\"tags\":\"{1,2\"}");
    }

    private static Column column(String name, PgType type, boolean key) {
        return new Column(name, type, -1, Collation.NONE, key);
    }

    private static String text(byte[] utf8) {
        return new String(utf8, UTF_8);
    }
}
