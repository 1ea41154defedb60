package dev.lockstep.data;

import dev.lockstep.core.filter.FilterBounds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// From a query string to a [Query]. Pure.
final class QueryReader {
    private static final Pattern RANGE = Pattern.compile("(?:items=)?(\\d{1,18})-(\\d{0,18})");

    private final Map<List<String>, List<Condition>> conditions = new HashMap<>();
    private final Map<List<String>, List<Sort>> orders = new HashMap<>();
    private final Map<List<String>, OptionalLong> limits = new HashMap<>();
    private final Map<List<String>, Long> offsets = new HashMap<>();
    private final Map<String, List<String>> arguments = new LinkedHashMap<>();
    private int count;

    private QueryReader() {}

    /// @param call by GET: what is no condition is an argument
    static Query read(RestRequest request, boolean call) {
        QueryReader reader = new QueryReader();
        request.query()
                .forEach((name, values) -> {
                    reader.count += values.size();
                    if (reader.count > FilterBounds.MAX_TERMS) {
                        throw RestError.of(
                                        400,
                                        "PGRST100",
                                        "A request may have at most "
                                                + FilterBounds.MAX_TERMS
                                                + " parameters")
                                .thrown();
                    }
                    values.forEach(value -> reader.parameter(name, value, call));
                });
        Map<List<String>, Slice> slices = reader.slices();
        range(request).ifPresent(range -> slices.merge(List.of(), range, Slice::and));
        return new Query(
                SelectGrammar.parse(request.query("select").orElse("*")),
                reader.conditions,
                reader.orders,
                slices,
                request.query("columns").map(QueryReader::names),
                request.query("on_conflict").map(QueryReader::names),
                reader.arguments);
    }

    private void parameter(String name, String value, boolean call) {
        switch (name) {
            case "select", "columns", "on_conflict" -> {}
            case "order", "limit", "offset", "and", "or", "not.and", "not.or" ->
                    at(List.of(), name, value);
            default -> {
                boolean isArgument =
                        call
                                && name.indexOf('.') < 0
                                && !ConditionGrammar.startsWithOperator(value);
                if (isArgument) {
                    arguments.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
                } else {
                    condition(name, value);
                }
            }
        }
    }

    private void condition(String name, String value) {
        List<String> path = new ArrayList<>();
        Field field =
                QueryText.read(
                        "tree path",
                        name,
                        reader -> {
                            String last = reader.identifier();
                            while (reader.take('.')) {
                                path.add(last);
                                last = reader.identifier();
                                if (path.size() > FilterBounds.MAX_DEPTH) {
                                    throw reader.refused("the path is too long");
                                }
                            }
                            return reader.path(last);
                        });
        boolean plain = field.path().isEmpty() && !name.endsWith("\"");
        String last = field.column();
        if (plain && !path.isEmpty()) {
            switch (last) {
                case "order", "limit", "offset" -> {
                    at(List.copyOf(path), last, value);
                    return;
                }
                case "and", "or" -> {
                    boolean negated = path.getLast().equals("not");
                    List<String> to = negated ? path.subList(0, path.size() - 1) : path;
                    at(List.copyOf(to), negated ? "not." + last : last, value);
                    return;
                }
                default -> {}
            }
        }
        add(List.copyOf(path), ConditionGrammar.of(field, value));
    }

    private void at(List<String> path, String word, String value) {
        switch (word) {
            case "order" ->
                    orders.computeIfAbsent(path, _ -> new ArrayList<>()).addAll(Sort.parse(value));
            case "limit" -> limits.putIfAbsent(path, limit(value));
            case "offset" -> number(value).ifPresent(n -> offsets.putIfAbsent(path, n));
            default -> add(path, ConditionGrammar.logic(word, value));
        }
    }

    private void add(List<String> path, Condition condition) {
        conditions.computeIfAbsent(path, _ -> new ArrayList<>()).add(condition);
    }

    private static OptionalLong limit(String value) {
        Optional<Long> limit = number(value);
        if (limit.filter(n -> n < 0).isPresent()) {
            throw RestErrors.range("Limit should be greater than or equal to zero.").thrown();
        }
        return limit.map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    /// What is no number is as if it were not there, as in the reference.
    private static Optional<Long> number(String text) {
        return text.strip().matches("-?\\d{1,18}")
                ? Optional.of(Long.parseLong(text.strip()))
                : Optional.empty();
    }

    private Map<List<String>, Slice> slices() {
        Map<List<String>, Slice> slices = new HashMap<>();
        limits.forEach((path, limit) -> slices.put(path, new Slice(limit, 0)));
        offsets.forEach((path, offset) -> {
            if (offset < 0) {
                throw RestErrors.range("Offset should be greater than or equal to zero.").thrown();
            }
            OptionalLong limit = limits.getOrDefault(path, OptionalLong.empty());
            slices.put(path, new Slice(limit, offset));
        });
        return slices;
    }

    private static Optional<Slice> range(RestRequest request) {
        if (!request.method().equals("GET")) {
            return Optional.empty();
        }
        Matcher range = RANGE.matcher(request.header("range").orElse("").strip());
        if (!range.matches()) {
            return Optional.empty();
        }
        long from = Long.parseLong(range.group(1));
        if (range.group(2).isEmpty()) {
            return Optional.of(new Slice(OptionalLong.empty(), from));
        }
        long last = Long.parseLong(range.group(2));
        if (last < from) {
            throw RestErrors.range(
                            "The lower boundary must be lower than or equal to the upper boundary"
                                    + " in the Range header.")
                    .thrown();
        }
        return Optional.of(new Slice(OptionalLong.of(last - from + 1), from));
    }

    private static List<String> names(String text) {
        return QueryText.read(
                "columns parameter",
                text,
                reader -> {
                    List<String> names = new ArrayList<>();
                    if (reader.atEnd()) {
                        return names;
                    }
                    do {
                        String name = reader.identifier();
                        if (!names.contains(name)) {
                            names.add(name);
                        }
                    } while (reader.take(','));
                    return names;
                });
    }
}
