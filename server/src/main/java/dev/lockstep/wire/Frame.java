package dev.lockstep.wire;

import java.nio.charset.StandardCharsets;

/// One encoded message, shared by all who receive it; nobody may change its bytes. WebSocket
/// framing is the transport's.
///
/// @param mark what the transport of an event has to know of it; [Mark#NONE] for messages, which
///   need no such thing
public record Frame(Kind kind, byte[] payload, Mark mark) {
    public enum Kind {
        TEXT,
        BINARY,
        /// For transports that carry no messages: the bytes go out as they are.
        EVENT
    }

    public static Frame text(byte[] utf8) {
        return new Frame(Kind.TEXT, utf8, Mark.NONE);
    }

    public static Frame binary(byte[] payload) {
        return new Frame(Kind.BINARY, payload, Mark.NONE);
    }

    public static Frame event(byte[] utf8, Mark mark) {
        return new Frame(Kind.EVENT, utf8, mark);
    }

    public int size() {
        return payload.length;
    }

    @Override
    public String toString() {
        return kind == Kind.BINARY
                ? "binary[" + payload.length + "]"
                : new String(payload, StandardCharsets.UTF_8);
    }
}
