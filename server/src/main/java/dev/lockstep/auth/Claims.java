package dev.lockstep.auth;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// A token's payload as values and as the text that was signed.
///
/// @param values without the claims that are null
record Claims(Map<String, Object> values, String json) {
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

    /// @throws tools.jackson.core.JacksonException when the bytes are no JSON object
    /// @throws IllegalArgumentException when they are the JSON `null`
    static Claims parse(byte[] payload) {
        Map<String, Object> values =
                MAPPER.readValue(payload, new TypeReference<HashMap<String, Object>>() {});
        if (values == null) {
            throw new IllegalArgumentException("no claims");
        }
        values.values().removeIf(Objects::isNull);
        return new Claims(values, new String(payload, StandardCharsets.UTF_8));
    }

    static byte[] write(Map<String, Object> claims) {
        return MAPPER.writeValueAsBytes(claims);
    }
}
