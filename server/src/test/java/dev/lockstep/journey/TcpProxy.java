package dev.lockstep.journey;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// A bad line between clients and a server: it can be slow, cut, dead without saying so, or break
/// in the middle of a frame.
final class TcpProxy implements AutoCloseable {
    private final ServerSocket door;
    private final URI server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong breakAfter = new AtomicLong(Long.MAX_VALUE);
    private volatile LongSupplier delayNanos = () -> 0;
    private volatile boolean frozen;
    private volatile boolean closed;

    TcpProxy(URI server) {
        this.server = server;
        try {
            this.door = new ServerSocket(0, 2_000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("proxy").start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + door.getLocalPort());
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = door.accept();
                Thread.ofVirtual().start(() -> join(client));
            } catch (IOException e) {
                // The door was closed, or one client was gone before it came in.
                if (door.isClosed()) {
                    return;
                }
            }
        }
    }

    private void join(Socket client) {
        try {
            Socket upstream = new Socket();
            sockets.add(client);
            sockets.add(upstream);
            upstream.connect(new InetSocketAddress(server.getHost(), server.getPort()), 5_000);
            Thread.ofVirtual().start(() -> pump(client, upstream, false));
            pump(upstream, client, true);
        } catch (IOException e) {
            reset(client);
        }
    }

    private void pump(Socket from, Socket to, boolean down) {
        byte[] chunk = new byte[16 * 1024];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                while (frozen && !closed) {
                    LockSupport.parkNanos(this, 10_000_000);
                }
                LockSupport.parkNanos(this, delayNanos.getAsLong());
                if (down && breakAfter.addAndGet(-n) < 0) {
                    breakAfter.set(Long.MAX_VALUE);
                    out.write(chunk, 0, n / 2);
                    out.flush();
                    break;
                }
                out.write(chunk, 0, n);
                out.flush();
            }
        } catch (IOException e) {
            // One side is gone; so is the other.
            reset(to);
        } finally {
            reset(from);
            reset(to);
        }
    }

    private void reset(Socket socket) {
        sockets.remove(socket);
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            sockets.remove(socket);
        }
    }

    /// How long each piece waits on its way, asked anew for each.
    void delay(LongSupplier nanos) {
        delayNanos = nanos;
    }

    /// Resets one connection that is sent the byte behind so many, in the middle of a piece.
    void breakAfter(long bytes) {
        breakAfter.set(bytes);
    }

    void cutAll() {
        sockets.forEach(this::reset);
    }

    /// Connections stay, and nothing passes: as when a cable is pulled.
    void freeze() {
        frozen = true;
    }

    void thaw() {
        frozen = false;
    }

    @Override
    public void close() {
        closed = true;
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cutAll();
    }
}
