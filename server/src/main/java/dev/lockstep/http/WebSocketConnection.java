package dev.lockstep.http;

import dev.lockstep.channel.Handshake;
import dev.lockstep.channel.Loop;
import dev.lockstep.channel.Outbox;
import dev.lockstep.channel.Session;
import dev.lockstep.channel.SessionFactory;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's WebSocket: its frames in, as messages to its session; prepared pieces and frames
/// out. Lives on its loop; only [#send], [#pendingBytes] and [#close] may come from elsewhere.
///
/// Open → (close sent) Closing → gone. A closing connection hears nothing but the client's close;
/// it has 5 seconds for that, whatever is still queued for it.
final class WebSocketConnection extends Watched implements Outbox {
    private static final Logger log = LoggerFactory.getLogger(WebSocketConnection.class);
    private static final long CLOSE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int NORMAL = 1000;
    private static final int PROTOCOL_ERROR = 1002;
    private static final int BUG = 1011;
    private static final int RESTART = 1012;

    private final NettyLoop loop;
    private final Channel channel;
    private final Codec codec;
    private final boolean deflates;
    private final ServerParts parts;
    private final Unfinished unfinished;
    private final MessageAssembly assembly;
    private @Nullable Session session;
    private long lastSeen;
    private long pendingSeen;
    private long closingSince;
    private boolean closing;
    private boolean flushing;

    /// @param deflates whether messages may be compressed both ways
    WebSocketConnection(
            NettyLoop loop, Channel channel, Codec codec, boolean deflates, ServerParts parts) {
        this.loop = loop;
        this.channel = channel;
        this.codec = codec;
        this.deflates = deflates;
        this.parts = parts;
        this.unfinished =
                new Unfinished(
                        parts.counts().unfinishedBytes,
                        parts.config().maxFragments(),
                        code -> close(code, ""));
        this.assembly = new MessageAssembly(loop, unfinished);
        this.lastSeen = loop.now();
    }

    Unfinished unfinished() {
        return unfinished;
    }

    /// On the loop, when the handshake was answered.
    void open(SessionFactory sessions, Handshake handshake) {
        loop.watch(this);
        parts.counts().webSockets.incrementAndGet();
        channel.closeFuture().addListener(_ -> parts.counts().webSockets.decrementAndGet());
        try {
            session = sessions.open(this, codec, handshake);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof WebSocketFrame frame) {
                hear(frame);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /// Also when no frame is whole yet: a large one over a slow line is a sign of life.
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        lastSeen = loop.now();
    }

    private void hear(WebSocketFrame frame) {
        switch (frame) {
            case CloseWebSocketFrame close -> answerClose(close);
            case WebSocketFrame _ when closing -> {}
            case WebSocketFrame _ when !MessageAssembly.isSound(frame) ->
                    startClosing(PROTOCOL_ERROR, "");
            case PingWebSocketFrame ping -> answerPing(ping);
            default -> assembly.add(frame, this::onText, this::onBinary, closer());
        }
    }

    private IntConsumer closer() {
        return code -> close(code, "");
    }

    private void onText(String text) {
        try {
            take(codec.decode(text));
        } catch (MalformedFrameException e) {
            dropped(e);
        }
    }

    private void onBinary(byte[] bytes) {
        try {
            take(codec.decode(bytes));
        } catch (MalformedFrameException e) {
            dropped(e);
        }
    }

    private void take(ClientFrame frame) {
        if (frame instanceof ClientFrame.Heartbeat(var joinRef, var ref, var topic)) {
            send(codec.reply(joinRef, ref, topic, Codec.Status.OK, "{}"));
        } else if (session != null) {
            session.receive(frame);
        }
    }

    private void dropped(MalformedFrameException e) {
        parts.counts().malformed.increment();
        log.atDebug()
                .addKeyValue("connectionId", channel.id().asShortText())
                .addKeyValue("problem", e.getMessage())
                .log("malformed message dropped");
    }

    private void answerPing(PingWebSocketFrame ping) {
        ByteBuf pong = channel.alloc().buffer(2 + ping.content().readableBytes());
        WebSocketBytes.writePong(ping.content(), pong);
        channel.writeAndFlush(pong, channel.voidPromise());
    }

    private void answerClose(CloseWebSocketFrame close) {
        if (!closing) {
            int code = close.statusCode();
            startClosing(code < 0 ? NORMAL : code, "");
        }
        channel.flush();
        channel.close();
    }

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public void send(Frame frame) {
        if (loop.isHere()) {
            queue(bytes(frame));
        } else {
            // Whoever is not on the loop compresses there, and leaves the loop to the others.
            ByteBuf bytes = bytes(frame);
            loop.execute(() -> queue(bytes));
        }
    }

    private ByteBuf bytes(Frame frame) {
        boolean compress = deflates && loop.compression().isWorthIt(frame);
        int size = WebSocketBytes.size(frame);
        ByteBuf bytes = channel.alloc().directBuffer(compress ? size / 4 + 64 : size);
        if (!compress) {
            WebSocketBytes.write(frame, bytes);
        } else if (loop.isHere()) {
            loop.writeDeflated(frame, bytes);
        } else {
            loop.compression().write(frame, bytes);
        }
        return bytes;
    }

    /// Frames that come in one turn of the loop leave with one flush.
    private void queue(ByteBuf bytes) {
        if (closing || !channel.isActive()) {
            bytes.release();
            return;
        }
        channel.write(bytes, channel.voidPromise());
        if (!channel.isWritable() && pendingBytes() > parts.config().maxReplies()) {
            // What a client does not read it shall not ask for either.
            channel.config().setAutoRead(false);
        }
        if (!flushing) {
            flushing = true;
            loop.execute(this::flushQueued);
        }
    }

    private void flushQueued() {
        flushing = false;
        channel.flush();
    }

    @Override
    public void write(Loop.Prepared prepared) {
        if (!closing && prepared instanceof Piece piece) {
            ByteBuf bytes = deflates ? piece.deflated() : piece.plain();
            channel.write(bytes.retainedDuplicate(), channel.voidPromise());
        }
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public long pendingBytes() {
        ChannelOutboundBuffer queued = channel.unsafe().outboundBuffer();
        return queued == null ? 0 : queued.totalPendingWriteBytes();
    }

    @Override
    public void close(int code, String reason) {
        if (loop.isHere()) {
            startClosing(code, reason);
        } else {
            loop.execute(() -> startClosing(code, reason));
        }
    }

    private void startClosing(int code, String reason) {
        if (closing || !channel.isActive()) {
            return;
        }
        closing = true;
        closingSince = System.nanoTime();
        ByteBuf bytes = channel.alloc().buffer(128);
        WebSocketBytes.writeClose(code, reason, bytes);
        channel.writeAndFlush(bytes, channel.voidPromise());
    }

    @Override
    void look(long now) {
        if (!channel.config().isAutoRead()) {
            // It cannot be heard at the moment, but perhaps it reads.
            long pending = pendingBytes();
            lastSeen = pending < pendingSeen ? now : lastSeen;
            pendingSeen = pending;
        }
        if (closing && now - closingSince > CLOSE_NANOS) {
            channel.close();
        } else if (!closing && now - lastSeen > parts.config().idleTimeout().toNanos()) {
            startClosing(NORMAL, "idle");
        }
    }

    @Override
    void stop() {
        startClosing(RESTART, "service restart");
    }

    /// In a turn of its own: the mark is passed inside a flush, which may be the session's.
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            loop.execute(this::tellWritable);
        }
    }

    private void tellWritable() {
        if (!channel.isWritable()) {
            return;
        }
        channel.config().setAutoRead(true);
        if (session != null && !closing) {
            session.writable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    private void end() {
        loop.forget(this);
        unfinished.drop();
        Session ended = session;
        if (ended != null) {
            session = null;
            ended.closed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        switch (cause) {
            case CorruptedWebSocketFrameException broken ->
                    startClosing(broken.closeStatus().code(), "");
            case DecoderException _ -> startClosing(PROTOCOL_ERROR, "");
            // A peer that went away without a word; the channel closes by itself.
            case IOException _ -> channel.close();
            default -> failed(cause);
        }
    }

    private void failed(Throwable cause) {
        log.atError()
                .addKeyValue("connectionId", channel.id().asShortText())
                .setCause(cause)
                .log("connection failed");
        startClosing(BUG, "internal");
    }
}
