package dev.lockstep.http;

import java.util.LinkedHashMap;
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
    public Waiting with(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new Waiting(all, head, start);
    }

    /// What a HEAD request is told, with everything that is added.
    Response whole() {
        Response whole = head;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            whole = whole.with(header.getKey(), header.getValue());
        }
        return whole;
    }
}
