package dev.lockstep.stress;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// When each member received each change. Written by the crowd's thread alone; others read
/// [#delivered], and the rest after [Crowd#settle]. Hot: one look at the place where the sequence
/// stood last time.
final class Arrivals implements Crowd.Listener {
    private static final byte[] MARK = "\"seq\":".getBytes(StandardCharsets.US_ASCII);

    private final int members;
    private final long[] receivedAt;
    private final AtomicLong delivered = new AtomicLong();
    private long duplicates;
    private long bytes;
    private int hint;

    Arrivals(int members, int changes) {
        this.members = members;
        this.receivedAt = new long[Math.multiplyExact(members, changes)];
    }

    @Override
    public void frame(int member, ByteBuf buffer, int at, int length) {
        int sequence = sequence(buffer, at, length);
        if (sequence < 0 || (long) sequence * members >= receivedAt.length) {
            return;
        }
        int place = sequence * members + member;
        if (receivedAt[place] != 0) {
            duplicates++;
            return;
        }
        receivedAt[place] = System.nanoTime();
        bytes += length;
        delivered.lazySet(delivered.getPlain() + 1);
    }

    private int sequence(ByteBuf buffer, int at, int length) {
        if (!marked(buffer, at + hint, at + length)) {
            int found = 0;
            while (found < length && !marked(buffer, at + found, at + length)) {
                found++;
            }
            if (found == length) {
                return -1;
            }
            hint = found;
        }
        int value = 0;
        for (int i = at + hint + MARK.length; i < at + length; i++) {
            int digit = buffer.getByte(i) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static boolean marked(ByteBuf buffer, int from, int end) {
        if (from + MARK.length >= end) {
            return false;
        }
        for (int i = 0; i < MARK.length; i++) {
            if (buffer.getByte(from + i) != MARK[i]) {
                return false;
            }
        }
        return true;
    }

    /// All deliveries so far; any thread.
    long delivered() {
        return delivered.get();
    }

    long duplicates() {
        return duplicates;
    }

    double bytesPerFrame() {
        return (double) bytes / Math.max(1, delivered.getPlain());
    }

    /// Time from `from[change]` to each delivery of the changes from `first` (inclusive) to `last`
    /// (exclusive). A delivery before its commit was acknowledged to the writer counts as 0.
    Latencies latencies(long[] from, int first, int last) {
        long[] micros = new long[(last - first) * members];
        int count = 0;
        for (int change = first; change < last; change++) {
            for (int member = 0; member < members; member++) {
                long received = receivedAt[change * members + member];
                if (received != 0) {
                    micros[count++] = Math.max(0, received - from[change]) / 1_000;
                }
            }
        }
        long[] sorted = Arrays.copyOf(micros, count);
        Arrays.sort(sorted);
        return new Latencies(sorted, (long) (last - first) * members);
    }

    /// @param sortedMicros of what was delivered
    record Latencies(long[] sortedMicros, long expected) {
        double millis(double quantile) {
            if (sortedMicros.length == 0) {
                return Double.NaN;
            }
            int index = (int) Math.ceil(quantile * sortedMicros.length) - 1;
            return sortedMicros[Math.clamp(index, 0, sortedMicros.length - 1)] / 1_000.0;
        }

        long delivered() {
            return sortedMicros.length;
        }
    }
}
