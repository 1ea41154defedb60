package dev.lockstep.http;

import dev.lockstep.wire.Frame;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Hot. What a server's frames look like on the wire (RFC 6455 §5.2): final, unmasked, written past
/// the web server's own encoders so that one piece serves many connections.
final class WebSocketBytes {
    static final int TEXT = 0x1;
    static final int BINARY = 0x2;
    static final int CLOSE = 0x8;
    static final int PONG = 0xA;
    private static final int FINAL = 0x80;

    /// RSV1 of a message's first frame (RFC 7692 §7).
    private static final int DEFLATED = 0x40;

    /// Payloads of control frames are at most this long.
    private static final int MAX_CONTROL = 125;

    private WebSocketBytes() {}

    static int size(Frame frame) {
        return headSize(frame.size()) + frame.size();
    }

    static void write(Frame frame, ByteBuf out) {
        writeHead(frame.kind() == Frame.Kind.TEXT ? TEXT : BINARY, frame.size(), out);
        out.writeBytes(frame.payload());
    }

    /// @param payload compressed, without its tail
    static void writeDeflated(Frame.Kind kind, ByteBuf payload, ByteBuf out) {
        int opcode = kind == Frame.Kind.TEXT ? TEXT : BINARY;
        writeHead(DEFLATED | opcode, payload.readableBytes(), out);
        out.writeBytes(payload);
    }

    static void writePong(ByteBuf payload, ByteBuf out) {
        writeHead(PONG, payload.readableBytes(), out);
        out.writeBytes(payload);
    }

    static void writeClose(int code, String reason, ByteBuf out) {
        byte[] words = reason.getBytes(StandardCharsets.UTF_8);
        int length = words.length <= MAX_CONTROL - 2 ? words.length : 0;
        writeHead(CLOSE, 2 + length, out);
        out.writeShort(code);
        out.writeBytes(words, 0, length);
    }

    private static int headSize(int length) {
        return length <= 125 ? 2 : length <= 0xFFFF ? 4 : 10;
    }

    private static void writeHead(int opcode, int length, ByteBuf out) {
        out.writeByte(FINAL | opcode);
        if (length <= 125) {
            out.writeByte(length);
        } else if (length <= 0xFFFF) {
            out.writeByte(126).writeShort(length);
        } else {
            out.writeByte(127).writeLong(length);
        }
    }
}
