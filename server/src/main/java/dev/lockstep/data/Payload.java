package dev.lockstep.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// A JSON body as text, of which only the outline is known here: PostgreSQL reads the values.
///
/// @param array several objects
/// @param rows how many objects there are; 0 where the columns were named and nobody looked
/// @param keys of every object alike
record Payload(String json, boolean array, long rows, List<String> keys) {
    private static final int MAX_DEPTH = 200;
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                    .build();

    Payload {
        keys = List.copyOf(keys);
    }

    /// @param columns what the client says the keys are; then the body is passed on unread
    static Payload of(byte[] body, Optional<List<String>> columns) {
        String text = text(body);
        if (columns.isPresent()) {
            return new Payload(text, text.stripLeading().startsWith("["), 0, columns.get());
        }
        return outline(text);
    }

    /// Any JSON value, for a function that takes it as it is.
    static Payload whole(byte[] body) {
        String text = text(body);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            parser.nextToken();
            skip(parser);
            end(parser);
            return new Payload(text, text.stripLeading().startsWith("["), 1, List.of());
        } catch (JacksonException _) {
            throw invalid();
        }
    }

    private static String text(byte[] body) {
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            if (text.isBlank()) {
                throw invalid();
            }
            return text;
        } catch (CharacterCodingException _) {
            throw invalid();
        }
    }

    private static Payload outline(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_OBJECT) {
                Set<String> keys = keys(parser);
                end(parser);
                return new Payload(text, false, 1, List.copyOf(keys));
            }
            if (first != JsonToken.START_ARRAY) {
                throw invalid();
            }
            Optional<Set<String>> keys = Optional.empty();
            long rows = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() != JsonToken.START_OBJECT) {
                    throw invalid();
                }
                Set<String> these = keys(parser);
                if (keys.isPresent() && !keys.get().equals(these)) {
                    throw RestErrors.body("All object keys must match").thrown();
                }
                keys = Optional.of(these);
                rows++;
            }
            end(parser);
            return new Payload(text, true, rows, List.copyOf(keys.orElse(Set.of())));
        } catch (JacksonException _) {
            throw invalid();
        }
    }

    private static Set<String> keys(JsonParser parser) {
        Set<String> keys = new LinkedHashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            keys.add(parser.currentName());
            parser.nextToken();
            skip(parser);
        }
        return keys;
    }

    /// To the end of the value; an end that is missing is a refusal.
    private static void skip(JsonParser parser) {
        if (parser.currentToken() == null) {
            throw invalid();
        }
        parser.skipChildren();
    }

    private static void end(JsonParser parser) {
        if (parser.nextToken() != null) {
            throw invalid();
        }
    }

    private static RestException invalid() {
        return RestErrors.body("Empty or invalid json").thrown();
    }
}
