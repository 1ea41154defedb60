package dev.lockstep.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.Transaction;
import dev.lockstep.postgres.TestDatabase;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SlotReaderTest {
    private static final TestDatabase database = TestDatabase.installed();

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void a_commit_arrives_whole_with_its_positions_and_time() throws Exception {
        table("todo (id int primary key, task text)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute(
                    "begin; insert into todo values (1, 'a'); insert into todo values (2, 'b');"
                            + " delete from todo where id = 1; commit");
            replication.sink.await("one commit", () -> replication.sink.changes().size() == 3);
            Transaction only = replication.sink.transactions().getFirst();
            assertThat(only.changeCount()).isEqualTo(3);
            assertThat(only.endLsn()).isGreaterThan(only.commitLsn());
            assertThat(only.commitMicros() / 1_000_000)
                    .isCloseTo(
                            System.currentTimeMillis() / 1_000,
                            org.assertj.core.data.Offset.offset(60L));
            assertThat(replication.sink.changes().getLast()).isInstanceOf(Change.Delete.class);
        }
    }

    @Test
    void an_update_under_the_default_identity_has_the_key_as_its_old_image() throws Exception {
        table("def (a text, id int primary key, b text)");
        database.execute("insert into def values ('x', 1, 'y')");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("update def set b = 'z'", "update def set id = 2");
            replication.sink.await("two updates", () -> replication.sink.changes().size() == 2);
            Change.Update kept = (Change.Update) replication.sink.changes().get(0);
            assertThat(kept.relation().columns().get(1).key()).isTrue();
            assertThat(kept.old().isAbsent(0)).isTrue();
            assertThat(kept.old().text(1)).isEqualTo("1");
            assertThat(kept.row().text(2)).isEqualTo("z");
            Change.Update moved = (Change.Update) replication.sink.changes().get(1);
            assertThat(moved.old().text(1)).isEqualTo("1");
            assertThat(moved.old().isAbsent(2)).isTrue();
            assertThat(moved.row().text(1)).isEqualTo("2");
        }
    }

    @Test
    void under_full_the_key_is_the_primary_key_and_old_images_are_whole() throws Exception {
        table("ful (a text, id int primary key)");
        database.execute(
                "alter table ful replica identity full", "insert into ful values ('x', 1)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("update ful set a = null", "delete from ful");
            replication.sink.await("two changes", () -> replication.sink.changes().size() == 2);
            Change.Update update = (Change.Update) replication.sink.changes().get(0);
            assertThat(update.relation().columns())
                    .extracting(c -> c.name() + c.key())
                    .containsExactly("afalse", "idtrue");
            assertThat(update.old().text(0)).isEqualTo("x");
            assertThat(update.row().isNull(0)).isTrue();
            Change.Delete delete = (Change.Delete) replication.sink.changes().get(1);
            assertThat(delete.old().isNull(0)).isTrue();
            assertThat(delete.old().text(1)).isEqualTo("1");
        }
    }

    @Test
    void an_unchanged_large_value_is_filled_in_where_the_old_image_has_it() throws Exception {
        table("toast_full (id int primary key, big text, n int)");
        table("toast_key (id int primary key, big text, n int)");
        String big = "(select string_agg(md5(i::text), '') from generate_series(1, 1000) i)";
        database.execute(
                "alter table toast_full replica identity full",
                "alter table toast_full alter big set storage external",
                "alter table toast_key alter big set storage external",
                "insert into toast_full values (1, " + big + ", 0)",
                "insert into toast_key values (1, " + big + ", 0)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("update toast_full set n = 1", "update toast_key set n = 1");
            replication.sink.await("two updates", () -> replication.sink.changes().size() == 2);
            Change.Update full = (Change.Update) replication.sink.changes().get(0);
            assertThat(full.row().length(1)).isEqualTo(32_000);
            assertThat(full.row().sameAt(1, full.old())).isTrue();
            Change.Update key = (Change.Update) replication.sink.changes().get(1);
            assertThat(key.row().isAbsent(1)).isTrue();
            assertThat(key.row().text(2)).isEqualTo("1");
        }
    }

    @Test
    void an_index_as_identity_keeps_the_primary_key_in_old_images() throws Exception {
        table("idx (id int primary key, code text not null, n int)");
        database.execute(
                "create unique index idx_code on idx (code)",
                "alter table idx replica identity using index idx_code",
                "insert into idx values (1, 'a', 0)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("update idx set code = 'b'", "update idx set n = 1");
            replication.sink.await("two updates", () -> replication.sink.changes().size() == 2);
            Change.Update moved = (Change.Update) replication.sink.changes().get(0);
            assertThat(texts(moved.old())).containsExactly("1", "a", "absent");
            Change.Update kept = (Change.Update) replication.sink.changes().get(1);
            assertThat(texts(kept.old())).containsExactly("1", "b", "absent");
        }
    }

    @Test
    void truncate_and_transactional_messages_stand_in_their_place() throws Exception {
        table("tru_a (id int primary key)");
        table("tru_b (id int primary key)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute(
                    "begin; insert into tru_a values (1);"
                            + " select pg_logical_emit_message(true, 'mine', 'x');"
                            + " truncate tru_a, tru_b; commit",
                    "select pg_logical_emit_message(false, 'mine', 'ignored')");
            replication.sink.await("the commit", () -> replication.sink.changes().size() == 3);
            List<Change> changes = replication.sink.changes();
            assertThat(((Change.Message) changes.get(1)).prefix()).isEqualTo("mine");
            assertThat(((Change.Truncate) changes.get(2)).relations())
                    .extracting(relation -> relation.name().name())
                    .containsExactlyInAnyOrder("tru_a", "tru_b");
        }
    }

    @Test
    void a_relation_keeps_its_instance_until_its_shape_changes() throws Exception {
        table("inst (id int primary key)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("insert into inst values (1)", "insert into inst values (2)");
            replication.sink.await(
                    "two rows", () -> replication.sink.seen("inst", "id").size() == 2);
            replication.breakStream();
            database.execute("comment on table inst is 'x'", "insert into inst values (3)");
            database.execute("alter table inst add note text", "insert into inst values (4, 'n')");
            replication.sink.await(
                    "four rows", () -> replication.sink.seen("inst", "id").size() == 4);
            List<Relation> relations =
                    replication.sink.changes().stream()
                            .filter(Change.Insert.class::isInstance)
                            .map(change -> ((Change.Insert) change).relation())
                            .toList();
            assertThat(relations.get(1)).isSameAs(relations.get(0));
            assertThat(relations.get(3)).isNotSameAs(relations.get(2));
            assertThat(relations.get(3).indexOf("note")).isEqualTo(1);
        }
    }

    @Test
    void a_type_made_and_used_in_one_transaction_is_known_when_its_rows_are_decoded()
            throws Exception {
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute(
                    "begin; create type hue as enum ('red'); create type spot as (x int, c hue);"
                            + " create table made (id int primary key, h hue[], s spot);"
                            + " alter table made replica identity full;"
                            + " alter publication supabase_realtime add table made;"
                            + " insert into made values (1, '{red}', '(1,red)'); commit");
            replication.sink.await("the row", () -> !replication.sink.seen("made", "id").isEmpty());
            Change.Insert insert =
                    (Change.Insert)
                            replication.sink.changes().stream()
                                    .filter(Change.Insert.class::isInstance)
                                    .findFirst()
                                    .orElseThrow();
            assertThat(insert.relation().columns().get(0).key()).isTrue();
            assertThat(insert.relation().columns().get(1).type()).isInstanceOf(PgType.Array.class);
            assertThat(insert.relation().columns().get(2).type())
                    .isInstanceOf(PgType.Composite.class);
        }
    }

    @Test
    void columns_and_types_may_change_and_tables_come_and_go_while_rows_arrive() throws Exception {
        table("shift (id int primary key, n int)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute(
                    "insert into shift values (1, 10)",
                    "alter table shift add extra text default 'e'",
                    "insert into shift values (2, 20, 'x')",
                    "alter table shift alter n type text using n || '!'",
                    "insert into shift values (3, '30!', 'y')",
                    "alter table shift drop extra",
                    "alter table shift rename n to m",
                    "insert into shift values (4, '40')",
                    "create table late (id int primary key)",
                    "insert into late values (1)",
                    "alter publication supabase_realtime add table late",
                    "insert into late values (2)",
                    "drop table shift");
            replication.sink.await(
                    "the last row", () -> !replication.sink.seen("late", "id").isEmpty());
            assertThat(replication.sink.seen("shift", "id")).containsExactly("1", "2", "3", "4");
            assertThat(replication.sink.seen("late", "id")).containsExactly("2");
            assertThat(shapes(replication, "shift"))
                    .containsExactly(
                            "id:int4 n:int4",
                            "id:int4 n:int4 extra:text",
                            "id:int4 n:text extra:text",
                            "id:int4 m:text");
        }
    }

    @Test
    void rows_of_a_table_dropped_meanwhile_are_still_decoded_after_a_restart() throws Exception {
        table("gone (id int primary key, tags text[], at timestamptz)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            replication.stop();
            database.execute("insert into gone values (1, '{a}', now())", "drop table gone");
            replication.restart();
            replication.sink.await(
                    "the row", () -> replication.sink.seen("gone", "id").size() == 1);
            assertThat(shapes(replication, "gone"))
                    .containsExactly("id:int4 tags:_text at:timestamptz");
        }
    }

    @Test
    void after_a_restart_of_the_reader_everything_after_the_confirmed_position_comes_again()
            throws Exception {
        table("again (id int primary key)");
        String slot;
        try (Replication first = new Replication(database, new RecordingSink()).start()) {
            slot = first.slot;
            database.execute("insert into again values (1)", "insert into again values (2)");
            first.sink.await("two rows", () -> first.sink.seen("again", "id").size() == 2);
        }
        try (Replication second = new Replication(database, new RecordingSink(), slot).start()) {
            second.sink.await("the same rows", () -> second.sink.seen("again", "id").size() == 2);
            assertThat(second.sink.start()).isLessThan(second.sink.head());
            assertThat(second.told(ReplicationEvent.SlotLost.class)).isEmpty();
        }
    }

    @Test
    void a_reader_that_comes_back_to_the_same_sink_hands_nothing_over_twice() throws Exception {
        table("once (id int primary key)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            database.execute("insert into once values (1)", "insert into once values (2)");
            replication.sink.await(
                    "two rows", () -> replication.sink.seen("once", "id").size() == 2);
            replication.restart();
            database.execute("insert into once values (3)");
            replication.sink.await(
                    "the third", () -> replication.sink.seen("once", "id").contains("3"));
            assertThat(replication.sink.seen("once", "id")).containsExactly("1", "2", "3");
            assertThat(replication.sink.epochs()).hasSize(1);
        }
    }

    @Test
    void the_slot_follows_what_the_sink_allows_and_no_further() throws Exception {
        table("conf (id int primary key)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            Lsn start = replication.sink.start();
            database.execute("insert into conf values (1)");
            replication.sink.await("the row", () -> !replication.sink.changes().isEmpty());
            replication.sink.await("lag", () -> replication.status().lagBytes() == 0);
            assertThat(confirmed(replication)).isEqualTo(start);
            replication.sink.confirmAll();
            database.execute("insert into conf values (2)");
            Lsn first = replication.sink.transactions().getFirst().endLsn();
            replication.sink.await("the slot", () -> confirmed(replication).isAfter(first));
        }
    }

    @Test
    void traffic_that_is_not_for_us_moves_the_position() throws Exception {
        database.execute("create table unheard (id int)");
        try (Replication replication = new Replication(database, new RecordingSink()).start()) {
            Lsn before = replication.sink.head();
            database.execute("insert into unheard select generate_series(1, 1000)");
            Lsn after =
                    Lsn.parse(String.valueOf(database.value("select pg_current_wal_flush_lsn()")));
            replication.sink.await("the head", () -> !replication.sink.head().isBefore(after));
            assertThat(replication.sink.head()).isGreaterThan(before);
            assertThat(replication.sink.transactions()).isEmpty();
        }
    }

    @Test
    void a_transaction_of_200_000_rows_passes_through_a_file() throws Exception {
        table("mass (id int primary key, text text)");
        int[] most = {0};
        RecordingSink sink =
                new RecordingSink(transaction -> {
                    most[0] = Math.max(most[0], transaction.changeCount());
                    return List.of();
                });
        try (Replication replication = new Replication(database, sink).start()) {
            database.execute(
                    "insert into mass select i, repeat('x', 100) from generate_series(1, 200000) i");
            sink.await("the transaction", () -> !sink.transactions().isEmpty());
            Transaction mass = sink.transactions().getFirst();
            assertThat(most[0]).isEqualTo(200_000);
            try (Stream<java.nio.file.Path> files = Files.walk(replication.folder)) {
                assertThat(files.filter(Files::isRegularFile).mapToLong(SlotReaderTest::size).sum())
                        .isGreaterThan(20_000_000);
            }
            int rows = 0;
            var changes = mass.changes();
            while (changes.hasNext()) {
                Change.Insert insert = (Change.Insert) changes.next();
                assertThat(insert.row().text(0)).isEqualTo(String.valueOf(++rows));
            }
            assertThat(rows).isEqualTo(200_000);
        }
    }

    private static long size(java.nio.file.Path file) {
        try {
            return Files.size(file);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void table(String definition) {
        String name = definition.substring(0, definition.indexOf(' '));
        database.execute(
                "create table " + definition,
                "alter publication supabase_realtime add table " + name);
    }

    private static Lsn confirmed(Replication replication) {
        return Lsn.parse(
                String.valueOf(
                        database.value(
                                "select confirmed_flush_lsn from pg_replication_slots"
                                        + " where slot_name = '"
                                        + replication.slot
                                        + "'")));
    }

    private static List<String> shapes(Replication replication, String table) {
        return replication.sink.changes().stream()
                .filter(Change.Insert.class::isInstance)
                .map(change -> ((Change.Insert) change).relation())
                .filter(relation -> relation.name().name().equals(table))
                .map(SlotReaderTest::shape)
                .toList();
    }

    private static String shape(Relation relation) {
        return String.join(
                " ",
                relation.columns().stream().map(c -> c.name() + ":" + c.type().name()).toList());
    }

    private static List<String> texts(Row row) {
        return java.util.stream.IntStream.range(0, row.size())
                .mapToObj(i -> row.isAbsent(i) ? "absent" : row.isNull(i) ? "null" : row.text(i))
                .toList();
    }
}
