package dev.lockstep.replication;

import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyDual;

/// The stream of one `START_REPLICATION`: frames in, positions out. Hot.
///
/// Reads block without a time limit, because one that ends in the middle of a message would leave
/// the connection out of step. PostgreSQL itself breaks the silence: its `wal_sender_timeout` for
/// this session makes it ask within half of our limit. Reading and [#reached] are the reader's
/// thread's alone; the rest is for any.
///
/// Own framing on the driver's copy channel, because its replication stream hides keepalives, whose
/// positions we need.
final class WalStream {
    /// 2000-01-01 in microseconds of the Unix epoch.
    private static final long POSTGRES_EPOCH = 946_684_800_000_000L;

    /// Kind, start, end and time precede a message of the plugin.
    private static final int HEADER = 25;

    private final CopyDual copy;
    private final Runnable abort;
    private final long statusNanos;

    /// Held while the copy channel is used; its owner during a blocked read is the reader.
    private final ReentrantLock channel = new ReentrantLock();

    private volatile long heardNanos = System.nanoTime();
    private volatile long toldNanos;
    private volatile long serverEnd;
    private volatile long received;
    private volatile long confirmed;
    private boolean answerWanted;

    /// @param from where the stream starts
    /// @param abort closes the connection under a blocked read
    WalStream(CopyDual copy, Runnable abort, long from, Duration statusInterval) {
        this.copy = copy;
        this.abort = abort;
        this.received = from;
        this.statusNanos = statusInterval.toNanos();
        this.toldNanos = System.nanoTime() - statusNanos;
    }

    /// Waits for the next frame. A message of the plugin is returned; null stands for a keepalive,
    /// whose position is then [#serverEnd].
    ///
    /// @throws SQLException when the stream has ended, whoever ended it
    @Nullable ByteBuffer read() throws SQLException {
        byte[] frame;
        channel.lock();
        try {
            frame = copy.readFromCopy(true);
        } finally {
            channel.unlock();
        }
        if (frame == null) {
            throw new SQLException("PostgreSQL ended the stream", "08006");
        }
        heardNanos = System.nanoTime();
        ByteBuffer in = ByteBuffer.wrap(frame);
        if (frame[0] == 'w' && frame.length > HEADER) {
            serverEnd = in.getLong(9);
            return in.position(HEADER);
        }
        if (frame[0] == 'k' && frame.length == 18) {
            serverEnd = in.getLong(1);
            answerWanted |= in.get(17) == 1;
            return null;
        }
        throw new SQLException("unknown replication frame " + frame[0], "08P01");
    }

    /// Where the server's log ends, as far as it told.
    long serverEnd() {
        return serverEnd;
    }

    long received() {
        return received;
    }

    long confirmed() {
        return confirmed;
    }

    /// Notes how far we are, and tells the server if it asked or if it is time.
    ///
    /// @param received handed on up to here
    /// @param confirmable asked only when the server is told
    void reached(long received, LongSupplier confirmable) throws SQLException {
        this.received = received;
        if (answerWanted || heardNanos - toldNanos >= statusNanos) {
            answerWanted = false;
            long may = confirmable.getAsLong();
            confirmed = Long.compareUnsigned(may, confirmed) > 0 ? may : confirmed;
            channel.lock();
            try {
                tell();
            } finally {
                channel.unlock();
            }
        }
    }

    /// Repeats the last positions while the reader is kept from reading; else does nothing.
    void pulse() throws SQLException {
        if (!channel.tryLock()) {
            return;
        }
        try {
            // Who does not read cannot hear.
            heardNanos = System.nanoTime();
            if (heardNanos - toldNanos >= statusNanos) {
                tell();
            }
        } finally {
            channel.unlock();
        }
    }

    boolean silentFor(Duration limit) {
        return System.nanoTime() - heardNanos > limit.toNanos();
    }

    /// Ends the stream at once, also under a blocked read. Any thread.
    void abort() {
        abort.run();
    }

    private void tell() throws SQLException {
        toldNanos = heardNanos;
        long micros = System.currentTimeMillis() * 1_000 - POSTGRES_EPOCH;
        ByteBuffer status = ByteBuffer.allocate(34);
        status.put((byte) 'r').putLong(received).putLong(confirmed).putLong(confirmed);
        status.putLong(micros).put((byte) 0);
        copy.writeToCopy(status.array(), 0, 34);
        copy.flushCopy();
    }
}
