package dev.lockstep.spool;

import java.util.Arrays;

/// Which part of a transaction's changes belongs to which subtransaction: runs of changes, each
/// from where it starts to where the next one does. A start is the index of a change and, once the
/// changes are in a file, the offset there.
///
/// PostgreSQL aborts a subtransaction after its children and before its parent goes on, so aborted
/// runs are nearly always at the end, where they are cut off at once. Elsewhere they are skipped
/// when the list is sealed.
final class Runs {
    private final XidSet aborted = new XidSet();
    private int[] xids = new int[8];
    private int[] starts = new int[8];
    private long[] offsets = new long[8];
    private int size;

    void add(int xid, int start, long offset) {
        if (size > 0 && xids[size - 1] == xid) {
            return;
        }
        if (size == xids.length) {
            xids = Arrays.copyOf(xids, 2 * size);
            starts = Arrays.copyOf(starts, 2 * size);
            offsets = Arrays.copyOf(offsets, 2 * size);
        }
        xids[size] = xid;
        starts[size] = start;
        offsets[size] = offset;
        size++;
    }

    /// Drops the subtransaction's runs.
    ///
    /// @return the first run that is no longer there, or -1 when none was cut off the end
    int abort(int xid) {
        aborted.add(xid);
        int before = size;
        while (size > 0 && aborted.contains(xids[size - 1])) {
            size--;
        }
        return size == before ? -1 : size;
    }

    int size() {
        return size;
    }

    int start(int run) {
        return starts[run];
    }

    long offset(int run) {
        return offsets[run];
    }

    void moveTo(int run, long offset) {
        offsets[run] = offset;
    }

    boolean isLive(int run) {
        return !aborted.contains(xids[run]);
    }

    /// How many of the first `count` changes are live.
    int live(int count) {
        int sum = 0;
        for (int run = 0; run < size; run++) {
            if (isLive(run)) {
                sum += (run + 1 < size ? starts[run + 1] : count) - starts[run];
            }
        }
        return sum;
    }

    /// The live parts of a file of the given length, neighbours joined: pairs of start and end.
    long[] regions(long length) {
        long[] regions = new long[8];
        int end = 0;
        for (int run = 0; run < size; run++) {
            if (!isLive(run)) {
                continue;
            }
            long to = run + 1 < size ? offsets[run + 1] : length;
            if (end > 0 && regions[end - 1] == offsets[run]) {
                regions[end - 1] = to;
                continue;
            }
            if (end == regions.length) {
                regions = Arrays.copyOf(regions, 2 * end);
            }
            regions[end++] = offsets[run];
            regions[end++] = to;
        }
        return Arrays.copyOf(regions, end);
    }
}
