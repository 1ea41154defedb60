package dev.lockstep.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/// A refusal in the words of the protocol: four keys, always, in alphabetical order.
///
/// @param details JSON, or nothing for null
/// @param headers beside those that every refusal has
record RestError(
        int status,
        String code,
        String message,
        Optional<String> details,
        Optional<String> hint,
        Map<String, String> headers) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    static RestError of(int status, String code, String message) {
        return new RestError(status, code, message, Optional.empty(), Optional.empty(), Map.of());
    }

    RestError details(String text) {
        return detailsJson(quote(text));
    }

    RestError detailsJson(String json) {
        return new RestError(status, code, message, Optional.of(json), hint, headers);
    }

    RestError hint(String text) {
        return new RestError(status, code, message, details, Optional.of(text), headers);
    }

    RestError with(String header, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(header, value);
        return new RestError(status, code, message, details, hint, all);
    }

    RestException thrown() {
        return new RestException(this);
    }

    RestAnswer answer() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("content-type", "application/json; charset=utf-8");
        all.put("proxy-status", "PostgREST; error=" + code);
        all.putAll(headers);
        return new RestAnswer(status, all, json().getBytes(UTF_8));
    }

    private String json() {
        return "{\"code\":"
                + quote(code)
                + ",\"details\":"
                + details.orElse("null")
                + ",\"hint\":"
                + hint.map(RestError::quote).orElse("null")
                + ",\"message\":"
                + quote(message)
                + "}";
    }

    static String quote(String text) {
        return MAPPER.writeValueAsString(text);
    }
}
