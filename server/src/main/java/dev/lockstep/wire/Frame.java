package dev.lockstep.wire;

import java.nio.charset.StandardCharsets;

/// One encoded message, shared by all who receive it; nobody may change its bytes. WebSocket
/// framing is the transport's.
public record Frame(Kind kind, byte[] payload) {
    public enum Kind {
        TEXT,
        BINARY
    }

    public static Frame text(byte[] utf8) {
        return new Frame(Kind.TEXT, utf8);
    }

    public static Frame binary(byte[] payload) {
        return new Frame(Kind.BINARY, payload);
    }

    public int size() {
        return payload.length;
    }

    @Override
    public String toString() {
        return kind == Kind.TEXT
                ? new String(payload, StandardCharsets.UTF_8)
                : "binary[" + payload.length + "]";
    }
}
