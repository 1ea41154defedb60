package dev.lockstep.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.storage.blob.BlobBody;
import java.util.HashMap;
import java.util.Map;

/// What a request comes to.
public sealed interface StorageAnswer {
    int status();

    Map<String, String> headers();

    /// Whole; its body may be empty.
    record Text(int status, Map<String, String> headers, byte[] body) implements StorageAnswer {
        static Text json(int status, String json) {
            return new Text(
                    status,
                    Map.of("content-type", "application/json; charset=utf-8"),
                    json.getBytes(UTF_8));
        }

        Text with(String header, String value) {
            Map<String, String> all = new HashMap<>(headers);
            all.put(header, value);
            return new Text(status, Map.copyOf(all), body);
        }

        static Text message(String words) {
            return json(200, Json.write(Map.of("message", words)));
        }
    }

    /// A file, or a part of one. Whoever sends it closes it.
    record Content(int status, Map<String, String> headers, BlobBody body)
            implements StorageAnswer {}
}
