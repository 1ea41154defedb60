package dev.lockstep.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import java.util.Map;
import java.util.function.Consumer;

/// What an [Exchange] speaks through: either one whole answer, or a head and then bytes as they
/// come, until it ends. On the loop, save [#pendingBytes].
///
/// A stream's body has neither length nor chunks: it ends with the connection (RFC 9112 §6.3). So
/// one piece of bytes is right for every stream, and for HTTP/1.0.
final class Line {
    private final NettyLoop loop;
    private final Channel channel;
    private final Map<String, String> headers;
    private final Consumer<Response> answered;
    private boolean flushing;

    /// @param headers for whatever is answered
    /// @param answered takes a whole answer; the connection goes on
    Line(
            NettyLoop loop,
            Channel channel,
            Map<String, String> headers,
            Consumer<Response> answered) {
        this.loop = loop;
        this.channel = channel;
        this.headers = headers;
        this.answered = answered;
    }

    NettyLoop loop() {
        return loop;
    }

    void answer(Response response) {
        answered.accept(with(response));
    }

    /// From here on what is written is the body.
    ///
    /// @param idleMillis how long the kernel may wait for a sign of life from a client that says
    ///   nothing by itself
    void open(Response head, long idleMillis) {
        ResponseWriter.open(channel, with(head));
        channel.pipeline().remove("encoder");
        channel.pipeline().remove("decoder");
        if (channel instanceof EpollSocketChannel socket) {
            socket.config().setTcpUserTimeout((int) Math.min(Integer.MAX_VALUE, idleMillis));
        }
    }

    private Response with(Response response) {
        Response whole = response;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            whole = whole.with(header.getKey(), header.getValue());
        }
        return whole;
    }

    void write(ByteBuf bytes) {
        channel.write(bytes, channel.voidPromise());
    }

    void flush() {
        channel.flush();
    }

    /// With whatever else is written in this turn of the loop.
    void flushSoon() {
        if (!flushing) {
            flushing = true;
            loop.execute(() -> {
                flushing = false;
                channel.flush();
            });
        }
    }

    /// Says what is queued, then ends the connection.
    void end(ByteBuf lastBytes) {
        channel.writeAndFlush(lastBytes).addListener(ChannelFutureListener.CLOSE);
    }

    /// Ends at once, whatever is queued.
    void cut() {
        channel.close();
    }

    /// Any thread, approximate off the loop.
    long pendingBytes() {
        ChannelOutboundBuffer queued = channel.unsafe().outboundBuffer();
        return queued == null ? 0 : queued.totalPendingWriteBytes();
    }
}
