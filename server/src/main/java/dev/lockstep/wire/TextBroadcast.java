package dev.lockstep.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Optional;

/// The payload of a `broadcast` in text, the same in every dialect.
public final class TextBroadcast {
    private TextBroadcast() {}

    /// Empty for bytes, which text does not carry.
    public static Optional<byte[]> payload(BroadcastMessage message) {
        String event = "\"event\":" + RawJson.quote(message.event());
        String tail =
                ",\"type\":\"broadcast\""
                        + message.meta().map(meta -> ",\"meta\":" + meta).orElse("")
                        + "}";
        return switch (message.form()) {
            case TEXT_OBJECT -> Optional.of(message.payload());
            case REST_OBJECT ->
                    Optional.of(join("{\"payload\":", message.payload(), "," + event + tail));
            case JSON -> Optional.of(join("{" + event + ",\"payload\":", message.payload(), tail));
            case BYTES -> Optional.empty();
        };
    }

    private static byte[] join(String head, byte[] body, String tail) {
        ByteArrayOutputStream whole =
                new ByteArrayOutputStream(head.length() + body.length + tail.length() + 16);
        whole.writeBytes(head.getBytes(UTF_8));
        whole.writeBytes(body);
        whole.writeBytes(tail.getBytes(UTF_8));
        return whole.toByteArray();
    }
}
