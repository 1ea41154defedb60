package dev.lockstep.channel;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import java.util.Arrays;

/// The primary key of one row, as the bytes of its values.
record RowKey(byte[] bytes) {

    static RowKey of(Relation relation, Row row) {
        int size = 0;
        for (int key : relation.keys()) {
            size += 4 + Math.max(0, row.length(key));
        }
        byte[] bytes = new byte[size];
        int at = 0;
        for (int key : relation.keys()) {
            int length = row.length(key);
            for (int shift = 0; shift < 32; shift += 8) {
                bytes[at++] = (byte) (length >>> shift);
            }
            if (length > 0) {
                System.arraycopy(row.data(), row.offset(key), bytes, at, length);
                at += length;
            }
        }
        return new RowKey(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey(var theirs) && Arrays.equals(bytes, theirs);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
