package dev.lockstep.wire;

import java.util.List;
import java.util.Optional;

/// One entry of a join's `postgres_changes`.
///
/// @param json the entry as the client wrote it (keys, values and order), to be echoed with an id
/// @param schema as the client wrote it; a table without a schema means `public`
/// @param event upper case; `*` when absent or unknown
/// @param problem the reference's words when `filter` or `select` has a wrong type, or no target is
///   named
public record ChangesBinding(
        String json,
        String event,
        Optional<String> schema,
        Optional<String> table,
        Optional<String> filter,
        Optional<List<String>> select,
        Optional<String> problem) {

    /// The echo in a join reply: the entry's own text with `"id":id` added at its end.
    public String echo(int id) {
        String body = json.substring(0, json.lastIndexOf('}')).stripTrailing();
        return body + (body.endsWith("{") ? "" : ",") + "\"id\":" + id + "}";
    }
}
