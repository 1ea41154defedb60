package dev.lockstep.spool;

import dev.lockstep.core.Change;
import dev.lockstep.core.Row;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// Hot: the common transaction of one row is this object and an array of one.
final class HeapChanges implements Changes {
    private final Change[] changes;
    private final long bytes;

    /// The array is owned from now on.
    HeapChanges(Change[] changes) {
        this.changes = changes;
        long sum = 0;
        for (Change change : changes) {
            sum += weight(change);
        }
        this.bytes = sum;
    }

    /// Heap that a change keeps alive, roughly.
    static long weight(Change change) {
        return switch (change) {
            case Change.Insert(_, Row row) -> 32L + row.weight();
            case Change.Update(_, Row old, Row row) ->
                    32L + old.weight() + (old == row ? 0 : row.weight());
            case Change.Delete(_, Row old) -> 32L + old.weight();
            case Change.Truncate(var relations, _, _) -> 64L + 8L * relations.size();
            case Change.Message(var prefix, var content) -> 96L + prefix.length() + content.length;
        };
    }

    @Override
    public int count() {
        return changes.length;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public boolean inHeap() {
        return true;
    }

    @Override
    public void release() {
        // The garbage collector does.
    }

    @Override
    public Iterator<Change> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < changes.length;
            }

            @Override
            public Change next() {
                if (next == changes.length) {
                    throw new NoSuchElementException();
                }
                return changes[next++];
            }
        };
    }
}
