package dev.lockstep.app;

import dev.lockstep.channel.Hub;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Transaction;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.replication.Epoch;
import dev.lockstep.replication.TransactionSink;
import java.util.concurrent.CountDownLatch;

/// From the log to the feed; the channels are told when a new life of the log begins.
final class FeedSink implements TransactionSink {
    private final ChangeFeed feed;
    private final Hub hub;
    private final Lsn present;
    private final CountDownLatch begun = new CountDownLatch(1);

    /// @param present how far the database had got when the server started
    FeedSink(ChangeFeed feed, Hub hub, Lsn present) {
        this.feed = feed;
        this.hub = hub;
        this.present = present;
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
        Lsn held = feed.begin(name, start);
        if (!name.equals(before)) {
            hub.begin(present);
        }
        begun.countDown();
        return held;
    }

    @Override
    public void committed(Transaction transaction) throws InterruptedException {
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
