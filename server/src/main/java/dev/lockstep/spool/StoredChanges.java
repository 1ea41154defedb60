package dev.lockstep.spool;

import dev.lockstep.core.Change;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/// Changes in a part of a [ChangeFile], of which it holds one share.
final class StoredChanges implements Changes {
    private static final AtomicIntegerFieldUpdater<StoredChanges> RELEASED =
            AtomicIntegerFieldUpdater.newUpdater(StoredChanges.class, "released");

    private final ChangeFile file;
    private final long[] regions;
    private final int count;
    private volatile int released;

    /// @param regions pairs of start and end, in order, none empty
    StoredChanges(ChangeFile file, long[] regions, int count) {
        this.file = file;
        this.regions = regions;
        this.count = count;
        file.share();
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long bytes() {
        long sum = 0;
        for (int i = 0; i < regions.length; i += 2) {
            sum += regions[i + 1] - regions[i];
        }
        return sum;
    }

    @Override
    public boolean inHeap() {
        return false;
    }

    @Override
    public void release() {
        if (RELEASED.compareAndSet(this, 0, 1)) {
            file.release();
        }
    }

    @Override
    public Iterator<Change> iterator() {
        return new ChangeCursor(this, file, regions, count);
    }

    /// The changes are gone, even while others keep the file.
    boolean isReleased() {
        return released != 0;
    }
}
