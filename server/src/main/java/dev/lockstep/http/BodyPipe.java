package dev.lockstep.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A request's body on its way from the loop, which fills it, to the handler's thread, which reads
/// it and waits meanwhile. Holds a few hundred kilobytes: beyond the high mark the connection is
/// not read until the handler has come down to the low one.
final class BodyPipe {
    private static final int HIGH_MARK = 256 * 1024;
    private static final int LOW_MARK = 64 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>();
    private final Runnable wanted;
    private final Runnable drained;
    private int waiting;
    private boolean isFull;
    private boolean isWanted;
    private boolean ended;
    private boolean abandoned;
    private @Nullable String broken;

    /// @param wanted the handler reads for the first time; on its thread
    /// @param drained there is room again; on its thread
    BodyPipe(Runnable wanted, Runnable drained) {
        this.wanted = wanted;
        this.drained = drained;
    }

    /// On the loop. Takes the piece over.
    ///
    /// @return whether more may come at once
    boolean add(ByteBuf piece) {
        lock.lock();
        try {
            if (abandoned || broken != null || !piece.isReadable()) {
                piece.release();
                return true;
            }
            queue.add(piece);
            waiting += piece.readableBytes();
            // Once full it stays so until it is drained, whatever comes meanwhile: that is when
            // somebody is told.
            isFull |= waiting >= HIGH_MARK;
            filled.signal();
            return !isFull;
        } finally {
            lock.unlock();
        }
    }

    /// On the loop: everything has come.
    void end() {
        lock.lock();
        try {
            ended = true;
            filled.signal();
        } finally {
            lock.unlock();
        }
    }

    /// The rest will not come: who reads is told why.
    void fail(String why) {
        lock.lock();
        try {
            if (!ended && broken == null) {
                broken = why;
                release();
                filled.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Nobody reads any more.
    void abandon() {
        lock.lock();
        try {
            abandoned = true;
            release();
        } finally {
            lock.unlock();
        }
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /// Whether it is the client that is waited for.
    boolean isHungry() {
        lock.lock();
        try {
            return !ended && !isFull && broken == null;
        } finally {
            lock.unlock();
        }
    }

    InputStream stream() {
        return new Stream();
    }

    private void release() {
        queue.forEach(ByteBuf::release);
        queue.clear();
        waiting = 0;
        isFull = false;
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!isWanted) {
            isWanted = true;
            wanted.run();
        }
        boolean hasRoom;
        int count;
        lock.lock();
        try {
            while (queue.isEmpty() && !ended && broken == null) {
                filled.await();
            }
            if (broken != null) {
                throw new IOException(broken);
            }
            ByteBuf piece = queue.peek();
            if (piece == null) {
                return -1;
            }
            count = Math.min(length, piece.readableBytes());
            piece.readBytes(into, offset, count);
            if (!piece.isReadable()) {
                queue.remove();
                piece.release();
            }
            waiting -= count;
            hasRoom = isFull && waiting <= LOW_MARK;
            if (hasRoom) {
                isFull = false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("The server is stopping.", e);
        } finally {
            lock.unlock();
        }
        if (hasRoom) {
            drained.run();
        }
        return count;
    }

    private final class Stream extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return BodyPipe.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return BodyPipe.this.read(into, offset, length);
        }
    }
}
