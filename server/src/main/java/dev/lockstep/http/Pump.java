package dev.lockstep.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads a source on a thread of its own, so that no loop waits for it, and hands it to a
/// connection piece by piece: at most four are on their way.
final class Pump implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Pump.class);
    private static final int PIECE = 64 * 1024;
    private static final int AHEAD = 4;

    private final Channel channel;
    private final Sending.Source source;
    private final ChannelPromise whole;
    private final Duration patience;
    private final Semaphore room = new Semaphore(AHEAD);
    private final AtomicLong moved = new AtomicLong();

    /// @param whole told when everything was sent, or not
    /// @param patience how long the client may take for one piece
    Pump(Channel channel, Sending.Source source, ChannelPromise whole, Duration patience) {
        this.channel = channel;
        this.source = source;
        this.whole = whole;
        this.patience = patience;
    }

    /// Bytes that the connection has taken. Any thread.
    long moved() {
        return moved.get();
    }

    @Override
    public void run() {
        try (source) {
            pour(stream(), source.length());
        } catch (IOException e) {
            // A head was sent that promised more: only the end of the connection says the truth.
            if (channel.isActive()) {
                log.atWarn().setCause(e).log("a download was cut short");
            }
            whole.tryFailure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            whole.tryFailure(e);
        }
    }

    private InputStream stream() throws IOException {
        return switch (source) {
            case Sending.Source.Bytes(var in, _) -> in;
            case Sending.Source.Region(var file, var offset, _) ->
                    Channels.newInputStream(file.position(offset));
        };
    }

    private void pour(InputStream in, long length) throws IOException, InterruptedException {
        long left = length;
        while (left > 0) {
            if (!room.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("the client does not read");
            }
            if (!channel.isActive()) {
                throw new IOException("the client is gone");
            }
            ByteBuf piece = read(in, (int) Math.min(PIECE, left));
            int count = piece.readableBytes();
            left -= count;
            ChannelFuture written =
                    channel.writeAndFlush(
                            left == 0
                                    ? new DefaultLastHttpContent(piece)
                                    : new DefaultHttpContent(piece));
            boolean isLast = left == 0;
            written.addListener(done -> {
                moved.addAndGet(count);
                room.release();
                if (!done.isSuccess()) {
                    whole.tryFailure(done.cause());
                } else if (isLast) {
                    whole.trySuccess();
                }
            });
        }
    }

    private ByteBuf read(InputStream in, int most) throws IOException {
        ByteBuf piece = channel.alloc().buffer(most);
        boolean isRead = false;
        try {
            if (piece.writeBytes(in, most) <= 0) {
                throw new EOFException("what is sent is shorter than was said");
            }
            isRead = true;
            return piece;
        } finally {
            if (!isRead) {
                piece.release();
            }
        }
    }
}
