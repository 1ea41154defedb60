package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.Map;

/// One HTTP answer. `Content-Length` is the server's to add.
public record Response(int status, Map<String, String> headers, byte[] body) implements Answer {
    public Response {
        headers = Map.copyOf(headers);
    }

    public static Response empty(int status) {
        return new Response(status, Map.of(), new byte[0]);
    }

    /// @param json JSON text
    public static Response json(int status, String json) {
        return new Response(
                status,
                Map.of("content-type", "application/json; charset=utf-8"),
                json.getBytes(UTF_8));
    }

    @Override
    public Response with(String name, String value) {
        return with(Map.of(name, value));
    }

    @Override
    public Response with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(headers);
        all.putAll(more);
        return new Response(status, all, body);
    }
}
