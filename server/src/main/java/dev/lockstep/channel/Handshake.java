package dev.lockstep.channel;

import dev.lockstep.core.Identity;

/// How a connection introduced itself; its API key is verified.
///
/// @param identity whom the API key speaks for
/// @param key the API key's token: the access token of channels that send none
/// @param headersJson its `x-` headers as a JSON object, which policies may read
/// @param address where it comes from, without the port
public record Handshake(Identity identity, String key, String headersJson, String address) {
    @Override
    public String toString() {
        return "Handshake[" + identity.role() + " from " + address + "]";
    }
}
