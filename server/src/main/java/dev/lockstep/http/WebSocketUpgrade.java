package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;

/// Turns an HTTP connection into a WebSocket. On the loop. What is left is a decoder and the
/// connection itself: frames go out as bytes, past any encoder, so that an idle client costs
/// little.
final class WebSocketUpgrade {
    private WebSocketUpgrade() {}

    static void carryOut(
            Channel channel,
            NettyLoop loop,
            WebSocketEndpoint.Decision.Accepted accepted,
            ServerParts parts) {
        WebSocketConnection connection =
                new WebSocketConnection(
                        loop, channel, accepted.codec(), accepted.deflates(), parts);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.remove("encoder");
        pipeline.addLast("frames", new FrameDecoder(accepted.deflates(), connection.unfinished()));
        pipeline.addLast("socket", connection);
        String answer =
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                        + "sec-websocket-accept: "
                        + accepted.acceptHash()
                        + (accepted.deflates()
                                ? "\r\nsec-websocket-extensions: " + Compression.ANSWER
                                : "")
                        + "\r\n\r\n";
        channel.writeAndFlush(
                Unpooled.wrappedBuffer(answer.getBytes(US_ASCII)), channel.voidPromise());
        connection.open(parts.sessions(), accepted.handshake());
        pipeline.remove("http");
        pipeline.remove("decoder");
        channel.config().setAutoRead(true);
    }
}
