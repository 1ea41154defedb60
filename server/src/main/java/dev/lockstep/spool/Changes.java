package dev.lockstep.spool;

import dev.lockstep.core.Change;
import java.util.Iterator;
import java.util.List;

/// A sealed list of changes, in the heap or in a file. Any thread may iterate, several at a time.
public sealed interface Changes extends Iterable<Change> permits HeapChanges, StoredChanges {

    /// Changes in the heap; the list is copied.
    static Changes of(List<Change> changes) {
        return new HeapChanges(changes.toArray(new Change[0]));
    }

    int count();

    /// Bytes that the changes take, roughly: in the heap or on disk, see [#inHeap].
    long bytes();

    boolean inHeap();

    /// Gives a file's share back; the file is deleted with its last share. May be called twice.
    /// Whoever still reads from a file gets a [ReleasedException]; changes in the heap stay
    /// readable.
    void release();

    /// {@inheritDoc}
    ///
    /// `next` throws [ReleasedException], or [java.io.UncheckedIOException] when the disk fails.
    @Override
    Iterator<Change> iterator();
}
