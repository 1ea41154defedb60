package dev.lockstep.spool;

import dev.lockstep.core.Change;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/// Changes in a part of a [ChangeFile], of which it holds one share. There may be hundreds of
/// thousands, so it is small.
final class StoredChanges implements Changes {
    private static final AtomicIntegerFieldUpdater<StoredChanges> RELEASED =
            AtomicIntegerFieldUpdater.newUpdater(StoredChanges.class, "released");

    private final ChangeFile file;
    private final long start;
    private final long end;

    /// Pairs of start and end, in order, where the part is not in one piece.
    private final long @Nullable [] regions;

    private final int count;
    private volatile int released;

    StoredChanges(ChangeFile file, long start, long end, int count) {
        this.file = file;
        this.start = start;
        this.end = end;
        this.regions = null;
        this.count = count;
        file.share();
    }

    /// @param regions pairs of start and end, in order, none empty, at least one
    StoredChanges(ChangeFile file, long[] regions, int count) {
        this.file = file;
        this.start = regions[0];
        this.end = regions[regions.length - 1];
        this.regions = regions.length == 2 ? null : regions;
        this.count = count;
        file.share();
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long bytes() {
        if (regions == null) {
            return end - start;
        }
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
        return new ChangeCursor(
                this, file, regions == null ? new long[] {start, end} : regions, count);
    }

    /// The changes are gone, even while others keep the file.
    boolean isReleased() {
        return released != 0;
    }
}
