package dev.lockstep.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import java.util.ArrayList;
import java.util.List;

/// Changes as bytes: a kind, the relation's number in the file, and per row image the number of
/// columns, a length per column (0 absent, 1 NULL, else the length plus 2) and the values' bytes.
/// Numbers are unsigned LEB128.
///
/// Hot: writing allocates nothing, reading a row allocates the row.
final class ChangeCodec {
    private static final int INSERT = 'I';
    private static final int UPDATE = 'U';
    private static final int DELETE = 'D';
    private static final int TRUNCATE = 'T';
    private static final int MESSAGE = 'M';

    private static final int ABSENT = 0;
    private static final int NULL = 1;
    private static final int VALUE = 2;

    private static final int CASCADE = 1;
    private static final int RESTART_IDENTITY = 2;

    private ChangeCodec() {}

    static void write(Change change, ChangeFile file) {
        switch (change) {
            case Change.Insert(Relation relation, Row row) -> {
                file.write(INSERT);
                number(file.number(relation), file);
                row(row, file);
            }
            case Change.Update(Relation relation, Row old, Row row) -> {
                file.write(UPDATE);
                number(file.number(relation), file);
                row(old, file);
                row(row, file);
            }
            case Change.Delete(Relation relation, Row old) -> {
                file.write(DELETE);
                number(file.number(relation), file);
                row(old, file);
            }
            case Change.Truncate truncate -> truncate(truncate, file);
            case Change.Message(String prefix, byte[] content) -> {
                file.write(MESSAGE);
                bytes(prefix.getBytes(UTF_8), file);
                bytes(content, file);
            }
        }
    }

    private static void truncate(Change.Truncate truncate, ChangeFile file) {
        file.write(TRUNCATE);
        file.write(
                (truncate.cascade() ? CASCADE : 0)
                        | (truncate.restartIdentity() ? RESTART_IDENTITY : 0));
        number(truncate.relations().size(), file);
        for (Relation relation : truncate.relations()) {
            number(file.number(relation), file);
        }
    }

    private static void row(Row row, ChangeFile file) {
        int columns = row.size();
        number(columns, file);
        for (int i = 0; i < columns; i++) {
            number(row.isAbsent(i) ? ABSENT : row.isNull(i) ? NULL : row.length(i) + VALUE, file);
        }
        for (int i = 0; i < columns; i++) {
            if (row.hasValue(i)) {
                file.write(row.data(), row.offset(i), row.length(i));
            }
        }
    }

    private static void bytes(byte[] bytes, ChangeFile file) {
        number(bytes.length, file);
        file.write(bytes, 0, bytes.length);
    }

    private static void number(int value, ChangeFile file) {
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            file.write(rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        file.write(rest);
    }

    static Change read(ChangeCursor from) {
        int kind = from.read();
        return switch (kind) {
            case INSERT -> new Change.Insert(from.relation(), readRow(from));
            case UPDATE -> new Change.Update(from.relation(), readRow(from), readRow(from));
            case DELETE -> new Change.Delete(from.relation(), readRow(from));
            case TRUNCATE -> readTruncate(from);
            case MESSAGE -> new Change.Message(new String(readBytes(from), UTF_8), readBytes(from));
            default -> throw new IllegalStateException("not a kind of change: " + kind);
        };
    }

    private static Change readTruncate(ChangeCursor from) {
        int flags = from.read();
        int count = from.number();
        List<Relation> relations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            relations.add(from.relation());
        }
        return new Change.Truncate(
                relations, (flags & CASCADE) != 0, (flags & RESTART_IDENTITY) != 0);
    }

    private static Row readRow(ChangeCursor from) {
        int columns = from.number();
        int[] bounds = new int[2 * columns];
        int end = 0;
        for (int i = 0; i < columns; i++) {
            int length = from.number() - VALUE;
            if (length >= 0) {
                bounds[2 * i] = end;
                bounds[2 * i + 1] = length;
                end += length;
            } else {
                bounds[2 * i + 1] = length == NULL - VALUE ? -1 : -2;
            }
        }
        byte[] data = new byte[end];
        from.read(data);
        return new Row(data, bounds);
    }

    private static byte[] readBytes(ChangeCursor from) {
        byte[] bytes = new byte[from.number()];
        from.read(bytes);
        return bytes;
    }
}
