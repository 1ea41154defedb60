package dev.lockstep.postgres;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What pgbouncer does with `pool_mode = transaction`, at its strictest: a client has a session of
/// PostgreSQL's from the first message of a transaction until PostgreSQL says that it ended, and
/// the next transaction gets the one that was idle for longest. Nothing is reset in between.
///
/// A client logs in at PostgreSQL itself, through a session that joins the others afterwards.
public final class TransactionPooler implements AutoCloseable {
    private static final int SSL_REQUEST = 80877103;
    private static final int GSS_REQUEST = 80877104;
    private static final int NOBODY = 1;

    private final int port;
    private final ServerSocket door;
    private final LinkedBlockingDeque<Side> idle = new LinkedBlockingDeque<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong changes = new AtomicLong();

    /// @param port PostgreSQL's, on this machine
    public TransactionPooler(int port) {
        this.port = port;
        try {
            door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("pooler").start(this::accept);
    }

    /// The database's address through here.
    public String url(TestDatabase database) {
        return database.jdbcUrl()
                .replaceFirst("//[^/]+/", "//127.0.0.1:" + door.getLocalPort() + "/");
    }

    /// How often a client's transaction ran in another session than its last one.
    public long changes() {
        return changes.get();
    }

    private record Side(Socket socket, DataInputStream in, OutputStream out) {
        static Side of(Socket socket) throws IOException {
            socket.setTcpNoDelay(true);
            return new Side(
                    socket,
                    new DataInputStream(new BufferedInputStream(socket.getInputStream())),
                    socket.getOutputStream());
        }

        Message read() throws IOException {
            byte type = in.readByte();
            byte[] rest = new byte[in.readInt() - 4];
            in.readFully(rest);
            return new Message((char) type, rest);
        }

        void write(Message message) throws IOException {
            out.write(
                    ByteBuffer.allocate(5 + message.rest().length)
                            .put((byte) message.type())
                            .putInt(4 + message.rest().length)
                            .put(message.rest())
                            .array());
        }
    }

    private record Message(char type, byte[] rest) {
        boolean isReady() {
            return type == 'Z';
        }

        boolean isBetweenTransactions() {
            return isReady() && rest[0] == 'I';
        }

        /// After it PostgreSQL says when it is ready.
        boolean isAwaited() {
            return type == 'S' || type == 'Q';
        }
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                sockets.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                if (!door.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        Side busy = null;
        try (socket) {
            Side client = Side.of(socket);
            Side last = login(client);
            idle.put(last);
            while (true) {
                Message asked = client.read();
                if (asked.type() == 'X') {
                    return;
                }
                if (busy == null) {
                    busy = take();
                    changes.addAndGet(busy == last ? 0 : 1);
                    last = busy;
                }
                busy.write(asked);
                if (asked.isAwaited()) {
                    busy = answered(busy, client);
                }
            }
        } catch (IOException e) {
            end(busy);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
        }
    }

    /// A transaction that lost its client must not go on in the next one's name.
    private static void end(@Nullable Side busy) {
        try {
            if (busy != null) {
                busy.socket().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Side take() throws InterruptedException, IOException {
        Side side = idle.poll(10, TimeUnit.SECONDS);
        if (side == null) {
            throw new IOException("no session became idle");
        }
        return side;
    }

    /// @return the session, while its transaction goes on
    private @Nullable Side answered(Side server, Side client)
            throws IOException, InterruptedException {
        while (true) {
            Message answer = server.read();
            if (answer.isBetweenTransactions()) {
                // Before the client can ask for more.
                idle.put(server);
            }
            client.write(answer);
            if (answer.isReady()) {
                return answer.isBetweenTransactions() ? null : server;
            }
        }
    }

    private Side login(Side client) throws IOException {
        byte[] start = startup(client);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(socket);
        Side server = Side.of(socket);
        server.out().write(start);
        while (true) {
            Message said = server.read();
            if (said.type() == 'K') {
                // A pooler's client is told of no process that it could rely on.
                said = new Message('K', ByteBuffer.allocate(8).putInt(NOBODY).putInt(0).array());
            }
            client.write(said);
            if (said.isReady()) {
                return server;
            }
            boolean asks = said.type() == 'R' && ByteBuffer.wrap(said.rest()).getInt() != 0;
            boolean last = asks && ByteBuffer.wrap(said.rest()).getInt() == 12;
            if (asks && !last) {
                server.write(client.read());
            }
        }
    }

    /// The first packet that is no question about encryption, which is declined.
    private static byte[] startup(Side client) throws IOException {
        while (true) {
            int length = client.in().readInt();
            byte[] rest = new byte[length - 4];
            client.in().readFully(rest);
            int code = ByteBuffer.wrap(rest).getInt();
            if (code != SSL_REQUEST && code != GSS_REQUEST) {
                return ByteBuffer.allocate(length).putInt(length).put(rest).array();
            }
            client.out().write('N');
        }
    }

    @Override
    public void close() {
        try {
            door.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
