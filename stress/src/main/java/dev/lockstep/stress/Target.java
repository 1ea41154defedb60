package dev.lockstep.stress;

import java.util.Optional;

/// What a crowd connects to.
///
/// @param path the WebSocket's path and query; empty: a plain TCP stream of WebSocket frames
/// @param join the text to send when open; a text that holds [#joined] answers it
/// @param joined how the answer is recognised
record Target(int port, Optional<String> path, Optional<String> join, String joined) {
    static Target lockstep(DemoServer server, String topic, String config) {
        return new Target(
                server.port(),
                Optional.of("/realtime/v1/websocket?apikey=" + server.anonKey() + "&vsn=2.0.0"),
                Optional.of(
                        "[\"1\",\"1\",\"realtime:%s\",\"phx_join\",{\"config\":%s}]"
                                .formatted(topic, config)),
                "Subscribed to PostgreSQL");
    }

    static Target webSocket(int port) {
        return new Target(port, Optional.of("/"), Optional.empty(), "");
    }

    static Target plain(int port) {
        return new Target(port, Optional.empty(), Optional.empty(), "");
    }
}
