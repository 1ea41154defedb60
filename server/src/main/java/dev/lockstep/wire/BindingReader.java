package dev.lockstep.wire;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Reads one entry of `postgres_changes`. What the reference refuses at subscribe time is kept as
/// the binding's problem, in its words, because the join itself succeeds.
final class BindingReader {
    private static final Set<String> EVENTS = Set.of("INSERT", "UPDATE", "DELETE");
    private static final int MAX_SHOWN = 1_000;
    private static final String NO_TARGET =
            "No subscription params provided. Please provide at least a `schema` or `table` to"
                    + " subscribe to: ";
    private static final String BAD_SELECT =
            "Error parsing `select` params: expected a list of column name strings, e.g. select:"
                    + " [\"col1\", \"col2\"]";
    private static final String WILDCARD_SELECT =
            "Column selection is not supported for wildcard subscriptions. Provide an explicit"
                    + " schema and table name.";

    private BindingReader() {}

    /// @param json an object
    static ChangesBinding read(String json) {
        Map<String, String> entry = RawJson.members(json);
        // What a JavaScript client leaves undefined other SDKs send as null.
        entry.values().removeIf("null"::equals);
        Optional<String> schema = text(entry, "schema");
        Optional<String> table = text(entry, "table");
        Optional<String> filter = text(entry, "filter");
        Optional<List<String>> select = select(entry);
        return new ChangesBinding(
                json,
                text(entry, "event")
                        .map(event -> event.toUpperCase(Locale.ROOT))
                        .filter(EVENTS::contains)
                        .orElse("*"),
                schema,
                table,
                filter,
                select,
                problem(entry, schema, table, filter, select));
    }

    private static Optional<String> problem(
            Map<String, String> entry,
            Optional<String> schema,
            Optional<String> table,
            Optional<String> filter,
            Optional<List<String>> select) {
        boolean wrongType =
                entry.containsKey("schema") != schema.isPresent()
                        || entry.containsKey("table") != table.isPresent()
                        || entry.containsKey("filter") != filter.isPresent();
        boolean whole = schema.isPresent() && table.isPresent();
        boolean none = schema.isEmpty() && table.isEmpty();
        if (wrongType || none || filter.isPresent() && !whole) {
            return Optional.of(NO_TARGET + shown(entry));
        }
        if (entry.containsKey("select") && select.isEmpty()) {
            return Optional.of(BAD_SELECT);
        }
        boolean wildcard =
                schema.filter("*"::equals).or(() -> table.filter("*"::equals)).isPresent();
        return select.isPresent() && (wildcard || !whole)
                ? Optional.of(WILDCARD_SELECT)
                : Optional.empty();
    }

    private static Optional<List<String>> select(Map<String, String> entry) {
        String piece = entry.getOrDefault("select", "null");
        if (!RawJson.isArray(piece)) {
            return Optional.empty();
        }
        List<Optional<String>> names = RawJson.elements(piece).stream().map(RawJson::text).toList();
        return !names.isEmpty() && names.stream().allMatch(Optional::isPresent)
                ? Optional.of(names.stream().flatMap(Optional::stream).toList())
                : Optional.empty();
    }

    private static Optional<String> text(Map<String, String> entry, String name) {
        return RawJson.text(entry.getOrDefault(name, "null"));
    }

    private static String shown(Map<String, String> entry) {
        if (entry.values().stream().mapToInt(String::length).sum() > MAX_SHOWN) {
            return "%{...}";
        }
        return entry.containsKey("user_token") || entry.containsKey("auth_token")
                ? "<redacted>"
                : inspect(entry);
    }

    /// The reference prints its parameters as Elixir prints a map.
    private static String inspect(Map<String, String> members) {
        return new TreeMap<>(members)
                .entrySet().stream()
                        .map(e -> RawJson.quote(e.getKey()) + " => " + inspect(e.getValue()))
                        .collect(Collectors.joining(", ", "%{", "}"));
    }

    private static String inspect(String piece) {
        if (RawJson.isObject(piece)) {
            return inspect(RawJson.members(piece));
        }
        if (RawJson.isArray(piece)) {
            return RawJson.elements(piece).stream()
                    .map(BindingReader::inspect)
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        return piece.equals("null") ? "nil" : piece;
    }
}
