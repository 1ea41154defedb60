package dev.lockstep.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A WebSocket client on a bare socket with a small receive buffer, that can stop reading.
final class StoppingReader implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("\"record\":\\{\"id\":(\\d+)");
    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final List<Integer> ids = new ArrayList<>();
    private final StringBuilder recent = new StringBuilder();
    private boolean stopped;

    private StoppingReader(URI server, String key) throws IOException {
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
        socket.setSoTimeout(15_000);
        write(
                ("GET /realtime/v1/websocket?apikey="
                                + key
                                + "&vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .getBytes(UTF_8));
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 8_192));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readByte());
        }
        if (!head.toString().startsWith("HTTP/1.1 101")) {
            throw new IOException(head.toString());
        }
    }

    static StoppingReader connect(URI server, String key) throws IOException {
        return new StoppingReader(server, key);
    }

    private void write(byte[] bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(bytes);
        out.flush();
    }

    void join(String topic, String config) throws IOException {
        byte[] text =
                ("[\"1\",\"1\",\"" + topic + "\",\"phx_join\",{\"config\":" + config + "}]")
                        .getBytes(UTF_8);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(0x81);
        if (text.length < 126) {
            frame.write(0x80 | text.length);
        } else {
            frame.writeBytes(
                    new byte[] {
                        (byte) (0x80 | 126), (byte) (text.length >>> 8), (byte) text.length
                    });
        }
        frame.writeBytes(new byte[4]); // A mask that changes nothing.
        frame.writeBytes(text);
        write(frame.toByteArray());
    }

    /// Nothing is read from here on, until [#resume].
    void stop() {
        stopped = true;
    }

    void resume() {
        stopped = false;
    }

    /// Reads until the text has come.
    void awaitText(String text) throws IOException {
        if (stopped) {
            fail("it has stopped reading");
        }
        while (recent.indexOf(text) < 0) {
            recent.setLength(0);
            String frame = frame();
            recent.append(frame);
            Matcher matcher = ID.matcher(frame);
            while (matcher.find()) {
                ids.add(Integer.parseInt(matcher.group(1)));
            }
        }
    }

    private String frame() throws IOException {
        in.readByte();
        int length = in.readByte() & 0x7F;
        long size =
                switch (length) {
                    case 126 -> in.readUnsignedShort();
                    case 127 -> in.readLong();
                    default -> length;
                };
        return new String(in.readNBytes((int) size), UTF_8);
    }

    List<Integer> ids() {
        return ids;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
