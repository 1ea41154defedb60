package dev.lockstep.data;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a function said of the answer: `response.status` and `response.headers`.
///
/// @param headers by lower-case name; of one that is repeated the last counts
record ResponseSettings(Optional<Integer> status, Map<String, String> headers) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /// How an answer is carried is the web server's to say.
    private static final Set<String> FRAMING =
            Set.of("content-length", "transfer-encoding", "connection", "upgrade", "trailer", "te");

    static ResponseSettings of(@Nullable String headers, @Nullable String status) {
        return new ResponseSettings(
                Optional.ofNullable(status).map(ResponseSettings::status),
                headers == null ? Map.of() : headers(headers));
    }

    private static int status(String text) {
        if (!text.matches("[2-5]\\d\\d")) {
            throw RestError.of(500, "PGRST112", "response.status guc must be a valid status code")
                    .thrown();
        }
        return Integer.parseInt(text);
    }

    private static Map<String, String> headers(String json) {
        Map<String, String> headers = new LinkedHashMap<>();
        try {
            JsonNode all = MAPPER.readTree(json);
            if (!all.isArray()) {
                throw malformed();
            }
            for (JsonNode one : all) {
                if (!one.isObject() || one.size() != 1) {
                    throw malformed();
                }
                Map.Entry<String, JsonNode> header = one.properties().iterator().next();
                if (!header.getValue().isString()
                        || !checked(header.getKey(), header.getValue().asString())) {
                    throw malformed();
                }
                headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue().asString());
            }
            return headers;
        } catch (JacksonException _) {
            throw malformed();
        }
    }

    /// Whether it can stand in a response's head without ending it.
    static boolean checked(String name, String value) {
        return !FRAMING.contains(name.toLowerCase(Locale.ROOT))
                && name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
                && value.chars()
                        .allMatch(c -> c == '\t' || c >= ' ' && c < 127 || c > 159 && c < 256);
    }

    private static RestException malformed() {
        return RestError.of(
                        500,
                        "PGRST111",
                        "response.headers guc must be a JSON array composed of objects with a single"
                                + " key and a string value")
                .thrown();
    }
}
