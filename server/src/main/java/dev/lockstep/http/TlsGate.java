package dev.lockstep.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.util.List;

/// Tells from the first bytes whether a client speaks TLS; one that does not is sent to `https://`
/// instead of being left with a broken connection.
final class TlsGate extends ByteToMessageDecoder {
    private static final int RECORD_HEAD = 5;

    private final SslContext context;
    private final HttpConnection connection;

    TlsGate(SslContext context, HttpConnection connection) {
        this.context = context;
        this.connection = connection;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < RECORD_HEAD) {
            return;
        }
        if (SslHandler.isEncrypted(in, false)) {
            ctx.pipeline().replace(this, "tls", context.newHandler(ctx.alloc()));
        } else {
            connection.redirectToTls();
            ctx.pipeline().remove(this);
        }
    }
}
