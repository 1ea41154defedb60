package dev.lockstep.channel;

import java.util.concurrent.atomic.AtomicInteger;

/// What one user has of the server at the moment and has asked of it lately. Any thread.
final class Account {
    /// How many people this may be.
    final int people;

    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger feeds = new AtomicInteger();
    final Meter joins = new Meter();
    final Meter messages = new Meter();
    final Meter presence = new Meter();

    Account(int people) {
        this.people = people;
    }

    boolean isIdle(long now) {
        return connections.get() == 0
                && feeds.get() == 0
                && joins.isIdle(now)
                && messages.isIdle(now)
                && presence.isIdle(now);
    }
}
