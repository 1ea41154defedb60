package dev.lockstep.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the query string says, parsed but not yet bound to anything. Paths lead through embeds; the
/// empty one is the relation itself.
///
/// @param arguments of a function that is called by GET
record Query(
        List<Selection> select,
        Map<List<String>, List<Condition>> conditions,
        Map<List<String>, List<Sort>> orders,
        Map<List<String>, Slice> slices,
        Optional<List<String>> columns,
        Optional<List<String>> onConflict,
        Map<String, List<String>> arguments) {
    List<Condition> conditionsAt(List<String> path) {
        return conditions.getOrDefault(path, List.of());
    }

    List<Sort> orderAt(List<String> path) {
        return orders.getOrDefault(path, List.of());
    }

    Slice sliceAt(List<String> path) {
        return slices.getOrDefault(path, Slice.ALL);
    }
}
