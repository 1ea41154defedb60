package dev.lockstep.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/// Takes JSON apart without rewriting it: every part is a piece of the sender's own text, because
/// clients compare what comes back with what they sent. Each call checks the whole text it is
/// given, so a piece is itself well-formed.
public final class RawJson {
    /// Deeper nesting is refused; nothing that the protocol names is deeper than 6.
    static final int MAX_DEPTH = 200;

    /// The largest inbound frame.
    static final int MAX_LENGTH = 5_000_000;

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(MAX_DEPTH)
                                    .maxStringLength(MAX_LENGTH)
                                    .build())
                    .build();

    private RawJson() {}

    /// The members of an object in the sender's order; of a repeated name the last counts.
    ///
    /// @throws MalformedFrameException when the text is no JSON object
    public static Map<String, String> members(String json) {
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser parser = open(json, JsonToken.START_OBJECT)) {
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                members.put(name, slice(json, parser));
            }
            end(parser);
        } catch (JacksonException e) {
            throw malformed(e);
        }
        return members;
    }

    /// @throws MalformedFrameException when the text is no JSON array
    public static List<String> elements(String json) {
        List<String> elements = new ArrayList<>();
        try (JsonParser parser = open(json, JsonToken.START_ARRAY)) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(slice(json, parser));
            }
            end(parser);
        } catch (JacksonException e) {
            throw malformed(e);
        }
        return elements;
    }

    /// Whether the text is exactly one JSON value.
    public static boolean isValue(String json) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() == null) {
                return false;
            }
            slice(json, parser);
            return parser.nextToken() == null;
        } catch (JacksonException _) {
            return false;
        }
    }

    /// For a well-formed piece: is it an object?
    public static boolean isObject(String piece) {
        return piece.startsWith("{");
    }

    /// For a well-formed piece: is it an array?
    public static boolean isArray(String piece) {
        return piece.startsWith("[");
    }

    /// The value of a piece that is a string; empty for anything else.
    public static Optional<String> text(String piece) {
        if (!piece.startsWith("\"")) {
            return Optional.empty();
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), piece)) {
            parser.nextToken();
            return Optional.of(parser.getString());
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /// A whole number, also one written as a string; empty for anything else.
    public static OptionalLong number(String piece) {
        String digits = text(piece).orElse(piece);
        try {
            return OptionalLong.of(Long.parseLong(digits.strip()));
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    /// A boolean, also one written as a string in any case; empty for anything else.
    public static Optional<Boolean> flag(String piece) {
        String word = text(piece).orElse(piece);
        if (word.equalsIgnoreCase("true")) {
            return Optional.of(true);
        }
        return word.equalsIgnoreCase("false") ? Optional.of(false) : Optional.empty();
    }

    /// The text as a JSON string, quotes included.
    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, quoted);
        return quoted.append('"').toString();
    }

    private static JsonParser open(String json, JsonToken first) {
        JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json);
        if (parser.nextToken() != first) {
            parser.close();
            throw new MalformedFrameException("expected " + first);
        }
        return parser;
    }

    private static void end(JsonParser parser) {
        if (parser.nextToken() != null) {
            throw new MalformedFrameException("more text after the message");
        }
    }

    private static String slice(String json, JsonParser parser) {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        parser.finishToken();
        parser.skipChildren();
        int end = (int) parser.currentLocation().getCharOffset();
        return json.substring(start, end);
    }

    private static MalformedFrameException malformed(JacksonException cause) {
        // The parser's own message quotes the text, which may hold a token.
        return new MalformedFrameException("not JSON: " + cause.getClass().getSimpleName());
    }
}
