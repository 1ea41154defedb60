package dev.lockstep.http;

import dev.lockstep.channel.Loop;
import dev.lockstep.wire.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hot. Frames that go to many connections of one loop, in each form that some of them take: made
/// for the first who takes it, shared by the rest. On its loop.
final class Piece implements Loop.Prepared {
    private final List<Frame> frames;
    private final NettyLoop loop;
    private @Nullable ByteBuf plain;
    private @Nullable ByteBuf deflated;

    Piece(List<Frame> frames, NettyLoop loop) {
        this.frames = frames;
        this.loop = loop;
    }

    /// Stays ours: who writes it retains it.
    ByteBuf plain() {
        ByteBuf made = plain;
        if (made == null) {
            made = ByteBufAllocator.DEFAULT.directBuffer(size());
            for (Frame frame : frames) {
                WebSocketBytes.write(frame, made);
            }
            plain = made;
        }
        return made;
    }

    /// The same where every frame that is long enough is compressed.
    ByteBuf deflated() {
        if (!loop.compression().isWorthIt(frames)) {
            return plain();
        }
        ByteBuf made = deflated;
        if (made == null) {
            made = ByteBufAllocator.DEFAULT.directBuffer(size() / 4 + 64);
            for (Frame frame : frames) {
                loop.writeDeflated(frame, made);
            }
            deflated = made;
        }
        return made;
    }

    @Override
    public int size() {
        int size = 0;
        for (Frame frame : frames) {
            size += WebSocketBytes.size(frame);
        }
        return size;
    }

    @Override
    public void release() {
        if (plain != null) {
            plain.release();
        }
        if (deflated != null) {
            deflated.release();
        }
    }
}
