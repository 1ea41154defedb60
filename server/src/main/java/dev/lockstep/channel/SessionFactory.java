package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import dev.lockstep.wire.Codec;

/// Opens a session for a connection whose API key was verified.
public interface SessionFactory {
    /// @param identity whom the API key speaks for
    /// @param key the API key's token: the access token of channels that send none
    Session open(Outbox outbox, Codec codec, Identity identity, String key);
}
