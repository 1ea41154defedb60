package dev.lockstep.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One HTTP request, received whole.
///
/// @param id for the answer and the log
/// @param path as sent, still percent-encoded, without the query
/// @param parameters what the route's `:names` stood for, decoded
/// @param query decoded; a name may come several times
/// @param peer where it comes from, without the port
/// @param headers by lower-case name; repeated ones joined by `, `
public record Request(
        String id,
        String method,
        String path,
        String peer,
        Map<String, String> parameters,
        Map<String, List<String>> query,
        Map<String, String> headers,
        byte[] body) {

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /// The first value of a query parameter.
    public Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name)).map(List::getFirst);
    }

    /// What a `:name` of the route stood for.
    ///
    /// @throws IllegalArgumentException when the route has no such name
    public String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no :" + name);
        }
        return value;
    }

    /// The token or key that the request speaks with: `Authorization: Bearer`, else `apikey`.
    public Optional<String> token() {
        return header("authorization")
                .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
                .map(value -> value.substring(7).strip())
                .filter(value -> !value.isEmpty())
                .or(() -> header("apikey"));
    }

    Request with(Map<String, String> routeParameters) {
        return new Request(id, method, path, peer, routeParameters, query, headers, body);
    }
}
