package dev.lockstep.stress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One socket of a crowd. Hot: it looks at the head of each frame and hands the rest on in place.
/// Frames from a client must be masked; the mask is zero, so the bytes stay as they are.
final class Member extends ChannelInboundHandlerAdapter {
    private enum Phase {
        OPENING,
        JOINING,
        LIVE
    }

    private final int number;
    private final Target target;
    private final Crowd.Listener listener;
    private final Crowd.Events events;
    private String ending = "the connection ended";
    private Phase phase = Phase.OPENING;
    private @Nullable ByteBuf rest;

    Member(int number, Target target, Crowd.Listener listener, Crowd.Events events) {
        this.number = number;
        this.target = target;
        this.listener = listener;
        this.events = events;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (target.path().isEmpty()) {
            become(Phase.LIVE);
            return;
        }
        String request =
                """
                GET %s HTTP/1.1\r
                Host: 127.0.0.1:%d\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Version: 13\r
                \r
                """
                        .formatted(target.path().get(), target.port());
        context.writeAndFlush(
                ByteBufUtil.encodeString(
                        context.alloc(),
                        java.nio.CharBuffer.wrap(request),
                        StandardCharsets.US_ASCII));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (rest != null) {
            rest.writeBytes(in);
            in.release();
            in = rest;
            rest = null;
        }
        if (phase == Phase.OPENING && !opened(context, in)) {
            keep(context, in);
            return;
        }
        frames(context, in);
        keep(context, in);
    }

    /// Whether the whole answer to the handshake is here and good.
    private boolean opened(ChannelHandlerContext context, ByteBuf in) {
        String head = in.toString(StandardCharsets.ISO_8859_1);
        int end = head.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        if (!head.startsWith("HTTP/1.1 101")) {
            ending = head.substring(0, Math.min(500, head.length()));
            context.close();
            return false;
        }
        in.skipBytes(end + 4);
        if (target.join().isEmpty()) {
            become(Phase.LIVE);
        } else {
            become(Phase.JOINING);
            context.writeAndFlush(text(context.alloc(), target.join().get().apply(number)));
        }
        return true;
    }

    private void frames(ChannelHandlerContext context, ByteBuf in) {
        while (in.readableBytes() >= 2) {
            int start = in.readerIndex();
            int shortLength = in.getByte(start + 1) & 0x7F;
            int head = shortLength < 126 ? 2 : shortLength == 126 ? 4 : 10;
            if (in.readableBytes() < head) {
                return;
            }
            int length =
                    shortLength < 126
                            ? shortLength
                            : shortLength == 126
                                    ? in.getUnsignedShort(start + 2)
                                    : Math.toIntExact(in.getLong(start + 2));
            if (in.readableBytes() < head + length) {
                return;
            }
            frame(context, in.getByte(start) & 0x0F, in, start + head, length);
            in.readerIndex(start + head + length);
        }
    }

    private void frame(ChannelHandlerContext context, int opcode, ByteBuf in, int at, int length) {
        if (opcode == 0x8) {
            ending = "closed by the server: " + in.getUnsignedShort(at);
            context.close();
        } else if (opcode == 0x9) {
            context.writeAndFlush(client(context.alloc(), 0xA, in.retainedSlice(at, length)));
        } else if (phase == Phase.JOINING) {
            String text = in.toString(at, length, StandardCharsets.UTF_8);
            if (text.contains(target.joined())) {
                become(Phase.LIVE);
            } else if (text.contains("\"status\":\"error\"")) {
                ending = text;
                context.close();
            }
        } else if (opcode <= 0x2) {
            listener.frame(number, in, at, length);
        }
    }

    /// What is not yet a whole frame waits in a buffer of its own, so that the large one goes back.
    private void keep(ChannelHandlerContext context, ByteBuf in) {
        if (in.isReadable()) {
            rest = context.alloc().buffer(in.readableBytes() + 512).writeBytes(in);
        }
        in.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (rest != null) {
            rest.release();
            rest = null;
        }
        events.lost(ending);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        ending = cause.toString();
        context.close();
    }

    private void become(Phase next) {
        phase = next;
        if (next == Phase.LIVE) {
            events.live();
        }
    }

    static ByteBuf text(ByteBufAllocator allocator, String text) {
        return client(allocator, 0x1, ByteBufUtil.writeUtf8(allocator, text));
    }

    private static ByteBuf client(ByteBufAllocator allocator, int opcode, ByteBuf payload) {
        int length = payload.readableBytes();
        ByteBuf out = allocator.buffer(length + 14).writeByte(0x80 | opcode);
        if (length < 126) {
            out.writeByte(0x80 | length);
        } else if (length < 65_536) {
            out.writeByte(0x80 | 126).writeShort(length);
        } else {
            out.writeByte(0x80 | 127).writeLong(length);
        }
        out.writeInt(0).writeBytes(payload);
        payload.release();
        return out;
    }
}
