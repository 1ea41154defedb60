package dev.lockstep.http;

import io.netty.channel.ChannelInboundHandlerAdapter;

/// A connection that its loop looks at every few seconds. One scan of all is cheaper than a timer
/// for each: an idle connection costs a list entry.
abstract class Watched extends ChannelInboundHandlerAdapter {
    /// The loop's own: where in its list this stands; -1 when nowhere.
    int place = -1;

    /// On the loop.
    ///
    /// @param now `System.nanoTime()`
    abstract void look(long now);

    /// On the loop: the server stops.
    abstract void stop();
}
