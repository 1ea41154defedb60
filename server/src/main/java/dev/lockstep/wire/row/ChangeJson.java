package dev.lockstep.wire.row;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Change;
import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bodies that a change takes on the wire, as UTF-8 JSON. Hot: a body is made once per change,
/// columns and dialect, and shared by all who receive it. Any thread.
///
/// `columns` are indexes into the relation's columns: those to show, in that order.
public final class ChangeJson {
    /// A row whose JSON is larger than this is shown to `postgres_changes` without its large
    /// values.
    public static final int MAX_ROW_BYTES = 1_048_576;

    /// The largest value that is left in such a row; its key is left whole, so that it can be read.
    public static final int MAX_KEPT_VALUE_BYTES = 64;

    /// Why `postgres_changes` tells of a change but does not show it.
    public enum Refusal {
        NO_PRIMARY_KEY("Error 400: Bad Request, no primary key"),
        UNAUTHORIZED("Error 401: Unauthorized");

        private final String words;

        Refusal(String words) {
            this.words = words;
        }
    }

    private static final byte[] NAME = "{\"name\":".getBytes(UTF_8);
    private static final byte[] NEXT_NAME = ",{\"name\":".getBytes(UTF_8);
    private static final byte[] TYPE = ",\"type\":".getBytes(UTF_8);

    private ChangeJson() {}

    /// The `data` of a `postgres_changes` message.
    ///
    /// @param change an insert, update or delete
    /// @param commitMicros since the Unix epoch
    /// @throws IllegalArgumentException for a truncate or a message, which this dialect never tells
    public static byte[] postgresChange(Change change, long commitMicros, int[] columns) {
        return postgresChange(change, commitMicros, columns, columns);
    }

    /// The same for somebody who may see less of the old image than of the new one.
    ///
    /// @param oldColumns those of `old_record`
    public static byte[] postgresChange(
            Change change, long commitMicros, int[] columns, int[] oldColumns) {
        return switch (change) {
            case Change.Insert(Relation relation, Row row) ->
                    plain("INSERT", relation, null, row, commitMicros, columns, oldColumns);
            case Change.Update(Relation relation, Row old, Row row) ->
                    plain("UPDATE", relation, old, row, commitMicros, columns, oldColumns);
            case Change.Delete(Relation relation, Row old) ->
                    plain("DELETE", relation, old, null, commitMicros, columns, oldColumns);
            case Change.Truncate _, Change.Message _ -> throw notOfOneRow(change);
        };
    }

    /// The `data` of a `postgres_changes` message that says only that something happened, and why
    /// it is not shown.
    ///
    /// @param change an insert, update or delete
    public static byte[] refused(Change change, Refusal refusal) {
        JsonBuffer out = new JsonBuffer(256);
        switch (change) {
            case Change.Insert(Relation relation, _) -> refusedHead(out, relation, "INSERT");
            case Change.Update(Relation relation, _, _) -> refusedHead(out, relation, "UPDATE");
            case Change.Delete(Relation relation, _) -> refusedHead(out, relation, "DELETE");
            case Change.Truncate _, Change.Message _ -> throw notOfOneRow(change);
        }
        if (!(change instanceof Change.Delete)) {
            out.ascii(",\"record\":{}");
        }
        if (!(change instanceof Change.Insert)) {
            out.ascii(",\"old_record\":{}");
        }
        return out.ascii(",\"errors\":[\"").ascii(refusal.words).ascii("\"]}").toBytes();
    }

    /// A row as an object: `{"id":7,"name":"x"}`, its values exactly those of `to_jsonb`. Absent
    /// columns are left out.
    public static byte[] row(Relation relation, Row row, int[] columns) {
        JsonBuffer out = new JsonBuffer(estimate(row));
        List<Column> all = relation.columns();
        out.put('{');
        boolean first = true;
        for (int column : columns) {
            first = member(out, all.get(column), row, column, first);
        }
        return out.put('}').toBytes();
    }

    /// An update in a feed: `{"key":{…},"set":{…},"base":{"version":n}}`.
    ///
    /// `set` holds those of `columns` that changed or whose old value is unknown, and those of
    /// `always`; `base` stands only where `columns` has the table's `version` and its old value is
    /// known.
    public static byte[] update(Row old, Row row, Relation relation, int[] columns, int[] always) {
        JsonBuffer out = new JsonBuffer(256);
        List<Column> all = relation.columns();
        out.put('{');
        key(out, relation, row);
        out.ascii(",\"set\":{");
        boolean first = true;
        int version = -1;
        for (int column : columns) {
            if (all.get(column).name().equals("version")) {
                version = column;
            }
            if (!row.sameAt(column, old) || contains(always, column)) {
                first = member(out, all.get(column), row, column, first);
            }
        }
        for (int column : always) {
            if (!contains(columns, column)) {
                first = member(out, all.get(column), row, column, first);
            }
        }
        out.put('}');
        if (version >= 0 && old.hasValue(version)) {
            out.ascii(",\"base\":{");
            member(out, all.get(version), old, version, true);
            out.put('}');
        }
        return out.put('}').toBytes();
    }

    /// A row that leaves a feed: `{"key":{…},"why":"deleted"}`.
    ///
    /// @param row an image that holds the key
    /// @param why `deleted` or `left`
    public static byte[] leave(Relation relation, Row row, String why) {
        JsonBuffer out = new JsonBuffer(96);
        out.put('{');
        key(out, relation, row);
        return out.ascii(",\"why\":").string(why).put('}').toBytes();
    }

    /// A row's key alone: `{"id":7}`.
    public static byte[] key(Relation relation, Row row) {
        JsonBuffer out = new JsonBuffer(64);
        keyObject(out, relation, row);
        return out.toBytes();
    }

    private static void key(JsonBuffer out, Relation relation, Row row) {
        out.ascii("\"key\":");
        keyObject(out, relation, row);
    }

    private static void keyObject(JsonBuffer out, Relation relation, Row row) {
        List<Column> all = relation.columns();
        out.put('{');
        boolean first = true;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).key()) {
                first = member(out, all.get(i), row, i, first);
            }
        }
        out.put('}');
    }

    /// Appends `"name":value`; returns whether the next member is the first.
    private static boolean member(
            JsonBuffer out, Column column, Row row, int index, boolean first) {
        int length = row.length(index);
        if (row.isAbsent(index)) {
            return first;
        }
        if (!first) {
            out.put(',');
        }
        out.string(column.name()).put(':');
        if (length < 0) {
            ValueJson.appendNull(out);
        } else {
            int from = row.offset(index);
            ValueJson.append(column.type(), row.data(), from, from + length, out);
        }
        return false;
    }

    private static byte[] plain(
            String type,
            Relation relation,
            @Nullable Row old,
            @Nullable Row row,
            long commitMicros,
            int[] columns,
            int[] oldColumns) {
        JsonBuffer out = new JsonBuffer(256 + 32 * columns.length + estimate(row) + estimate(old));
        table(out, relation);
        out.ascii(",\"commit_timestamp\":");
        CommitTime.append(commitMicros, out);
        out.ascii(",\"type\":\"").ascii(type).ascii("\",\"columns\":[");
        boolean first = true;
        for (int column : columns) {
            Column shown = relation.columns().get(column);
            out.put(first ? NAME : NEXT_NAME).string(shown.name());
            out.put(TYPE).string(shown.type().name()).put('}');
            first = false;
        }
        out.put(']');
        int rows = out.size();
        boolean whole = images(out, relation, old, row, columns, oldColumns, Integer.MAX_VALUE);
        if (!whole) {
            out.truncate(rows);
            images(out, relation, old, row, columns, oldColumns, MAX_KEPT_VALUE_BYTES);
            return out.ascii(",\"errors\":[\"Error 413: Payload Too Large\"]}").toBytes();
        }
        return out.ascii(",\"errors\":null}").toBytes();
    }

    /// Appends `record` and `old_record`; returns whether neither is too large.
    private static boolean images(
            JsonBuffer out,
            Relation relation,
            @Nullable Row old,
            @Nullable Row row,
            int[] columns,
            int[] oldColumns,
            int maxValue) {
        boolean fits = true;
        if (row != null) {
            out.ascii(",\"record\":");
            fits = plainRow(out, relation, row, columns, maxValue);
        }
        if (old != null && fits) {
            out.ascii(",\"old_record\":");
            fits = plainRow(out, relation, old, oldColumns, maxValue);
        }
        return fits;
    }

    private static boolean plainRow(
            JsonBuffer out, Relation relation, Row row, int[] columns, int maxValue) {
        int start = out.size();
        List<Column> all = relation.columns();
        out.put('{');
        boolean first = true;
        for (int index : columns) {
            if (row.isAbsent(index)) {
                continue;
            }
            int before = out.size();
            Column column = all.get(index);
            if (!first) {
                out.put(',');
            }
            out.string(column.name()).put(':');
            int value = out.size();
            if (row.isNull(index)) {
                ValueJson.appendNull(out);
            } else {
                int from = row.offset(index);
                int to = from + row.length(index);
                ValueJson.appendPlain(column.type(), row.data(), from, to, out);
            }
            if (out.size() - value > maxValue && !column.key()) {
                out.truncate(before);
            } else {
                first = false;
            }
        }
        out.put('}');
        return maxValue < Integer.MAX_VALUE || out.size() - start <= MAX_ROW_BYTES;
    }

    private static void refusedHead(JsonBuffer out, Relation relation, String type) {
        table(out, relation);
        out.ascii(",\"commit_timestamp\":null,\"type\":\"").ascii(type).ascii("\",\"columns\":[]");
    }

    private static void table(JsonBuffer out, Relation relation) {
        out.ascii("{\"schema\":").string(relation.name().schema());
        out.ascii(",\"table\":").string(relation.name().name());
    }

    private static int estimate(@Nullable Row row) {
        if (row == null) {
            return 0;
        }
        // The array may hold both images of a change, or much more: bound what is taken ahead.
        return Math.min(row.data().length, 8_192) + 12 * row.size();
    }

    private static boolean contains(int[] columns, int column) {
        for (int each : columns) {
            if (each == column) {
                return true;
            }
        }
        return false;
    }

    private static IllegalArgumentException notOfOneRow(Change change) {
        return new IllegalArgumentException("not a change of one row: " + change);
    }
}
