package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.feed.FeedReader;
import dev.lockstep.postgres.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Up to where every snapshot from now on has seen the log. What one snapshot saw every later one
/// sees, so the mark only moves forward, and whoever takes a snapshot need not look at what is
/// before it. Any thread.
///
/// A commit that waits for a synchronous standby is in the log long before it is visible. When such
/// a transaction leaves the window, a snapshot can no longer be made whole: new ones are refused
/// until it has become visible.
final class Visibility {
    private static final Logger log = LoggerFactory.getLogger(Visibility.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /// Transactions that are told apart; more stay behind the mark altogether.
    private static final int MAX_UNSEEN = 100_000;

    private final ChangeFeed feed;
    private final Database database;
    private @Nullable String epoch;

    /// Up to here every transaction was looked at; those that no snapshot saw yet, oldest first.
    private Lsn walked = Lsn.NONE;

    private final Deque<Unseen> unseen = new ArrayDeque<>();

    private record Unseen(Lsn endLsn, int xid) {}

    Visibility(ChangeFeed feed, Database database) {
        this.feed = feed;
        this.database = database;
    }

    /// A reader of all that the snapshot that is taken next may not see.
    ///
    /// @throws FailureException with [Failure.Unavailable] where that is not in the window any more
    synchronized FeedReader reader() {
        renew();
        try {
            return feed.from(mark());
        } catch (FailureException e) {
            if (e.failure() instanceof Failure.ResumeExpired) {
                throw new FailureException(
                        new Failure.Unavailable(
                                "snapshot",
                                "Transactions that are not visible yet have left the window."
                                        + " Look for a synchronous standby that is away.",
                                RETRY),
                        e);
            }
            throw e;
        }
    }

    /// Everything up to here is visible to any snapshot that is taken from now on.
    synchronized Lsn mark() {
        renew();
        Unseen first = unseen.peekFirst();
        return first == null ? walked : new Lsn(first.endLsn().value() - 1);
    }

    private void renew() {
        String now = feed.epoch();
        if (!now.equals(epoch)) {
            walked = feed.oldest();
            unseen.clear();
            epoch = now;
        }
    }

    /// In a transaction: takes its snapshot, and then reads where the log stands.
    static Handover take(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement(
                                "select pg_current_snapshot()::text,"
                                        + " pg_current_wal_insert_lsn()::text");
                ResultSet result = statement.executeQuery()) {
            result.next();
            return Handover.parse(result.getString(1), Lsn.parse(result.getString(2)));
        }
    }

    /// Looks again, so that the mark does not fall behind the window while nobody takes snapshots.
    void look() {
        try {
            if (feed.head().isAfter(mark())) {
                saw(database.snapshot(Visibility::take));
            }
        } catch (FailureException e) {
            log.atDebug().setCause(e).log("visibility not looked at; the mark stays");
        }
    }

    /// Notes what the snapshot saw; each transaction is walked over once.
    synchronized void saw(Handover snapshot) {
        renew();
        unseen.removeIf(each -> snapshot.saw(each.xid()));
        try {
            FeedReader reader = feed.from(walked);
            Transaction transaction = reader.next();
            while (transaction != null
                    && !transaction.commitLsn().isAfter(snapshot.takenAt())
                    && unseen.size() < MAX_UNSEEN) {
                if (!snapshot.saw(transaction.xid())) {
                    unseen.add(new Unseen(transaction.endLsn(), transaction.xid()));
                }
                walked = transaction.endLsn();
                transaction = reader.next();
            }
        } catch (FailureException e) {
            if (unseen.isEmpty()) {
                // This process stood still for longer than the window lasts.
                log.atWarn().addKeyValue("lsn", walked).log("visibility is followed anew");
                walked = feed.oldest();
            }
        }
    }
}
