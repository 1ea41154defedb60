package dev.lockstep.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.concurrent.locks.LockSupport;

/// A client of the channel protocol, vsn 2.0.0, on a bare socket and one virtual thread: light
/// enough for thousands, and able to stop reading, or to be cut off in the middle of a frame.
final class WireClient implements AutoCloseable {
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int HEARTBEAT_MILLIS = 10_000;

    /// Hears each text frame on the client's own thread, then once that there are no more.
    interface Ear {
        void heard(String frame);

        default void ended() {}
    }

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final Ear ear;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile boolean closed;
    private long lastSign = System.nanoTime();
    private int nextRef = 1;

    private WireClient(URI server, String key, int receiveBuffer, Ear ear) throws IOException {
        this.ear = ear;
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), 10_000);
            socket.setSoTimeout(HEARTBEAT_MILLIS);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 2_048));
            greet(key);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        thread = Thread.ofVirtual().name("wire-client").start(this::read);
    }

    static WireClient connect(URI server, String key, Ear ear) throws IOException {
        return new WireClient(server, key, 0, ear);
    }

    /// With a receive buffer so small that a server soon notices when nobody reads.
    static WireClient connectSmall(URI server, String key, Ear ear) throws IOException {
        return new WireClient(server, key, 16 * 1024, ear);
    }

    private void greet(String key) throws IOException {
        write(
                ("GET /realtime/v1/websocket?apikey="
                                + key
                                + "&vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .getBytes(UTF_8));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readByte());
        }
        if (!head.toString().startsWith("HTTP/1.1 101")) {
            throw new IOException(head.toString());
        }
    }

    private void read() {
        try {
            while (!closed) {
                while (stopped && !closed) {
                    LockSupport.parkNanos(this, HEARTBEAT_MILLIS * 1_000_000L);
                    live();
                }
                frame();
                live();
            }
        } catch (IOException e) {
            // The connection is over, as tests want it now and then; the ear is told.
            closed = true;
        } finally {
            ear.ended();
        }
    }

    private void frame() throws IOException {
        int first = firstByte();
        int size = in.readByte() & 0x7F;
        long length =
                switch (size) {
                    case 126 -> in.readUnsignedShort();
                    case 127 -> in.readLong();
                    default -> size;
                };
        byte[] body = in.readNBytes((int) length);
        if (body.length < length) {
            throw new IOException("cut in mid-frame");
        }
        switch (first & 0x0F) {
            case TEXT -> ear.heard(new String(body, UTF_8));
            case PING -> write(masked(PONG, body));
            case CLOSE -> throw new IOException("closed by the server");
            default -> {}
        }
    }

    /// Waits for the next frame, with a sign of life whenever that takes long.
    private int firstByte() throws IOException {
        while (true) {
            try {
                return in.readByte();
            } catch (SocketTimeoutException e) {
                live();
            }
        }
    }

    /// A sign of life, when the last was long ago: also of one that does not read.
    private void live() throws IOException {
        if (System.nanoTime() - lastSign > HEARTBEAT_MILLIS * 1_000_000L) {
            lastSign = System.nanoTime();
            send("phoenix", "heartbeat", "{}");
        }
    }

    /// Sends one message and returns its ref.
    String send(String topic, String event, String payload) throws IOException {
        String ref;
        synchronized (this) {
            ref = Integer.toString(nextRef++);
        }
        write(
                masked(
                        TEXT,
                        "[\"1\",\"%s\",\"%s\",\"%s\",%s]"
                                .formatted(ref, topic, event, payload)
                                .getBytes(UTF_8)));
        return ref;
    }

    /// @param config a JSON object
    void join(String topic, String config) throws IOException {
        send(topic, "phx_join", "{\"config\":" + config + "}");
    }

    /// With a mask that changes nothing.
    private static byte[] masked(int opcode, byte[] body) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(body.length + 14);
        frame.write(0x80 | opcode);
        if (body.length < 126) {
            frame.write(0x80 | body.length);
        } else if (body.length < 65_536) {
            frame.write(0x80 | 126);
            frame.write(body.length >>> 8);
            frame.write(body.length);
        } else {
            frame.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                frame.write((int) ((long) body.length >>> shift));
            }
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(body);
        return frame.toByteArray();
    }

    private void write(byte[] bytes) throws IOException {
        synchronized (socket) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        }
    }

    /// Nothing is read behind the frame that is being read, until [#resume].
    void stop() {
        stopped = true;
    }

    void resume() {
        stopped = false;
        LockSupport.unpark(thread);
    }

    boolean isClosed() {
        return closed;
    }

    /// Resets the connection, wherever in a frame it is; nothing is said to the server.
    void cut() {
        closed = true;
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It was over already.
            closed = true;
        }
        LockSupport.unpark(thread);
    }

    @Override
    public void close() {
        cut();
    }
}
