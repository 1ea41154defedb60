package dev.lockstep.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// What the whole server counts, and bounds by counting. Any thread.
final class ServerCounts {
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger webSockets = new AtomicInteger();
    final AtomicLong bodyBytes = new AtomicLong();
    final AtomicLong unfinishedBytes = new AtomicLong();
    final AtomicInteger uploads = new AtomicInteger();
    final AtomicInteger downloads = new AtomicInteger();
    final LongAdder malformed = new LongAdder();
    final LongAdder requests = new LongAdder();
}
