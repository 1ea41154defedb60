package dev.lockstep.http;

import dev.lockstep.wire.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Hot. `permessage-deflate` without context takeover (RFC 7692 §7): each message is compressed on
/// its own, so that one compressed piece serves every connection, and a connection keeps nothing.
/// One thread's.
final class MessageDeflate implements AutoCloseable {
    /// What ends a message's last block, and is left out on the wire (§7.2.1).
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final Inflater inflater = new Inflater(true);

    /// What came is no message that we take.
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int closeCode;

        private RefusedException(int closeCode) {
            super("close " + closeCode, null, false, false);
            this.closeCode = closeCode;
        }

        int closeCode() {
            return closeCode;
        }
    }

    /// Writes the frame compressed, or plain where that is no longer.
    void write(Frame frame, ByteBuf out) {
        ByteBuf scratch = ByteBufAllocator.DEFAULT.directBuffer(frame.size(), frame.size());
        try {
            int length = deflate(frame.payload(), scratch.nioBuffer(0, frame.size()));
            if (length < 0) {
                WebSocketBytes.write(frame, out);
            } else {
                WebSocketBytes.writeDeflated(frame.kind(), scratch.writerIndex(length), out);
            }
        } finally {
            scratch.release();
        }
    }

    /// How many bytes it came to; -1 when it does not get shorter.
    private int deflate(byte[] payload, ByteBuffer to) {
        deflater.reset();
        deflater.setInput(payload);
        int length = deflater.deflate(to, Deflater.SYNC_FLUSH);
        // Full: there may be more, and in any case nothing was won.
        return to.hasRemaining() ? length - TAIL.length : -1;
    }

    /// @param max how long the message may be
    /// @throws RefusedException when it is longer, or not compressed as it should be
    byte[] inflate(byte[] message, int max) throws RefusedException {
        inflater.reset();
        inflater.setInput(message);
        byte[] out = new byte[Math.min(max, Math.max(256, 4 * message.length))];
        int length = 0;
        boolean ended = false;
        try {
            while (true) {
                length += inflater.inflate(out, length, out.length - length);
                if (inflater.finished() || inflater.needsInput() && ended && length < out.length) {
                    return Arrays.copyOf(out, length);
                }
                if (inflater.needsInput() && !ended) {
                    inflater.setInput(TAIL);
                    ended = true;
                } else if (length == out.length) {
                    if (length > max) {
                        throw new RefusedException(MessageAssembly.TOO_BIG);
                    }
                    // One more than allowed, to see whether there is more.
                    out = Arrays.copyOf(out, (int) Math.min(max + 1L, 2L * length + 1));
                } else if (inflater.needsDictionary()) {
                    throw new RefusedException(MessageAssembly.NOT_UTF8);
                }
            }
        } catch (DataFormatException _) {
            throw new RefusedException(MessageAssembly.NOT_UTF8);
        }
    }

    @Override
    public void close() {
        deflater.end();
        inflater.end();
    }
}
