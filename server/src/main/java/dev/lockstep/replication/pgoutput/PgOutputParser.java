package dev.lockstep.replication.pgoutput;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.replication.pgoutput.PgOutputMessage.OldKind;
import dev.lockstep.replication.pgoutput.PgOutputMessage.ShapeColumn;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Reads `pgoutput` messages. Hot: a row is the message's own byte array and the bounds of its
/// values, nothing is copied. Belongs to one thread and one connection, because whether messages
/// name their transaction depends on those before.
///
/// Format: PostgreSQL documentation, "Logical Replication Message Formats".
public final class PgOutputParser {
    /// 2000-01-01, where PostgreSQL's clock starts, in microseconds of the Unix epoch.
    private static final long POSTGRES_EPOCH = 946_684_800_000_000L;

    private static final int NULL = -1;
    private static final int ABSENT = -2;

    private boolean streaming;

    /// Reads one message from the buffer's position to its limit. Rows keep the buffer's array.
    ///
    /// @param message backed by an array that nobody will change
    /// @throws PgOutputException when the bytes are no message
    public PgOutputMessage parse(ByteBuffer message) {
        int start = message.position();
        try {
            PgOutputMessage parsed = read(message);
            if (message.hasRemaining()) {
                throw new PgOutputException(
                        message.remaining() + " unexpected bytes", message.position() - start);
            }
            return parsed;
        } catch (BufferUnderflowException
                | IndexOutOfBoundsException
                | IllegalArgumentException e) {
            throw new PgOutputException("unreadable message", message.position() - start, e);
        }
    }

    private PgOutputMessage read(ByteBuffer in) {
        int start = in.position();
        char kind = (char) in.get();
        return switch (kind) {
            case 'I' -> new PgOutputMessage.Insert(xid(in), in.getInt(), newRow(in));
            case 'U' -> update(in);
            case 'D' -> delete(in);
            case 'B' -> new PgOutputMessage.Begin(in.getLong(), micros(in), in.getInt());
            case 'C' -> {
                in.get(); // flags, unused
                yield new PgOutputMessage.Commit(in.getLong(), in.getLong(), micros(in));
            }
            case 'R' -> relation(in);
            case 'Y' -> new PgOutputMessage.TypeName(xid(in), in.getInt(), string(in), string(in));
            case 'O' -> new PgOutputMessage.Origin(new Lsn(in.getLong()), string(in));
            case 'T' -> truncate(in);
            case 'M' -> logical(in);
            case 'S' -> {
                streaming = true;
                yield new PgOutputMessage.StreamStart(in.getInt(), in.get() == 1);
            }
            case 'E' -> {
                streaming = false;
                yield new PgOutputMessage.StreamStop();
            }
            case 'c' -> {
                int xid = in.getInt();
                in.get(); // flags, unused
                yield new PgOutputMessage.StreamCommit(xid, in.getLong(), in.getLong(), micros(in));
            }
            case 'A' -> new PgOutputMessage.StreamAbort(in.getInt(), in.getInt());
            default ->
                    throw new PgOutputException(
                            "unknown message kind " + (int) kind, in.position() - start - 1);
        };
    }

    private PgOutputMessage update(ByteBuffer in) {
        int xid = xid(in);
        int relation = in.getInt();
        byte kind = in.get(in.position());
        if (kind == 'N') {
            return new PgOutputMessage.Update(xid, relation, OldKind.NONE, null, newRow(in));
        }
        OldKind oldKind = oldKind(in);
        Row old = row(in);
        return new PgOutputMessage.Update(xid, relation, oldKind, old, newRow(in));
    }

    private PgOutputMessage delete(ByteBuffer in) {
        int xid = xid(in);
        int relation = in.getInt();
        OldKind oldKind = oldKind(in);
        return new PgOutputMessage.Delete(xid, relation, oldKind, row(in));
    }

    private static OldKind oldKind(ByteBuffer in) {
        byte kind = in.get();
        return switch (kind) {
            case 'K' -> OldKind.KEY;
            case 'O' -> OldKind.WHOLE;
            default -> throw new IllegalArgumentException("unknown tuple kind " + kind);
        };
    }

    private static Row newRow(ByteBuffer in) {
        byte kind = in.get();
        if (kind != 'N') {
            throw new IllegalArgumentException("unknown tuple kind " + kind);
        }
        return row(in);
    }

    private static Row row(ByteBuffer in) {
        int columns = in.getShort() & 0xFFFF;
        if (columns > in.remaining()) {
            throw new IllegalArgumentException("impossible number of columns " + columns);
        }
        int[] bounds = new int[2 * columns];
        int base = in.arrayOffset();
        for (int i = 0; i < columns; i++) {
            byte kind = in.get();
            switch (kind) {
                case 't' -> {
                    int length = length(in);
                    bounds[2 * i] = base + in.position();
                    bounds[2 * i + 1] = length;
                    in.position(in.position() + length);
                }
                case 'n' -> bounds[2 * i + 1] = NULL;
                case 'u' -> bounds[2 * i + 1] = ABSENT;
                default -> throw new IllegalArgumentException("unknown value kind " + kind);
            }
        }
        return new Row(in.array(), bounds);
    }

    private PgOutputMessage relation(ByteBuffer in) {
        int xid = xid(in);
        int oid = in.getInt();
        String schema = string(in);
        String name = string(in);
        ReplicaIdentity identity = ReplicaIdentity.of((char) in.get());
        int count = in.getShort() & 0xFFFF;
        List<ShapeColumn> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean key = (in.get() & 1) == 1;
            columns.add(new ShapeColumn(key, string(in), in.getInt(), in.getInt()));
        }
        // An empty name stands for pg_catalog.
        return new PgOutputMessage.RelationShape(
                xid, oid, schema.isEmpty() ? "pg_catalog" : schema, name, identity, columns);
    }

    private PgOutputMessage truncate(ByteBuffer in) {
        int xid = xid(in);
        int count = in.getInt();
        byte options = in.get();
        if (count < 0 || count > in.remaining() / 4) {
            throw new IllegalArgumentException("impossible number of tables " + count);
        }
        List<Integer> relations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            relations.add(in.getInt());
        }
        return new PgOutputMessage.Truncate(xid, relations, (options & 1) != 0, (options & 2) != 0);
    }

    private PgOutputMessage logical(ByteBuffer in) {
        int xid = xid(in);
        boolean transactional = (in.get() & 1) == 1;
        Lsn lsn = new Lsn(in.getLong());
        String prefix = string(in);
        byte[] content = new byte[length(in)];
        in.get(content);
        return new PgOutputMessage.Logical(xid, transactional, lsn, prefix, content);
    }

    private int xid(ByteBuffer in) {
        return streaming ? in.getInt() : 0;
    }

    private static long micros(ByteBuffer in) {
        return in.getLong() + POSTGRES_EPOCH;
    }

    private static int length(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("impossible length " + length);
        }
        return length;
    }

    private static String string(ByteBuffer in) {
        int start = in.position();
        while (in.get() != 0) {
            // to the terminating zero
        }
        int length = in.position() - start - 1;
        return new String(in.array(), in.arrayOffset() + start, length, UTF_8);
    }
}
