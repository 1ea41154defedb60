package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What live feeds at the head say, and when: a step for each transaction, or for all that came
/// within the time for which a feed gathers. Hot; the fan-out thread's.
///
/// A feed that gathers says its first change at once, and then nothing until its time has passed;
/// what changed meanwhile is one step, in which each row is told as it then is.
final class FeedSteps {
    /// What is gathered for one feed at most; beyond it a step is said early.
    private static final int MAX_ROWS = 1_000;

    private static final long MAX_BYTES = 512 * 1024;

    private final Script.Book book;
    private final Audiences.ResumeTokenSource tokens;
    private final RowBodies bodies = new RowBodies();
    private final List<Matched.Feed> gathering = new ArrayList<>();

    FeedSteps(Script.Book book, Audiences.ResumeTokenSource tokens) {
        this.book = book;
        this.tokens = tokens;
    }

    /// The rows of the transaction at hand.
    RowBodies bodies() {
        return bodies;
    }

    /// The transaction is over for this feed.
    ///
    /// @param before everything up to here was delivered before it
    /// @return the most bytes that wait for one audience
    int end(Matched.Feed feed, Transaction transaction, Lsn before) {
        if (!feed.gathers()) {
            feed.since = before;
        } else if (!feed.isOpen) {
            feed.isOpen = true;
            feed.since = before;
            gathering.add(feed);
        }
        feed.until = transaction.endLsn();
        feed.untilMillis = transaction.commitMicros() / 1_000;
        boolean waits =
                feed.gathers()
                        && System.nanoTime() - feed.nextAt < 0
                        && !feed.fold.exceeds(MAX_ROWS, MAX_BYTES);
        return waits ? 0 : say(feed);
    }

    /// Says what was gathered so far; whoever joins, leaves or is dismissed has heard all up to
    /// there.
    int say(Matched.Feed feed) {
        if (feed.isOpen) {
            feed.isOpen = false;
            gathering.remove(feed);
        }
        FeedPayload payload = feed.fold.finish();
        if (payload.isEmpty() || feed.audiences.isEmpty()) {
            return 0;
        }
        feed.told = feed.until;
        feed.nextAt = System.nanoTime() + Duration.ofMillis(feed.asked.batchMs()).toNanos();
        List<byte[]> parts = payload.bodies();
        Optional<String> token = Optional.of(tokens.token(feed.asked, feed.until));
        int largest = 0;
        for (FeedAudience audience : feed.audiences) {
            FeedPayload.Head head =
                    FeedPayload.Head.of(audience.spec.id(), feed.untilMillis, token);
            List<Frame> frames = FeedPayload.frames(audience.envelope, head, parts);
            for (int i = 0; i < frames.size(); i++) {
                book.collect(audience, frames.get(i), new Position(feed.since, i));
            }
            largest = Math.max(largest, audience.pendingBytes());
        }
        return largest;
    }

    /// What was gathered is not said: all its members load afresh.
    void drop(Matched.Feed feed) {
        feed.fold.clear();
        if (feed.isOpen) {
            feed.isOpen = false;
            gathering.remove(feed);
        }
    }

    /// Says what has been gathered for long enough.
    ///
    /// @return nanoseconds until the next is due, at most a second
    long sayDue() {
        long wait = Duration.ofSeconds(1).toNanos();
        long now = System.nanoTime();
        for (int i = gathering.size() - 1; i >= 0; i--) {
            Matched.Feed feed = gathering.get(i);
            if (feed.nextAt - now <= 0) {
                say(feed);
            } else {
                wait = Math.min(wait, feed.nextAt - now);
            }
        }
        return wait;
    }
}
