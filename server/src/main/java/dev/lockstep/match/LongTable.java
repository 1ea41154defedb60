package dev.lockstep.match;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Values by hashes that are well mixed: open addressing, linear probing, at most two thirds full.
/// A removal moves back what follows, so that no trace of it stays. Hot in [#get].
final class LongTable<V> {
    private static final int SMALLEST = 4;

    private long[] keys = new long[SMALLEST];
    private @Nullable Object[] values = new Object[SMALLEST];
    private int size;

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // only put() writes
    @Nullable V get(long key) {
        return (V) values[place(key)];
    }

    void put(long key, V value) {
        int at = place(key);
        if (values[at] == null) {
            if (3 * (size + 1) > 2 * keys.length) {
                resize(2 * keys.length);
                at = place(key);
            }
            size++;
        }
        keys[at] = key;
        values[at] = value;
    }

    void remove(long key) {
        int hole = place(key);
        if (values[hole] == null) {
            return;
        }
        int mask = keys.length - 1;
        for (int at = (hole + 1) & mask; values[at] != null; at = (at + 1) & mask) {
            int home = (int) keys[at] & mask;
            // It may move back unless its home lies behind the hole.
            if (((at - home) & mask) >= ((at - hole) & mask)) {
                keys[hole] = keys[at];
                values[hole] = values[at];
                hole = at;
            }
        }
        values[hole] = null;
        size--;
        if (keys.length > SMALLEST && 8 * size < keys.length) {
            resize(keys.length / 2);
        }
    }

    @SuppressWarnings("unchecked") // only put() writes
    void forEach(Consumer<V> action) {
        for (Object value : values) {
            if (value != null) {
                action.accept((V) value);
            }
        }
    }

    /// Where the key is, or the free place where it would be.
    private int place(long key) {
        int mask = keys.length - 1;
        int at = (int) key & mask;
        while (values[at] != null && keys[at] != key) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void resize(int length) {
        long[] oldKeys = keys;
        @Nullable Object[] oldValues = values;
        keys = new long[length];
        values = new Object[length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != null) {
                int at = place(oldKeys[i]);
                keys[at] = oldKeys[i];
                values[at] = oldValues[i];
            }
        }
    }
}
