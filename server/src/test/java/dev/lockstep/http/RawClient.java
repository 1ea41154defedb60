package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A socket that may say anything.
final class RawClient implements AutoCloseable {
    private static final byte[] MASK = {1, 2, 3, 4};

    final Socket socket = new Socket();

    RawClient(int port) throws IOException {
        socket.setReceiveBufferSize(32 * 1024);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
    }

    RawClient say(String text) throws IOException {
        return say(text.getBytes(UTF_8));
    }

    RawClient say(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /// Everything until the server ends the connection.
    String hearAll() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }

    byte[] hear(int count) throws IOException {
        byte[] bytes = socket.getInputStream().readNBytes(count);
        if (bytes.length < count) {
            throw new IOException("ended after " + bytes.length + " bytes of " + count);
        }
        return bytes;
    }

    /// One response's head, and its body by `Content-Length`.
    String hearResponse() throws IOException {
        String head = hearHead();
        var length = java.util.regex.Pattern.compile("content-length: (\\d+)").matcher(head);
        return head
                + (length.find() ? new String(hear(Integer.parseInt(length.group(1))), UTF_8) : "");
    }

    private String hearHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended in the head: " + head);
            }
            head.write(next);
        }
        return head.toString(ISO_8859_1);
    }

    /// Becomes a WebSocket; returns the response's head.
    String upgrade(String target, String... headers) throws IOException {
        StringBuilder request =
                new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: x\r\n")
                        .append("Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n")
                        .append("Sec-WebSocket-Version: 13\r\n")
                        .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        Arrays.stream(headers).forEach(header -> request.append(header).append("\r\n"));
        say(request + "\r\n");
        String head = hearHead();
        return head.contains("101") ? head : head + "\r\n";
    }

    /// A masked frame, as clients send it.
    RawClient frame(int firstByte, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
        frame.put((byte) firstByte);
        if (payload.length <= 125) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length <= 0xFFFF) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        frame.put(MASK);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ MASK[i % 4]));
        }
        return say(Arrays.copyOf(frame.array(), frame.position()));
    }

    RawClient text(String text) throws IOException {
        return frame(0x81, text.getBytes(UTF_8));
    }

    /// A frame of any length: its first byte, and its payload.
    record Heard(int firstByte, byte[] payload) {}

    Heard hearAnyFrame() throws IOException {
        byte[] head = hear(2);
        int length = head[1];
        if (length == 126) {
            length = ByteBuffer.wrap(hear(2)).getShort() & 0xFFFF;
        } else if (length == 127) {
            length = (int) ByteBuffer.wrap(hear(8)).getLong();
        }
        return new Heard(head[0] & 0xFF, hear(length));
    }

    /// A small frame's payload.
    byte[] hearFrame(int firstByte) throws IOException {
        byte[] head = hear(2);
        if ((head[0] & 0xFF) != firstByte || head[1] > 125) {
            throw new IOException("unexpected frame head " + Arrays.toString(head));
        }
        return hear(head[1]);
    }

    int hearClose() throws IOException {
        return ByteBuffer.wrap(hearFrame(0x88)).getShort() & 0xFFFF;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
