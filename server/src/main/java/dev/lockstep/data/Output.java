package dev.lockstep.data;

import dev.lockstep.data.ReadNode.Joined;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One column of a SELECT list, as a [ReadNode] asks for it.
sealed interface Output {
    /// All columns as they are.
    record Star() implements Output {}

    record Column(Selection.Value value) implements Output {}

    record Embedded(Joined joined) implements Output {}

    record Spread(Joined joined, Optional<String> label) implements Output {}

    record Filler() implements Output {}

    /// All of a node; at least one, since what has no column has no row type to print.
    static List<Output> of(ReadNode node) {
        List<Output> outputs = new ArrayList<>();
        for (Selection.Value value : node.values()) {
            if (value.field().isStar()) {
                star(node, outputs);
            } else {
                outputs.add(new Output.Column(value));
            }
        }
        for (Joined joined : node.joins()) {
            if (!isEmpty(joined.node())) {
                if (!joined.embed().spread()) {
                    outputs.add(new Output.Embedded(joined));
                } else if (joined.single()) {
                    outputs.add(new Output.Spread(joined, Optional.empty()));
                } else {
                    labels(joined.node())
                            .forEach(label ->
                                    outputs.add(new Output.Spread(joined, Optional.of(label))));
                }
            }
        }
        if (outputs.isEmpty()) {
            outputs.add(new Output.Filler());
        }
        return outputs;
    }

    private static void star(ReadNode node, List<Output> outputs) {
        boolean oneByOne =
                node.relation().isPresent()
                        && (node.hasAggregates() || node.relation().get().hasIndirect());
        if (oneByOne) {
            node.relation().get().columns().keySet().stream()
                    .map(Output::plain)
                    .forEach(value -> outputs.add(new Output.Column(value)));
        } else {
            outputs.add(new Output.Star());
        }
    }

    private static Selection.Value plain(String column) {
        return new Selection.Value(
                new Field(column, List.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static boolean isEmpty(ReadNode node) {
        return node.values().isEmpty() && node.joins().stream().allMatch(j -> isEmpty(j.node()));
    }

    /// What the columns of its answer are called.
    static List<String> labels(ReadNode node) {
        List<String> labels = new ArrayList<>();
        for (Selection.Value value : node.values()) {
            if (value.field().isStar()) {
                node.relation().ifPresent(known -> labels.addAll(known.columns().keySet()));
            } else {
                labels.add(value.label().orElse(value.field().column()));
            }
        }
        for (Joined joined : node.joins()) {
            if (!isEmpty(joined.node())) {
                if (joined.embed().spread()) {
                    labels.addAll(labels(joined.node()));
                } else {
                    labels.add(joined.embed().label());
                }
            }
        }
        return labels.stream().distinct().toList();
    }
}
