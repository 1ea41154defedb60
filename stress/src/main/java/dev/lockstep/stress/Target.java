package dev.lockstep.stress;

import java.util.Optional;
import java.util.function.IntFunction;

/// What a crowd connects to.
///
/// @param path the WebSocket's path and query; empty: a plain TCP stream of WebSocket frames
/// @param join the text that a member sends when open, by its number; a text that holds [#joined]
///   answers it
/// @param joined how the answer is recognised
record Target(int port, Optional<String> path, Optional<IntFunction<String>> join, String joined) {
    /// All members ask under the public key.
    static Target lockstep(DemoServer server, String topic, String config) {
        String join =
                "[\"1\",\"1\",\"realtime:%s\",\"phx_join\",{\"config\":%s}]"
                        .formatted(topic, config);
        return lockstep(server, _ -> join);
    }

    /// Each member asks under a token of its own.
    static Target lockstep(
            DemoServer server, String topic, String config, IntFunction<String> tokens) {
        return lockstep(
                server,
                member ->
                        """
                        ["1","1","realtime:%s","phx_join",{"config":%s,"access_token":"%s"}]\
                        """
                                .formatted(topic, config, tokens.apply(member)));
    }

    private static Target lockstep(DemoServer server, IntFunction<String> join) {
        return new Target(
                server.port(),
                Optional.of("/realtime/v1/websocket?apikey=" + server.anonKey() + "&vsn=2.0.0"),
                Optional.of(join),
                "Subscribed to PostgreSQL");
    }

    /// The same, for members that ask for feeds: one is live with its first reset.
    Target forFeeds() {
        return new Target(port, path, join, "\"reset\"");
    }

    static Target webSocket(int port) {
        return new Target(port, Optional.of("/"), Optional.empty(), "");
    }

    static Target plain(int port) {
        return new Target(port, Optional.empty(), Optional.empty(), "");
    }
}
