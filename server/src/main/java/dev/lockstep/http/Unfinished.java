package dev.lockstep.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/// What one connection holds of a message that is not whole yet: the fragments that came, and the
/// beginning of the next frame. All connections together have a bound; who exceeds it with more
/// than a little is asked to try again later. On its loop; the sum is the server's.
final class Unfinished {
    /// Who holds no more is not cut, however full it is.
    static final int LITTLE = 16 * 1024;

    private static final int TRY_AGAIN_LATER = 1013;

    private final AtomicLong together;
    private final long max;
    private final IntConsumer close;
    private int frame;
    private int fragments;

    /// @param together of all connections, and `max`, its bound
    Unfinished(AtomicLong together, long max, IntConsumer close) {
        this.together = together;
        this.max = max;
        this.close = close;
    }

    void frame(int bytes) {
        if (bytes != frame) {
            add(bytes - frame);
            frame = bytes;
            check();
        }
    }

    void fragments(int bytes) {
        if (bytes != fragments) {
            add(bytes - fragments);
            fragments = bytes;
            check();
        }
    }

    /// The connection is over.
    void drop() {
        add(-frame - fragments);
        frame = 0;
        fragments = 0;
    }

    private void add(int bytes) {
        together.addAndGet(bytes);
    }

    private void check() {
        if (frame + fragments > LITTLE && together.get() > max) {
            close.accept(TRY_AGAIN_LATER);
        }
    }
}
