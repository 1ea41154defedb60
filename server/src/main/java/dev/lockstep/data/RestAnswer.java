package dev.lockstep.data;

import java.util.HashMap;
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

    /// The same with one more header.
    RestAnswer with(String name, String value) {
        Map<String, String> all = new HashMap<>(headers);
        all.put(name, value);
        return new RestAnswer(status, all, body);
    }

    /// What it takes in memory, roughly.
    public int bytes() {
        int sum = body.length;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            sum += 100 + header.getKey().length() + header.getValue().length();
        }
        return sum;
    }
}
