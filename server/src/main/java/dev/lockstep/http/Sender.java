package dev.lockstep.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Sends one connection's large answers, one at a time. On its loop.
final class Sender {
    private final ServerParts parts;
    private final Channel channel;
    private @Nullable LongSupplier moved;
    private @Nullable Pace pace;

    Sender(ServerParts parts, Channel channel) {
        this.parts = parts;
        this.channel = channel;
    }

    ChannelFuture send(Sending sending, boolean headOnly, boolean keepAlive) {
        if (headOnly) {
            sending.source().close();
            return ResponseWriter.writeHead(channel, sending, keepAlive);
        }
        if (parts.counts().downloads.incrementAndGet()
                > parts.config().transfers().maxDownloads()) {
            parts.counts().downloads.decrementAndGet();
            sending.source().close();
            Response refusal = new Refusals(parts).noTransfer("downloads");
            return ResponseWriter.write(channel, refusal, false, keepAlive);
        }
        pace = parts.config().transfers().pace(parts.config().idleTimeout());
        ResponseWriter.openSized(channel, sending, keepAlive);
        return body(sending.source())
                .addListener(_ -> {
                    moved = null;
                    parts.counts().downloads.decrementAndGet();
                });
    }

    private ChannelFuture body(Sending.Source source) {
        if (source.length() == 0) {
            source.close();
            return channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        boolean isPlain = channel.pipeline().get("tls") == null;
        if (isPlain && source instanceof Sending.Source.Region(var file, var offset, var length)) {
            DefaultFileRegion region = new DefaultFileRegion(file, offset, length);
            moved = region::transferred;
            channel.write(region); // and closes the file
            return channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        ChannelPromise whole = channel.newPromise();
        Pump pump = new Pump(channel, source, whole, parts.config().idleTimeout());
        moved = pump::moved;
        Thread.ofVirtual().name("download " + channel.id().asShortText()).start(pump);
        return whole;
    }

    /// Every few seconds.
    ///
    /// @return whether something is being sent, and its reader does not take it
    boolean isStuck(long now) {
        LongSupplier sending = moved;
        Pace own = pace;
        return sending != null && own != null && own.isTooSlow(now, sending.getAsLong());
    }

    boolean isSending() {
        return moved != null;
    }
}
