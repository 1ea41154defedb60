package dev.lockstep.data;

import java.util.Map;

/// What is answered. `Content-Length` is the web server's to add.
///
/// @param headers by lower-case name
/// @param body as PostgreSQL made it, in UTF-8
public record RestAnswer(int status, Map<String, String> headers, byte[] body) {
    static final byte[] NOTHING = new byte[0];

    public RestAnswer {
        headers = Map.copyOf(headers);
    }
}
