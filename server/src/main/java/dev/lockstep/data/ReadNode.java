package dev.lockstep.data;

import dev.lockstep.core.TableName;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.Relationship;
import java.util.List;
import java.util.Optional;

/// A planned read of one relation, with what is joined to it.
///
/// @param relation what the schema cache knows of it; nothing for rows of a function whose shape is
///   its own
/// @param alias its name in the statement; also what PostgreSQL's messages call it
record ReadNode(
        Source source,
        Optional<ExposedRelation> relation,
        String alias,
        List<Selection.Value> values,
        List<Condition> conditions,
        List<Sort> order,
        Slice slice,
        List<Joined> joins) {
    ReadNode {
        values = List.copyOf(values);
        conditions = List.copyOf(conditions);
        order = List.copyOf(order);
        joins = List.copyOf(joins);
    }

    /// Where rows come from.
    sealed interface Source {
        record Table(TableName name) implements Source {}

        /// A part of the same statement that went before.
        record Before(String name) implements Source {}

        /// What the relationship to the parent says.
        record Related() implements Source {}
    }

    /// @param rows the name of the joined rows in the statement
    record Joined(Selection.Embed embed, Relationship relationship, String rows, ReadNode node) {
        boolean single() {
            return relationship.single();
        }

        boolean inner() {
            return embed.join() == Selection.Join.INNER;
        }
    }

    Optional<Joined> joined(String label) {
        return joins.stream()
                .filter(join ->
                        join.embed().label().equals(label) || join.embed().target().equals(label))
                .findFirst();
    }

    boolean hasAggregates() {
        return values.stream().anyMatch(value -> value.aggregate().isPresent());
    }

    ReadNode sliced(Slice other) {
        return new ReadNode(source, relation, alias, values, conditions, order, other, joins);
    }

    ReadNode unfiltered() {
        return new ReadNode(source, relation, alias, values, List.of(), order, Slice.ALL, joins);
    }
}
