package dev.lockstep.storage;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JSON that callers send, within bounds, and ours.
final class Json {
    private static final int MAX_BODY = 1 << 20;
    private static final int MAX_DEPTH = 50;
    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .build())
                                    .build())
                    .build();

    private Json() {}

    /// @throws StorageException when it is no JSON object, or larger than 1 MiB
    static JsonNode body(StorageRequest request) {
        byte[] bytes;
        try {
            bytes = request.body().readNBytes(MAX_BODY + 1);
        } catch (IOException e) {
            throw Intake.interrupted(e);
        }
        if (bytes.length > MAX_BODY) {
            throw new StorageError(
                            413,
                            "Payload too large",
                            "The request's JSON is larger than " + MAX_BODY + " bytes")
                    .thrown();
        }
        try {
            JsonNode body = MAPPER.readTree(bytes);
            if (body != null && body.isObject()) {
                return body;
            }
        } catch (JacksonException _) {
            // Answered below like every other text that is no object.
        }
        throw StorageError.invalid("InvalidRequest", "The body must be a JSON object");
    }

    /// An object that stands somewhere else than in the body.
    static Optional<JsonNode> object(String text) {
        try {
            return Optional.ofNullable(MAPPER.readTree(text)).filter(JsonNode::isObject);
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }

    static JsonNode row(String text) {
        return MAPPER.readTree(text);
    }

    static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    static Optional<String> text(JsonNode object, String name) {
        return Optional.ofNullable(object.get(name))
                .filter(JsonNode::isString)
                .map(JsonNode::stringValue);
    }

    /// @throws StorageException when it is missing or no text
    static String needed(JsonNode object, String name) {
        return text(object, name)
                .orElseThrow(() ->
                        StorageError.invalid(
                                "InvalidRequest",
                                "body must have the text property '" + name + "'"));
    }

    /// @throws StorageException when it is there and no whole number between the bounds
    static long number(JsonNode object, String name, long otherwise, long min, long max) {
        JsonNode value = object.get(name);
        if (value == null || value.isNull()) {
            return otherwise;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < min
                || value.longValue() > max) {
            throw StorageError.invalid(
                    "InvalidRequest",
                    "body/"
                            + name
                            + " is "
                            + value
                            + ": give a whole number from "
                            + min
                            + " to "
                            + max);
        }
        return value.longValue();
    }

    /// @throws StorageException when it is no list of 1 to `max` texts
    static List<String> texts(JsonNode object, String name, int max) {
        JsonNode value = object.get(name);
        if (value == null
                || !value.isArray()
                || value.isEmpty()
                || value.size() > max
                || !value.valueStream().allMatch(JsonNode::isString)) {
            throw StorageError.invalid(
                    "InvalidRequest", "body/" + name + " must be a list of 1 to " + max + " texts");
        }
        return value.valueStream().map(JsonNode::stringValue).toList();
    }

    static String error(StorageError error) {
        return write(
                Map.of(
                        "statusCode",
                        Integer.toString(error.status()),
                        "error",
                        error.error(),
                        "message",
                        error.message()));
    }
}
