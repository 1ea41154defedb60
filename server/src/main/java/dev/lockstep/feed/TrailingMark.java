package dev.lockstep.feed;

import java.util.ArrayDeque;
import java.util.Deque;

/// How far PostgreSQL may forget. In a busy database the oldest retained transaction says it. In a
/// quiet one keepalives alone move the head, and a token given there has to be good after a restart
/// too, so this remembers where the head was and follows it at the window's distance. Used under
/// the feed's lock.
final class TrailingMark {
    private static final int MARKS = 60;

    private final long retentionMillis;
    private final long maxWal;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private long confirmed;

    private record Mark(long position, long at) {}

    TrailingMark(long retentionMillis, long maxWal) {
        this.retentionMillis = retentionMillis;
        this.maxWal = maxWal;
    }

    void restart(long start) {
        marks.clear();
        confirmed = start;
    }

    /// @param oldest nothing after this was dropped
    /// @param firstCommit where the oldest retained transaction commits; the largest number where
    ///   there is none
    long confirmable(long now, long head, long oldest, long firstCommit) {
        Mark newest = marks.peekLast();
        if (newest == null || Math.abs(now - newest.at) >= retentionMillis / MARKS) {
            marks.addLast(new Mark(head, now));
        }
        long trailing = confirmed;
        Mark mark = marks.peekFirst();
        while (mark != null
                && (now - mark.at >= retentionMillis || head - mark.position > maxWal)) {
            trailing = max(trailing, mark.position);
            marks.removeFirst();
            mark = marks.peekFirst();
        }
        long allowed = Long.compareUnsigned(trailing, firstCommit) < 0 ? trailing : firstCommit;
        confirmed = max(max(confirmed, oldest), allowed);
        return confirmed;
    }

    private static long max(long one, long other) {
        return Long.compareUnsigned(one, other) >= 0 ? one : other;
    }
}
