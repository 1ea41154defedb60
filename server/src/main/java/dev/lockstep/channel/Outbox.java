package dev.lockstep.channel;

import dev.lockstep.wire.Frame;

/// One connection's way out, as the transport offers it.
public interface Outbox {
    Loop loop();

    /// Queues one frame and flushes; any thread, in order per calling thread.
    void send(Frame frame);

    /// On the loop only: queues without flushing; the piece stays its maker's to release.
    void write(Loop.Prepared prepared);

    /// On the loop only.
    void flush();

    /// Bytes queued and not yet taken by the kernel; any thread, approximate off the loop.
    long pendingBytes();

    /// Ends the connection with a WebSocket close code; any thread, may be called twice.
    void close(int code, String reason);
}
