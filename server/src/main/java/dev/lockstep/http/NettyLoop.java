package dev.lockstep.http;

import dev.lockstep.channel.Loop;
import dev.lockstep.wire.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One event loop and the connections that are its own. Every field is touched on the loop alone.
final class NettyLoop implements Loop {
    private final EventLoop events;
    private final List<Watched> connections = new ArrayList<>();
    private final Compression compression;
    private @Nullable MessageDeflate deflate;
    private long now = System.nanoTime();

    NettyLoop(EventLoop events, Compression compression) {
        this.events = events;
        this.compression = compression;
    }

    void watchEvery(Duration period) {
        events.scheduleAtFixedRate(
                this::look, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// The time of the last look: exact enough for time limits of seconds, and free.
    long now() {
        return now;
    }

    private void look() {
        now = System.nanoTime();
        for (Watched connection : List.copyOf(connections)) {
            connection.look(now);
        }
    }

    void stop() {
        for (Watched connection : List.copyOf(connections)) {
            connection.stop();
        }
    }

    void watch(Watched connection) {
        connection.place = connections.size();
        connections.add(connection);
    }

    void forget(Watched connection) {
        if (connection.place < 0) {
            return;
        }
        Watched last = connections.removeLast();
        if (last != connection) {
            connections.set(connection.place, last);
            last.place = connection.place;
        }
        connection.place = -1;
    }

    /// Runs the task on this loop, once.
    Future<?> after(Duration wait, Runnable task) {
        return events.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    boolean isHere() {
        return events.inEventLoop();
    }

    @Override
    public void execute(Runnable task) {
        try {
            events.execute(task);
        } catch (RejectedExecutionException _) {
            // The server has stopped and with it every connection that the task could be about.
            return;
        }
    }

    @Override
    public Prepared prepare(List<Frame> frames) {
        return frames.getFirst().kind() == Frame.Kind.EVENT
                ? new EventPiece(frames)
                : new Piece(frames, this);
    }

    Compression compression() {
        return compression;
    }

    /// On the loop.
    void writeDeflated(Frame frame, ByteBuf out) {
        if (compression.isWorthIt(frame)) {
            deflate().write(frame, out);
        } else {
            WebSocketBytes.write(frame, out);
        }
    }

    /// On the loop: made for the first who needs it.
    MessageDeflate deflate() {
        MessageDeflate own = deflate;
        if (own == null) {
            own = new MessageDeflate();
            deflate = own;
        }
        return own;
    }
}
