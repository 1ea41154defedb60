package dev.lockstep.http;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// An answer that is made while its connection waits for it.
///
/// @param headers what every answer carries that comes of it
/// @param head what a HEAD request is told
/// @param start makes the exchange, on the connection's loop
record Waiting(Map<String, String> headers, Response head, Function<Line, Exchange> start)
        implements Answer {
    Waiting {
        headers = Map.copyOf(headers);
    }

    Waiting(Response head, Function<Line, Exchange> start) {
        this(Map.of(), head, start);
    }

    @Override
    public int status() {
        return head.status();
    }

    @Override
    public Waiting with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(headers);
        all.putAll(more);
        return new Waiting(all, head, start);
    }

    /// What a HEAD request is told, with everything that is added.
    Response whole() {
        return head.with(headers);
    }
}
