package dev.lockstep.http;

import dev.lockstep.channel.SessionFactory;
import java.util.concurrent.atomic.AtomicLong;

/// What every connection of one server shares.
///
/// @param requestIds the next request's number
record ServerParts(
        HttpConfig config,
        Answerer answerer,
        WebSocketEndpoint endpoint,
        SessionFactory sessions,
        ServerCounts counts,
        AtomicLong requestIds) {

    String nextRequestId() {
        return "r-" + Long.toString(requestIds.getAndIncrement() & Long.MAX_VALUE, 36);
    }
}
