package dev.lockstep.http;

import dev.lockstep.channel.Loop;
import dev.lockstep.wire.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hot. Events that are said to many streams: their bytes in a row, put together when the first
/// stream writes them. One loop's.
final class EventPiece implements Loop.Prepared {
    private final List<Frame> frames;
    private @Nullable ByteBuf bytes;

    EventPiece(List<Frame> frames) {
        this.frames = frames;
    }

    List<Frame> frames() {
        return frames;
    }

    /// The events as a stream carries them; stays this piece's to release.
    ByteBuf bytes() {
        ByteBuf made = bytes;
        if (made == null) {
            made = ByteBufAllocator.DEFAULT.directBuffer(size());
            for (Frame frame : frames) {
                made.writeBytes(frame.payload());
            }
            bytes = made;
        }
        return made;
    }

    @Override
    public int size() {
        int size = 0;
        for (Frame frame : frames) {
            size += frame.size();
        }
        return size;
    }

    @Override
    public void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
    }
}
