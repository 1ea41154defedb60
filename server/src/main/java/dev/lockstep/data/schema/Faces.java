package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Under which exposed relations each table shows itself: as itself, and through the views that
/// copy its columns, however many views lie between.
final class Faces {
    /// @param columns of the relation, by the number of the table's column that they show
    record Face(TableName relation, Map<Integer, String> columns) {
        /// The relation's names of the table's columns; nothing unless it shows them all.
        Optional<List<String>> names(List<Integer> numbers) {
            List<String> names = new ArrayList<>();
            for (Integer number : numbers) {
                String name = columns.get(number);
                if (name == null) {
                    return Optional.empty();
                }
                names.add(name);
            }
            return Optional.of(names);
        }
    }

    private static final int MAX_VIEWS_BETWEEN = 20;

    private final Map<Long, List<Face>> byTable = new HashMap<>();
    private final Map<Long, List<ViewLineage.Origin>> views;

    /// @param relations exposed ones by oid
    /// @param columns their columns' names by number
    Faces(
            Map<Long, TableName> relations,
            Map<Long, Map<Integer, String>> columns,
            Map<Long, List<ViewLineage.Origin>> views) {
        this.views = views;
        relations.forEach((oid, name) -> {
            Map<Integer, String> names = columns.getOrDefault(oid, Map.of());
            if (!views.containsKey(oid)) {
                add(oid, new Face(name, names));
            } else {
                shown(oid, names).forEach((table, shown) -> add(table, new Face(name, shown)));
            }
        });
    }

    List<Face> of(long table) {
        return byTable.getOrDefault(table, List.of());
    }

    private void add(long table, Face face) {
        byTable.computeIfAbsent(table, _ -> new ArrayList<>()).add(face);
    }

    private Map<Long, Map<Integer, String>> shown(long view, Map<Integer, String> names) {
        Map<Long, Map<Integer, String>> tables = new LinkedHashMap<>();
        for (ViewLineage.Origin origin : views.getOrDefault(view, List.of())) {
            String name = names.get(origin.column());
            base(origin)
                    .filter(_ -> name != null)
                    .ifPresent(base ->
                            tables.computeIfAbsent(base.table(), _ -> new HashMap<>())
                                    .putIfAbsent(base.tableColumn(), name));
        }
        return tables;
    }

    private Optional<ViewLineage.Origin> base(ViewLineage.Origin origin) {
        ViewLineage.Origin now = origin;
        for (int i = 0; i < MAX_VIEWS_BETWEEN; i++) {
            List<ViewLineage.Origin> inner = views.get(now.table());
            if (inner == null) {
                return Optional.of(now);
            }
            int wanted = now.tableColumn();
            Optional<ViewLineage.Origin> next =
                    inner.stream().filter(one -> one.column() == wanted).findFirst();
            if (next.isEmpty()) {
                return Optional.empty();
            }
            now = next.get();
        }
        return Optional.empty();
    }
}
