package dev.lockstep.data;

import dev.lockstep.cache.Bypass;
import dev.lockstep.core.TableName;
import dev.lockstep.data.ReadNode.Joined;
import dev.lockstep.data.schema.ExposedFunction;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.Relationship;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// What a planned read names: for who wants to know on what its answer stands. Pure.
///
/// @param relations that it selects from
/// @param functions `schema.name` that it calls
/// @param attributes that are no columns of their relation: functions of its rows
/// @param obstacle why its answer depends on more than these
record Uses(
        Set<TableName> relations,
        Set<String> functions,
        Set<String> attributes,
        Optional<Bypass> obstacle) {

    /// Words that PostgreSQL reads as another moment each time, wherever it expects a time.
    private static final Pattern MOMENT =
            Pattern.compile(
                    "(?<!\\p{Alpha})(?:now|today|tomorrow|yesterday)(?!\\p{Alpha})",
                    Pattern.CASE_INSENSITIVE);

    /// Casts that depend on the value alone.
    private static final Set<String> STEADY =
            Set.of(
                    "text",
                    "varchar",
                    "bpchar",
                    "int",
                    "int2",
                    "int4",
                    "int8",
                    "integer",
                    "smallint",
                    "bigint",
                    "numeric",
                    "decimal",
                    "float4",
                    "float8",
                    "real",
                    "double precision",
                    "bool",
                    "boolean",
                    "json",
                    "jsonb",
                    "uuid");

    Uses {
        relations = Set.copyOf(relations);
        functions = Set.copyOf(functions);
        attributes = Set.copyOf(attributes);
    }

    /// @param statement that was made of it
    static Uses of(ReadNode node, Sql.Statement statement) {
        Gathering gathering = new Gathering();
        gathering.node(node);
        boolean moment =
                statement.parameters().stream()
                        .anyMatch(value -> value != null && MOMENT.matcher(value).find());
        if (moment) {
            gathering.obstacles.addFirst(Bypass.MOMENT);
        }
        return gathering.made();
    }

    /// The same, of what this function gives.
    Uses calling(ExposedFunction function) {
        Set<String> all = new TreeSet<>(functions);
        all.add(qualified(function.name()));
        return new Uses(
                relations,
                all,
                attributes,
                function.changesData() ? Optional.of(Bypass.FUNCTION) : obstacle);
    }

    /// The same, where the answer has an estimate in it.
    Uses estimating() {
        return new Uses(relations, functions, attributes, Optional.of(Bypass.ESTIMATE));
    }

    private static String qualified(TableName function) {
        return function.schema() + "." + function.name();
    }

    private static final class Gathering {
        private final Set<TableName> relations =
                new TreeSet<>(java.util.Comparator.comparing(TableName::toString));
        private final Set<String> functions = new TreeSet<>();
        private final Set<String> attributes = new TreeSet<>();
        private final List<Bypass> obstacles = new ArrayList<>();

        Uses made() {
            return new Uses(relations, functions, attributes, obstacles.stream().findFirst());
        }

        void node(ReadNode node) {
            if (node.source() instanceof ReadNode.Source.Table(var name)) {
                relations.add(name);
            }
            for (Selection.Value value : node.values()) {
                field(node, value.field());
                value.cast().ifPresent(this::cast);
                value.aggregateCast().ifPresent(this::cast);
            }
            node.conditions().forEach(condition -> condition(node, condition));
            for (Sort sort : node.order()) {
                ReadNode of = sort.relation().flatMap(node::joined).map(Joined::node).orElse(node);
                field(of, sort.field());
            }
            for (Joined joined : node.joins()) {
                relationship(joined.relationship());
                node(joined.node());
            }
        }

        private void relationship(Relationship relationship) {
            switch (relationship) {
                case Relationship.Direct direct -> relations.add(direct.to());
                case Relationship.Through through -> {
                    relations.add(through.junction());
                    relations.add(through.to());
                }
                case Relationship.Computed computed ->
                        functions.add(qualified(computed.function()));
            }
        }

        private void condition(ReadNode node, Condition condition) {
            switch (condition) {
                case Condition.Logic(_, _, var parts) ->
                        parts.forEach(part -> condition(node, part));
                case Condition.Test(var field, _, _) -> field(node, field);
            }
        }

        private void field(ReadNode node, Field field) {
            String name = field.column();
            if (name.isEmpty() || field.isStar() || node.joined(name).isPresent()) {
                return;
            }
            Optional<ExposedRelation> relation = node.relation();
            if (relation.isEmpty()) {
                obstacles.add(Bypass.FUNCTION); // which of its names are columns is not known
            } else if (relation.get().column(name).isEmpty()) {
                attributes.add(name);
            }
        }

        private void cast(String type) {
            if (!STEADY.contains(type.toLowerCase(Locale.ROOT))) {
                obstacles.add(Bypass.FUNCTION);
            }
        }
    }
}
