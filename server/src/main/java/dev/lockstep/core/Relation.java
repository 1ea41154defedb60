package dev.lockstep.core;

import java.util.List;
import java.util.stream.IntStream;

/// A table's shape at one time: its published columns in the order in which row images hold them.
/// The same instance stands behind all rows that were decoded with it; a changed table is a new
/// instance.
public final class Relation {
    private final int oid;
    private final TableName name;
    private final ReplicaIdentity identity;
    private final List<Column> columns;
    private final int[] keys;

    public Relation(int oid, TableName name, ReplicaIdentity identity, List<Column> columns) {
        this.oid = oid;
        this.name = name;
        this.identity = identity;
        this.columns = List.copyOf(columns);
        this.keys = IntStream.range(0, columns.size()).filter(i -> columns.get(i).key()).toArray();
    }

    public int oid() {
        return oid;
    }

    public TableName name() {
        return name;
    }

    public ReplicaIdentity identity() {
        return identity;
    }

    public List<Column> columns() {
        return columns;
    }

    /// The column's place in row images, or -1.
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return i;
            }
        }
        return -1;
    }

    public boolean hasKey() {
        return keys.length > 0;
    }

    /// The places of the primary key's columns in row images. Hot; not to be changed.
    public int[] keys() {
        return keys;
    }

    /// Whether rows of `other` can be read with this shape: all but the instance is equal.
    public boolean sameShape(Relation other) {
        return oid == other.oid
                && name.equals(other.name)
                && identity == other.identity
                && columns.equals(other.columns);
    }

    @Override
    public String toString() {
        return name + columns.stream().map(Column::name).toList().toString();
    }
}
