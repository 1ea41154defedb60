package dev.lockstep.replication.pgoutput;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.replication.pgoutput.PgOutputMessage.OldKind;
import dev.lockstep.replication.pgoutput.PgOutputMessage.ShapeColumn;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PgOutputParserTest {
    private final PgOutputParser parser = new PgOutputParser();

    @Test
    void begin_and_commit_give_positions_and_unix_time() throws IOException {
        assertThat(parse(message('B').u64(0x16_B374_D848L).u64(1_000_000).u32(742)))
                .isEqualTo(new PgOutputMessage.Begin(0x16_B374_D848L, 946_684_801_000_000L, 742));
        assertThat(parse(message('C').u8(0).u64(5).u64(9).u64(0)))
                .isEqualTo(new PgOutputMessage.Commit(5, 9, 946_684_800_000_000L));
    }

    @Test
    void a_relation_gives_its_columns_and_the_empty_schema_is_pg_catalog() throws IOException {
        Bytes relation =
                message('R').u32(16_384).text("").text("orders").u8('f').u16(2).u8(1).text("id");
        relation.u32(20).u32(-1).u8(0).text("näme").u32(1043).u32(24);
        assertThat(parse(relation))
                .isEqualTo(
                        new PgOutputMessage.RelationShape(
                                0,
                                16_384,
                                "pg_catalog",
                                "orders",
                                ReplicaIdentity.FULL,
                                List.of(
                                        new ShapeColumn(true, "id", 20, -1),
                                        new ShapeColumn(false, "näme", 1043, 24))));
    }

    @Test
    void an_insert_tells_value_null_and_absent_apart() throws IOException {
        Bytes insert = message('I').u32(7).u8('N').u16(3).value("é").u8('n').u8('u');
        PgOutputMessage.Insert parsed = (PgOutputMessage.Insert) parse(insert);
        Row row = parsed.row();
        assertThat(parsed.relation()).isEqualTo(7);
        assertThat(row.text(0)).isEqualTo("é");
        assertThat(row.isNull(1)).isTrue();
        assertThat(row.isAbsent(2)).isTrue();
    }

    @Test
    void a_message_in_the_middle_of_an_array_keeps_its_offsets() throws IOException {
        byte[] bytes = message('I').u32(7).u8('N').u16(1).value("x").bytes();
        byte[] padded = new byte[bytes.length + 40];
        System.arraycopy(bytes, 0, padded, 25, bytes.length);
        ByteBuffer middle = ByteBuffer.wrap(padded, 25, bytes.length);
        assertThat(((PgOutputMessage.Insert) parser.parse(middle)).row().text(0)).isEqualTo("x");
        ByteBuffer slice = ByteBuffer.wrap(padded, 25, bytes.length).slice();
        assertThat(((PgOutputMessage.Insert) parser.parse(slice)).row().text(0)).isEqualTo("x");
    }

    @Test
    void an_update_has_a_whole_old_image_or_a_key_or_none() throws IOException {
        Bytes none = message('U').u32(7).u8('N').u16(1).value("b");
        Bytes key = message('U').u32(7).u8('K').u16(1).value("a").u8('N').u16(1).value("b");
        Bytes whole = message('U').u32(7).u8('O').u16(1).value("a").u8('N').u16(1).value("b");
        assertThat(((PgOutputMessage.Update) parse(none)).kind()).isEqualTo(OldKind.NONE);
        assertThat(((PgOutputMessage.Update) parse(key)).kind()).isEqualTo(OldKind.KEY);
        PgOutputMessage.Update update = (PgOutputMessage.Update) parse(whole);
        assertThat(update.kind()).isEqualTo(OldKind.WHOLE);
        assertThat(update.old()).isNotNull().extracting(old -> old.text(0)).isEqualTo("a");
        assertThat(update.row().text(0)).isEqualTo("b");
    }

    @Test
    void a_delete_gives_the_old_image() throws IOException {
        Bytes delete = message('D').u32(7).u8('K').u16(2).value("1").u8('n');
        PgOutputMessage.Delete parsed = (PgOutputMessage.Delete) parse(delete);
        assertThat(parsed.kind()).isEqualTo(OldKind.KEY);
        assertThat(parsed.old().text(0)).isEqualTo("1");
    }

    @Test
    void truncate_origin_type_and_logical_messages_are_read() throws IOException {
        assertThat(parse(message('T').u32(2).u8(3).u32(7).u32(8)))
                .isEqualTo(new PgOutputMessage.Truncate(0, List.of(7, 8), true, true));
        assertThat(parse(message('O').u64(3).text("north")))
                .isEqualTo(new PgOutputMessage.Origin(new Lsn(3), "north"));
        assertThat(parse(message('Y').u32(99).text("public").text("mood")))
                .isEqualTo(new PgOutputMessage.TypeName(0, 99, "public", "mood"));
        PgOutputMessage.Logical logical =
                (PgOutputMessage.Logical)
                        parse(message('M').u8(1).u64(4).text("lockstep.ddl").u32(2).raw("{}"));
        assertThat(logical.transactional()).isTrue();
        assertThat(logical.prefix()).isEqualTo("lockstep.ddl");
        assertThat(logical.content()).isEqualTo("{}".getBytes(UTF_8));
    }

    @Test
    void messages_name_their_transaction_between_stream_start_and_stop_only() throws IOException {
        assertThat(parse(message('S').u32(900).u8(1)))
                .isEqualTo(new PgOutputMessage.StreamStart(900, true));
        PgOutputMessage.Insert inside =
                (PgOutputMessage.Insert) parse(message('I').u32(901).u32(7).u8('N').u16(0));
        assertThat(inside.xid()).isEqualTo(901);
        assertThat(parse(message('E'))).isEqualTo(new PgOutputMessage.StreamStop());
        PgOutputMessage.Insert outside =
                (PgOutputMessage.Insert) parse(message('I').u32(7).u8('N').u16(0));
        assertThat(outside.xid()).isZero();
        assertThat(parse(message('A').u32(900).u32(901)))
                .isEqualTo(new PgOutputMessage.StreamAbort(900, 901));
        assertThat(parse(message('c').u32(900).u8(0).u64(5).u64(6).u64(0)))
                .isEqualTo(new PgOutputMessage.StreamCommit(900, 5, 6, 946_684_800_000_000L));
    }

    @Test
    void a_truncated_message_is_refused_with_its_offset() throws IOException {
        byte[] whole = message('I').u32(7).u8('N').u16(1).value("abc").bytes();
        for (int length = 0; length < whole.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> parser.parse(cut)).isInstanceOf(PgOutputException.class);
        }
    }

    @Test
    void bytes_behind_a_message_are_refused() throws IOException {
        Bytes insert = message('I').u32(7).u8('N').u16(0).u8(0);
        assertThatThrownBy(() -> parse(insert))
                .isInstanceOfSatisfying(
                        PgOutputException.class, e -> assertThat(e.offset()).isEqualTo(8));
    }

    @Test
    void garbage_throws_nothing_but_its_own_exception() {
        long seed = 20_260_101;
        Random random = new Random(seed);
        byte[] kinds = "BCRYIUDTOMSEcA".getBytes(UTF_8);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            if (bytes.length > 0 && random.nextBoolean()) {
                bytes[0] = kinds[random.nextInt(kinds.length)];
            }
            Throwable thrown = catchThrowable(() -> parser.parse(ByteBuffer.wrap(bytes)));
            if (thrown != null) {
                assertThat(thrown)
                        .as("seed %d, case %d", seed, i)
                        .isInstanceOf(PgOutputException.class);
            }
        }
    }

    private PgOutputMessage parse(Bytes bytes) throws IOException {
        return parser.parse(ByteBuffer.wrap(bytes.bytes()));
    }

    private static Bytes message(char kind) throws IOException {
        return new Bytes().u8(kind);
    }

    private static final class Bytes {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);

        Bytes u8(int value) throws IOException {
            out.writeByte(value);
            return this;
        }

        Bytes u16(int value) throws IOException {
            out.writeShort(value);
            return this;
        }

        Bytes u32(int value) throws IOException {
            out.writeInt(value);
            return this;
        }

        Bytes u64(long value) throws IOException {
            out.writeLong(value);
            return this;
        }

        Bytes raw(String value) throws IOException {
            out.write(value.getBytes(UTF_8));
            return this;
        }

        Bytes text(String value) throws IOException {
            return raw(value).u8(0);
        }

        Bytes value(String value) throws IOException {
            byte[] utf8 = value.getBytes(UTF_8);
            return u8('t').u32(utf8.length).raw(value);
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
