package dev.lockstep.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;

/// Takes a client's frames apart, and counts the bytes of the frame that is not whole yet: it may
/// be as long as a message, and its sender may take all day.
final class FrameDecoder extends WebSocket13FrameDecoder {
    private static final WebSocketDecoderConfig PLAIN = config(false);
    private static final WebSocketDecoderConfig COMPRESSED = config(true);

    private final Unfinished unfinished;

    /// @param extensions whether frames may say that they are compressed
    FrameDecoder(boolean extensions, Unfinished unfinished) {
        super(extensions ? COMPRESSED : PLAIN);
        this.unfinished = unfinished;
    }

    /// UTF-8 is checked where text is made of it, violations are answered by the connection.
    private static WebSocketDecoderConfig config(boolean extensions) {
        return WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .allowMaskMismatch(false)
                .allowExtensions(extensions)
                .closeOnProtocolViolation(false)
                .withUTF8Validator(false)
                .maxFramePayloadLength(MessageAssembly.MAX_MESSAGE)
                .build();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        super.channelRead(ctx, message);
        unfinished.frame(actualReadableBytes());
    }
}
