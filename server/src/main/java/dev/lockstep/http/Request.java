package dev.lockstep.http;

import dev.lockstep.channel.Handshake;
import dev.lockstep.core.Identity;
import dev.lockstep.wire.RawJson;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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
        return bearer().or(() -> header("apikey"));
    }

    /// The token of `Authorization: Bearer`.
    public Optional<String> bearer() {
        return header("authorization")
                .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
                .map(value -> value.substring(7).strip())
                .filter(value -> !value.isEmpty());
    }

    /// Its `x-` headers as a JSON object, which policies may read as `request.headers`.
    String xHeadersJson() {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().startsWith("x-"))
                .filter(header -> !header.getKey().equals("x-api-key"))
                .sorted(Map.Entry.comparingByKey())
                .map(h -> RawJson.quote(h.getKey()) + ":" + RawJson.quote(h.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    /// How its sender, whose token was verified, introduces itself.
    Handshake handshake(Identity from) {
        return new Handshake(from, token().orElse(""), xHeadersJson(), peer);
    }

    Request with(Map<String, String> routeParameters) {
        return new Request(id, method, path, peer, routeParameters, query, headers, body);
    }

    /// Without query, headers and body: tokens and tickets stand in them.
    @Override
    public String toString() {
        return "Request[" + id + " " + method + " " + path + "]";
    }
}
