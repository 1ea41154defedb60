package dev.lockstep.data;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What was asked, as HTTP brought it.
///
/// @param id for the log
/// @param path below the API's root, decoded: one segment for a relation, `rpc` and one for a
///   function
/// @param query decoded, names in the order of their first coming
/// @param headers by lower-case name; repeated ones joined by `, `
public record RestRequest(
        String id,
        String method,
        List<String> path,
        Map<String, List<String>> query,
        Map<String, String> headers,
        byte[] body) {
    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
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

    /// `Authorization: Bearer`, else `apikey`; a bearer that is there and empty is a token.
    Optional<String> token() {
        return header("authorization")
                .filter(value -> value.toLowerCase(Locale.ROOT).startsWith("bearer"))
                .map(value -> value.substring("bearer".length()).strip())
                .or(() -> header("apikey").filter(key -> !key.isBlank()));
    }
}
