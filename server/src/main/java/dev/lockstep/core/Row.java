package dev.lockstep.core;

import static java.nio.charset.StandardCharsets.UTF_8;

/// One row image: PostgreSQL's text output of every column, in the order of its [Relation]. A
/// column is a value, NULL, or *absent* (not in the replica identity, or unchanged and stored out
/// of line).
///
/// Hot: values are slices of one byte array, never strings. The array and the bounds are shared,
/// not copied; nobody may change them.
public final class Row {
    private static final int NULL = -1;
    private static final int ABSENT = -2;

    private final byte[] data;
    private final int[] bounds;

    /// @param data UTF-8 text of all values
    /// @param bounds per column two numbers: where its value starts in `data`, and its length; the
    ///   length is -1 for NULL and -2 for absent
    public Row(byte[] data, int[] bounds) {
        this.data = data;
        this.bounds = bounds;
    }

    /// A row of the given values, for tests and cold paths: null is NULL.
    public static Row of(@org.jspecify.annotations.Nullable String... values) {
        Builder builder = new Builder(values.length);
        for (int i = 0; i < values.length; i++) {
            String value = values[i];
            if (value == null) {
                builder.setNull(i);
            } else {
                builder.set(i, value.getBytes(UTF_8));
            }
        }
        return builder.build();
    }

    public int size() {
        return bounds.length / 2;
    }

    public boolean isNull(int column) {
        return bounds[2 * column + 1] == NULL;
    }

    public boolean isAbsent(int column) {
        return bounds[2 * column + 1] == ABSENT;
    }

    public boolean hasValue(int column) {
        return bounds[2 * column + 1] >= 0;
    }

    /// The array that [#offset] and [#length] point into.
    public byte[] data() {
        return data;
    }

    /// The array given to the constructor.
    public int[] bounds() {
        return bounds;
    }

    public int offset(int column) {
        return bounds[2 * column];
    }

    /// The value's length in bytes; negative for NULL and absent.
    public int length(int column) {
        return bounds[2 * column + 1];
    }

    /// The value as text; call only when [#hasValue].
    public String text(int column) {
        return new String(data, offset(column), length(column), UTF_8);
    }

    /// Whether both images hold the same value, NULL or absence there.
    public boolean sameAt(int column, Row other) {
        int length = length(column);
        if (length != other.length(column)) {
            return false;
        }
        return length <= 0
                || java.util.Arrays.equals(
                        data,
                        offset(column),
                        offset(column) + length,
                        other.data,
                        other.offset(column),
                        other.offset(column) + length);
    }

    /// Bytes that this row keeps alive, roughly.
    public int weight() {
        return data.length + 4 * bounds.length + 48;
    }

    /// Collects values column by column; columns that were never set are absent.
    public static final class Builder {
        private byte[] data = new byte[128];
        private int end;
        private final int[] bounds;

        public Builder(int columns) {
            bounds = new int[2 * columns];
            for (int i = 0; i < columns; i++) {
                bounds[2 * i + 1] = ABSENT;
            }
        }

        public void setNull(int column) {
            bounds[2 * column + 1] = NULL;
        }

        public void set(int column, byte[] value) {
            set(column, value, 0, value.length);
        }

        public void set(int column, byte[] source, int offset, int length) {
            if (end + length > data.length) {
                data = java.util.Arrays.copyOf(data, Math.max(2 * data.length, end + length));
            }
            System.arraycopy(source, offset, data, end, length);
            bounds[2 * column] = end;
            bounds[2 * column + 1] = length;
            end += length;
        }

        /// Takes what `row` holds at `from`: value, NULL or absence.
        public void copy(int column, Row row, int from) {
            if (row.isNull(from)) {
                setNull(column);
            } else if (row.hasValue(from)) {
                set(column, row.data, row.offset(from), row.length(from));
            }
        }

        public Row build() {
            return new Row(java.util.Arrays.copyOf(data, end), bounds);
        }
    }
}
