package dev.lockstep.channel;

import dev.lockstep.wire.Codec;

/// Opens a session for a connection whose API key was verified.
public interface SessionFactory {
    Session open(Outbox outbox, Codec codec, Handshake handshake);
}
