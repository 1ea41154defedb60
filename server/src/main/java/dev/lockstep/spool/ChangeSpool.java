package dev.lockstep.spool;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Touched;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The changes of one running transaction: in the heap up to a limit, from there on in a file.
/// Belongs to one thread. Closing it before [#commit] drops everything (the transaction was
/// aborted); after it, does nothing.
///
/// Hot: a transaction of one row costs this object and an array of one; no file is touched before
/// the limit.
public final class ChangeSpool implements AutoCloseable {
    private final Path folder;
    private final long heapLimit;

    private Change[] heap = new Change[1];
    private long heapBytes;
    private @Nullable ChangeFile file;
    private int count;
    private int onlyXid;
    private @Nullable Runs runs;
    private boolean sealed;

    /// From the first change that went to the file on: reading them again would cost much.
    private Touched.@Nullable Builder touched;

    /// @param folder where the file goes; created when needed
    /// @param heapLimit bytes of changes that may stay in the heap
    public ChangeSpool(Path folder, long heapLimit) {
        this.folder = folder;
        this.heapLimit = heapLimit;
    }

    /// Adds a change that the (sub)transaction made.
    ///
    /// @throws java.io.UncheckedIOException when the disk refuses; then the spool can only be
    ///   closed
    public void append(int subXid, Change change) {
        note(subXid);
        ChangeFile into = file;
        if (into != null) {
            ChangeCodec.write(change, into);
            seen(change);
            count++;
            return;
        }
        if (count == heap.length) {
            heap = Arrays.copyOf(heap, Math.max(8, 2 * count));
        }
        heap[count++] = change;
        heapBytes += HeapChanges.weight(change);
        if (heapBytes > heapLimit) {
            spill();
        }
    }

    /// Drops the changes of one aborted subtransaction, and no others: PostgreSQL names each of an
    /// aborted subtransaction's children by itself.
    public void abort(int subXid) {
        Runs known = runs;
        if (known == null) {
            if (count > 0 && subXid == onlyXid) {
                cut(0, 0);
            }
            return;
        }
        int first = known.abort(subXid);
        if (first >= 0) {
            cut(known.start(first), known.offset(first));
        }
    }

    /// Changes that are to be committed, as far as is known now.
    public int count() {
        return runs == null ? count : runs.live(count);
    }

    /// Bytes that are held, roughly: in the heap or on disk.
    public long bytes() {
        return file == null ? heapBytes : file.length();
    }

    /// Ends the transaction. Whoever gets the result also takes over to release its content.
    ///
    /// @throws java.io.UncheckedIOException when the disk refuses; then the spool can only be
    ///   closed
    public SpooledTransaction commit(int xid, Lsn commitLsn, Lsn endLsn, long commitMicros) {
        if (sealed) {
            throw new IllegalStateException("this spool was sealed before");
        }
        Changes content = file == null ? sealHeap() : sealFile(file);
        sealed = true;
        return new SpooledTransaction(
                xid,
                commitLsn,
                endLsn,
                commitMicros,
                content,
                Optional.ofNullable(touched).map(Touched.Builder::made));
    }

    @Override
    public void close() {
        if (!sealed && file != null) {
            file.abandon();
        }
        sealed = true;
    }

    private void seen(Change change) {
        Touched.Builder known = touched == null ? new Touched.Builder() : touched;
        known.add(change);
        touched = known;
    }

    private void note(int subXid) {
        if (runs != null) {
            runs.add(subXid, count, bytes());
        } else if (count == 0) {
            onlyXid = subXid;
        } else if (subXid != onlyXid) {
            Runs several = new Runs();
            several.add(onlyXid, 0, 0);
            several.add(subXid, count, bytes());
            runs = several;
        }
    }

    private void spill() {
        ChangeFile into = ChangeFile.create(folder);
        file = into;
        int run = 0;
        for (int i = 0; i < count; i++) {
            if (runs != null && run < runs.size() && runs.start(run) == i) {
                runs.moveTo(run++, into.length());
            }
            ChangeCodec.write(heap[i], into);
            seen(heap[i]);
        }
        heap = new Change[0];
        heapBytes = 0;
    }

    /// Forgets all changes from the given one on.
    private void cut(int from, long offset) {
        if (file != null) {
            file.truncate(offset);
        } else {
            for (int i = from; i < count; i++) {
                heapBytes -= HeapChanges.weight(heap[i]);
            }
            Arrays.fill(heap, from, count, null);
        }
        count = from;
    }

    private Changes sealHeap() {
        Runs known = runs;
        int live = count();
        if (known == null || live == count) {
            return new HeapChanges(live == heap.length ? heap : Arrays.copyOf(heap, live));
        }
        Change[] left = new Change[live];
        int end = 0;
        for (int run = 0; run < known.size(); run++) {
            if (known.isLive(run)) {
                int to = run + 1 < known.size() ? known.start(run + 1) : count;
                System.arraycopy(heap, known.start(run), left, end, to - known.start(run));
                end += to - known.start(run);
            }
        }
        return new HeapChanges(left);
    }

    private Changes sealFile(ChangeFile from) {
        int live = count();
        if (live == 0) {
            from.abandon();
            return new HeapChanges(new Change[0]);
        }
        from.flush();
        long[] regions = runs == null ? new long[] {0, from.length()} : runs.regions(from.length());
        Changes changes = new StoredChanges(from, regions, live);
        from.abandon();
        return changes;
    }
}
