package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Change;
import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.policy.RowRights;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FeedFoldTest {
    private static final PgType INT = new PgType.Base(23, "int4");
    private static final PgType TEXT = new PgType.Base(25, "text");
    private static final Relation ORDERS =
            new Relation(
                    1,
                    new TableName("public", "orders"),
                    ReplicaIdentity.FULL,
                    List.of(
                            new Column("id", INT, -1, Collation.NONE, true),
                            new Column("status", TEXT, -1, Collation.BYTES, false),
                            new Column("version", INT, -1, Collation.NONE, false)));
    private final FeedFold fold =
            new FeedFold(
                    new Spec.Question(
                            ORDERS.name(),
                            ORDERS.oid(),
                            Filter.ALL,
                            Set.of("id", "status", "version"),
                            new RowRights(Filter.ALL, false, List.of(), Optional.empty(), 0),
                            false,
                            List.of("id", "status", "version"),
                            List.of(),
                            "authenticated",
                            0,
                            0));

    private static Row row(String id, String status, String version) {
        return Row.of(id, status, version);
    }

    private String said() {
        StringBuilder all = new StringBuilder();
        fold.finish().bodies().forEach(body -> all.append(new String(body, UTF_8)));
        return all.toString();
    }

    @Test
    void seen_before_and_now_is_an_update_with_the_base_it_builds_on() {
        fold.accept(
                new Change.Update(ORDERS, row("1", "new", "1"), row("1", "done", "2")), true, true);

        assertThat(said())
                .isEqualTo(
                        ",\"update\":[{\"key\":{\"id\":1},\"set\":{\"status\":\"done\",\"version\":2},"
                                + "\"base\":{\"version\":1}}]}");
    }

    @Test
    void seen_now_only_is_an_enter() {
        fold.accept(
                new Change.Update(ORDERS, row("1", "new", "1"), row("1", "done", "2")),
                false,
                true);

        assertThat(said()).isEqualTo(",\"enter\":[{\"id\":1,\"status\":\"done\",\"version\":2}]}");
    }

    @Test
    void seen_before_only_is_a_leave() {
        fold.accept(
                new Change.Update(ORDERS, row("1", "new", "1"), row("1", "done", "2")),
                true,
                false);

        assertThat(said()).isEqualTo(",\"leave\":[{\"key\":{\"id\":1},\"why\":\"left\"}]}");
    }

    @Test
    void a_deleted_row_that_was_seen_leaves() {
        fold.accept(new Change.Delete(ORDERS, row("1", "new", "1")), true, false);

        assertThat(said()).isEqualTo(",\"leave\":[{\"key\":{\"id\":1},\"why\":\"deleted\"}]}");
    }

    @Test
    void several_changes_of_one_row_in_one_transaction_are_one() {
        fold.accept(
                new Change.Update(ORDERS, row("1", "new", "1"), row("1", "mid", "2")), true, true);
        fold.accept(
                new Change.Update(ORDERS, row("1", "mid", "2"), row("1", "done", "3")), true, true);

        assertThat(said())
                .isEqualTo(
                        ",\"update\":[{\"key\":{\"id\":1},\"set\":{\"status\":\"done\",\"version\":3},"
                                + "\"base\":{\"version\":1}}]}");
    }

    @Test
    void a_row_that_came_and_went_is_never_told() {
        fold.accept(new Change.Insert(ORDERS, row("1", "new", "1")), false, true);
        fold.accept(new Change.Delete(ORDERS, row("1", "new", "1")), true, false);

        assertThat(fold.finish().isEmpty()).isTrue();
    }

    @Test
    void a_changed_key_is_a_leave_and_an_enter() {
        fold.accept(
                new Change.Update(ORDERS, row("1", "new", "1"), row("2", "new", "2")), true, true);

        assertThat(said())
                .isEqualTo(
                        ",\"enter\":[{\"id\":2,\"status\":\"new\",\"version\":2}],"
                                + "\"leave\":[{\"key\":{\"id\":1},\"why\":\"deleted\"}]}");
    }

    @Test
    void a_row_that_was_deleted_and_inserted_again_is_an_update() {
        fold.accept(new Change.Delete(ORDERS, row("1", "new", "1")), true, false);
        fold.accept(new Change.Insert(ORDERS, row("1", "again", "1")), false, true);

        assertThat(said())
                .contains("\"update\":[{\"key\":{\"id\":1},\"set\":{\"status\":\"again\"}");
    }

    @Test
    void more_than_a_load_of_rows_is_large() {
        for (int i = 0; i <= FeedFold.MAX_ROWS; i++) {
            assertThat(fold.isLarge()).isFalse();
            fold.accept(
                    new Change.Insert(ORDERS, row(Integer.toString(i), "new", "1")), false, true);
        }

        assertThat(fold.isLarge()).isTrue();
    }

    @Test
    void a_long_part_comes_in_several_frames_of_which_all_but_the_last_say_more() {
        for (int i = 0; i < 2_500; i++) {
            fold.accept(
                    new Change.Insert(ORDERS, row(Integer.toString(i), "new", "1")), false, true);
        }

        List<byte[]> bodies = fold.finish().bodies();

        assertThat(bodies).hasSize(3);
        assertThat(new String(bodies.get(0), UTF_8)).endsWith("],\"more\":true}");
        assertThat(new String(bodies.get(1), UTF_8)).endsWith("],\"more\":true}");
        assertThat(new String(bodies.get(2), UTF_8)).endsWith("]}").doesNotContain("more");
    }
}
