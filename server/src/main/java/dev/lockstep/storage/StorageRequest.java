package dev.lockstep.storage;

import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One request below `/storage/v1`.
///
/// @param id for the log
/// @param path decoded, one entry for each segment below the root
/// @param token of the caller, if any
/// @param headers by lower-case name
/// @param xHeadersJson its `x-` headers, for policies
/// @param body as it comes
public record StorageRequest(
        String id,
        String method,
        List<String> path,
        Map<String, List<String>> query,
        Map<String, String> headers,
        Optional<String> token,
        String xHeadersJson,
        InputStream body) {

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name)).map(List::getFirst);
    }

    boolean isRead() {
        return method.equals("GET") || method.equals("HEAD");
    }

    boolean isHead() {
        return method.equals("HEAD");
    }

    /// The path from one segment on, as one name.
    String rest(int from) {
        return String.join("/", path.subList(Math.min(from, path.size()), path.size()));
    }

    /// Without what may hold tokens.
    @Override
    public String toString() {
        return "StorageRequest[" + id + " " + method + "]";
    }
}
