package dev.lockstep.spool;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// Reads a stored list from its file, with one chunk in memory. Belongs to one thread.
final class ChangeCursor implements Iterator<Change> {
    private final StoredChanges changes;
    private final ChangeFile file;
    private final long[] regions;
    private int left;
    private int region;
    private long chunkStart;
    private byte[] chunk = {};
    private int at;

    ChangeCursor(StoredChanges changes, ChangeFile file, long[] regions, int count) {
        this.changes = changes;
        this.file = file;
        this.regions = regions;
        this.left = count;
        if (count > 0) {
            seek(regions[0]);
        }
    }

    @Override
    public boolean hasNext() {
        return left > 0;
    }

    @Override
    public Change next() {
        if (left == 0) {
            throw new NoSuchElementException();
        }
        if (chunkStart + at == regions[2 * region + 1]) {
            region++;
            seek(regions[2 * region]);
        }
        left--;
        return ChangeCodec.read(this);
    }

    int read() {
        if (at >= chunk.length) {
            refill();
        }
        return chunk[at++] & 0xFF;
    }

    int number() {
        int value = 0;
        int shift = 0;
        int next;
        do {
            next = read();
            value |= (next & 0x7F) << shift;
            shift += 7;
        } while (next >= 0x80);
        return value;
    }

    void read(byte[] target) {
        int done = 0;
        while (done < target.length) {
            if (at >= chunk.length) {
                refill();
            }
            int step = Math.min(target.length - done, chunk.length - at);
            System.arraycopy(chunk, at, target, done, step);
            at += step;
            done += step;
        }
    }

    Relation relation() {
        return file.relation(number());
    }

    private void seek(long position) {
        long start = position - position % ChangeFile.CHUNK;
        if (start != chunkStart) {
            chunk = new byte[0];
        }
        chunkStart = start;
        at = (int) (position - start);
    }

    private void refill() {
        if (changes.isReleased()) {
            throw new ReleasedException();
        }
        long position = chunkStart + at;
        ChangeFile.Chunk read = file.chunk(position);
        chunk = read.data();
        chunkStart = read.number() * ChangeFile.CHUNK;
        at = (int) (position - chunkStart);
    }
}
