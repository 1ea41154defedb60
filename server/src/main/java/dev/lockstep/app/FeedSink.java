package dev.lockstep.app;

import dev.lockstep.cache.AnswerCache;
import dev.lockstep.cache.Touches;
import dev.lockstep.channel.Hub;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.data.RestAnswer;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.replication.Epoch;
import dev.lockstep.replication.TransactionSink;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// From the log to the feed; the channels are told when a new life of the log begins.
final class FeedSink implements TransactionSink {
    private final ChangeFeed feed;
    private final Hub hub;
    private final Touches touches;
    private final Optional<AnswerCache<RestAnswer>> cache;
    private final Lsn present;
    private final CountDownLatch begun = new CountDownLatch(1);

    /// @param present how far the database had got when the server started
    /// @param touches told before the feed is, so that who has seen the head knows them
    FeedSink(
            ChangeFeed feed,
            Hub hub,
            Lsn present,
            Touches touches,
            Optional<AnswerCache<RestAnswer>> cache) {
        this.feed = feed;
        this.hub = hub;
        this.present = present;
        this.touches = touches;
        this.cache = cache;
    }

    /// Opens when the feed has a place in the log.
    CountDownLatch begun() {
        return begun;
    }

    @Override
    public Lsn opened(Epoch epoch, Lsn start) {
        String name =
                epoch.systemIdentifier() + "/" + epoch.timeline() + "/" + epoch.slotGeneration();
        String before = feed.epoch();
        if (!name.equals(before) || start.isAfter(feed.head())) {
            cache.ifPresent(AnswerCache::forget);
        }
        cache.ifPresent(AnswerCache::resumed);
        Lsn held = feed.begin(name, start);
        if (!name.equals(before)) {
            hub.begin(present);
        }
        begun.countDown();
        return held;
    }

    @Override
    public void committed(Transaction transaction) throws InterruptedException {
        touches.committed(transaction);
        feed.append(transaction);
    }

    @Override
    public void advanced(Lsn position) {
        feed.advance(position);
    }

    @Override
    public Lsn confirmable() {
        return feed.confirmable();
    }
}
