package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpRequest;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// From the web server's request to ours.
final class RequestReader {
    private RequestReader() {}

    /// @throws IllegalArgumentException when the query is not properly percent-encoded
    static Request read(String id, String peer, HttpRequest head, byte[] body) {
        String target = target(head.uri());
        int question = target.indexOf('?');
        return new Request(
                id,
                head.method().name(),
                path(head.uri()),
                peer,
                Map.of(),
                question < 0 ? Map.of() : query(target.substring(question + 1)),
                headers(head),
                body);
    }

    /// The path of a request's target, still percent-encoded.
    static String path(String uri) {
        String target = target(uri);
        int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    /// Clients of proxies send the whole address (RFC 9112 §3.2.2).
    private static String target(String uri) {
        if (uri.startsWith("/")) {
            return uri;
        }
        int authority = uri.indexOf("://");
        int path = authority < 0 ? -1 : uri.indexOf('/', authority + 3);
        return authority < 0 ? uri : path < 0 ? "/" : uri.substring(path);
    }

    private static Map<String, List<String>> query(String text) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        for (String pair : text.split("&")) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                query.computeIfAbsent(URLDecoder.decode(name, UTF_8), _ -> new ArrayList<>())
                        .add(URLDecoder.decode(value, UTF_8));
            }
        }
        return query;
    }

    private static Map<String, String> headers(HttpRequest head) {
        Map<String, String> headers = new HashMap<>();
        head.headers()
                .forEach(header ->
                        headers.merge(
                                header.getKey().toLowerCase(Locale.ROOT),
                                header.getValue(),
                                (first, second) -> first + ", " + second));
        return headers;
    }
}
