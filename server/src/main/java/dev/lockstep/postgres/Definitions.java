package dev.lockstep.postgres;

import dev.lockstep.core.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What policies and views are made of besides tables.
///
/// @param routines by name, those of one name together
/// @param views what each view says
/// @param operators `schema.operator` outside `pg_catalog` that are always the same function of
///   their operands
public record Definitions(
        Map<String, List<Routine>> routines, Map<TableName, View> views, Set<String> operators) {
    public static final Definitions NONE = new Definitions(Map.of(), Map.of(), Set.of());

    /// @param text empty for materialised views, foreign tables and sequences, which change by
    ///   themselves
    /// @param terms as whom and by whom it may be read, in one text: to see that it changed
    public record View(String text, String terms) {}

    public Definitions {
        routines =
                routines.entrySet().stream()
                        .collect(
                                java.util.stream.Collectors.toUnmodifiableMap(
                                        Map.Entry::getKey, e -> List.copyOf(e.getValue())));
        views = Map.copyOf(views);
        operators = Set.copyOf(operators);
    }
}
