package dev.lockstep.channel;

import dev.lockstep.wire.Frame;
import java.util.List;

/// One thread that writes to sockets, as the transport offers it. A connection belongs to one loop
/// for life.
public interface Loop {
    /// Runs the task on this loop's thread, in the order of submission from one thread.
    void execute(Runnable task);

    /// On the loop only: turns frames into one piece that can be written to many connections.
    Prepared prepare(List<Frame> frames);

    /// Bytes ready to be written; the loop that made it must [#release] it once.
    interface Prepared {
        int size();

        void release();
    }
}
