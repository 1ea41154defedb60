package dev.lockstep.http;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/// The body that a connection is receiving, bounded for itself and together with all others. What
/// was taken counts until it is released.
final class RequestBody {
    enum Outcome {
        ADDED,
        TOO_LARGE,
        NO_ROOM
    }

    private static final byte[] NOTHING = new byte[0];

    private final long max;
    private final long maxTogether;
    private final ServerCounts counts;
    private @Nullable ByteArrayOutputStream bytes;

    RequestBody(long max, long maxTogether, ServerCounts counts) {
        this.max = max;
        this.maxTogether = maxTogether;
        this.counts = counts;
    }

    Outcome add(ByteBuf content) {
        int length = content.readableBytes();
        if (length == 0) {
            return Outcome.ADDED;
        }
        ByteArrayOutputStream all = bytes == null ? new ByteArrayOutputStream(length) : bytes;
        if (all.size() + (long) length > max) {
            return Outcome.TOO_LARGE;
        }
        if (counts.bodyBytes.addAndGet(length) > maxTogether) {
            counts.bodyBytes.addAndGet(-length);
            return Outcome.NO_ROOM;
        }
        byte[] piece = new byte[length];
        content.readBytes(piece);
        all.writeBytes(piece);
        bytes = all;
        return Outcome.ADDED;
    }

    byte[] take() {
        byte[] whole = bytes == null ? NOTHING : bytes.toByteArray();
        bytes = null;
        return whole;
    }

    void release(byte[] taken) {
        counts.bodyBytes.addAndGet(-taken.length);
    }

    /// Forgets what was not taken.
    void drop() {
        if (bytes != null) {
            counts.bodyBytes.addAndGet(-bytes.size());
            bytes = null;
        }
    }
}
