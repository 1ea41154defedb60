package dev.lockstep.channel;

import dev.lockstep.wire.ClientFrame;

/// One connection's conversation, as the transport drives it. All calls come from the connection's
/// loop, in order, and return at once.
public interface Session {
    void receive(ClientFrame frame);

    /// What was queued has drained to the low mark after the outbox had been over its high mark.
    void writable();

    /// The connection is gone; nothing more comes.
    void closed();
}
