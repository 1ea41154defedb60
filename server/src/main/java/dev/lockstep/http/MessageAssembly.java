package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Puts a message together from its fragments, with the same bound as one frame has.
final class MessageAssembly {
    static final int MAX_MESSAGE = 5_000_000;
    private static final int NOT_UTF8 = 1007;
    private static final int TOO_BIG = 1009;

    private @Nullable ByteArrayOutputStream fragments;
    private boolean isText;

    /// Hands on a message that is whole now, or asks to close with a code.
    void add(
            WebSocketFrame frame,
            Consumer<String> onText,
            Consumer<byte[]> onBinary,
            IntConsumer close) {
        // The order of fragments is checked by the decoder before us.
        switch (frame) {
            case TextWebSocketFrame _ -> isText = true;
            case BinaryWebSocketFrame _ -> isText = false;
            case ContinuationWebSocketFrame _ -> {}
            default -> {
                return; // a pong
            }
        }
        byte[] bytes = ByteBufUtil.getBytes(frame.content());
        if (fragments != null || !frame.isFinalFragment()) {
            ByteArrayOutputStream whole =
                    fragments == null ? new ByteArrayOutputStream(bytes.length) : fragments;
            if (whole.size() + bytes.length > MAX_MESSAGE) {
                fragments = null;
                close.accept(TOO_BIG);
                return;
            }
            whole.writeBytes(bytes);
            fragments = whole;
            if (!frame.isFinalFragment()) {
                return;
            }
            bytes = whole.toByteArray();
            fragments = null;
        }
        deliver(bytes, onText, onBinary, close);
    }

    private void deliver(
            byte[] bytes, Consumer<String> onText, Consumer<byte[]> onBinary, IntConsumer close) {
        if (!isText) {
            onBinary.accept(bytes);
            return;
        }
        String text;
        try {
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException _) {
            close.accept(NOT_UTF8);
            return;
        }
        onText.accept(text);
    }
}
