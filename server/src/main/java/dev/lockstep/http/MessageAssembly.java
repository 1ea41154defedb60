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
    static final int NOT_UTF8 = 1007;
    static final int TOO_BIG = 1009;
    private static final int RSV1 = 4;

    private final NettyLoop loop;
    private final Unfinished unfinished;
    private @Nullable ByteArrayOutputStream fragments;
    private boolean isText;
    private boolean isDeflated;

    /// @param unfinished where the fragments that wait are counted
    MessageAssembly(NettyLoop loop, Unfinished unfinished) {
        this.loop = loop;
        this.unfinished = unfinished;
    }

    /// Hands on a message that is whole now, or asks to close with a code.
    void add(
            WebSocketFrame frame,
            Consumer<String> onText,
            Consumer<byte[]> onBinary,
            IntConsumer close) {
        // The order of fragments is checked by the decoder before us.
        switch (frame) {
            case TextWebSocketFrame _ -> begin(true, frame.rsv());
            case BinaryWebSocketFrame _ -> begin(false, frame.rsv());
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
                unfinished.fragments(0);
                close.accept(TOO_BIG);
                return;
            }
            whole.writeBytes(bytes);
            fragments = whole;
            if (!frame.isFinalFragment()) {
                unfinished.fragments(whole.size());
                return;
            }
            bytes = whole.toByteArray();
            fragments = null;
            unfinished.fragments(0);
        }
        if (isDeflated) {
            try {
                bytes = loop.deflate().inflate(bytes, MAX_MESSAGE);
            } catch (MessageDeflate.RefusedException e) {
                close.accept(e.closeCode());
                return;
            }
        }
        deliver(bytes, onText, onBinary, close);
    }

    private void begin(boolean text, int rsv) {
        isText = text;
        isDeflated = rsv == RSV1;
    }

    /// Which of the reserved bits a frame may have (RFC 7692 §6): a message's first says whether it
    /// is compressed, all else have none.
    static boolean isSound(WebSocketFrame frame) {
        return switch (frame) {
            case TextWebSocketFrame _, BinaryWebSocketFrame _ ->
                    frame.rsv() == 0 || frame.rsv() == RSV1;
            default -> frame.rsv() == 0;
        };
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
