package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import dev.lockstep.data.schema.Relationship.Pair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Derives from foreign keys who reaches whom: each key in both directions, and many to many where
/// a relation's primary key holds two of them.
final class Relationships {
    private final Map<TableName, List<String>> primary;
    private final List<ForeignKey> keys = new ArrayList<>();
    private final Map<TableName, List<Relationship>> byOrigin = new HashMap<>();

    Relationships(Map<TableName, List<String>> primary) {
        this.primary = primary;
    }

    void add(ForeignKey key) {
        keys.add(key);
        List<Pair> pairs = pairs(key.columns(), key.targets());
        add(new Relationship.Direct(key.name(), key.from(), key.to(), pairs, true, true));
        add(
                new Relationship.Direct(
                        key.name(),
                        key.to(),
                        key.from(),
                        pairs(key.targets(), key.columns()),
                        false,
                        key.unique()));
    }

    void add(Relationship relationship) {
        byOrigin.computeIfAbsent(relationship.from(), _ -> new ArrayList<>()).add(relationship);
    }

    Map<TableName, List<Relationship>> all() {
        Map<TableName, List<ForeignKey>> byHolder = new HashMap<>();
        keys.forEach(key -> byHolder.computeIfAbsent(key.from(), _ -> new ArrayList<>()).add(key));
        byHolder.forEach(this::addJunctions);
        return byOrigin;
    }

    private void addJunctions(TableName holder, List<ForeignKey> held) {
        Set<String> key = Set.copyOf(primary.getOrDefault(holder, List.of()));
        for (ForeignKey near : held) {
            for (ForeignKey far : held) {
                boolean joins =
                        !near.name().equals(far.name())
                                && Stream.concat(near.columns().stream(), far.columns().stream())
                                        .allMatch(key::contains);
                if (joins) {
                    add(
                            new Relationship.Through(
                                    near.to(),
                                    holder,
                                    far.to(),
                                    near.name(),
                                    pairs(near.targets(), near.columns()),
                                    far.name(),
                                    pairs(far.columns(), far.targets())));
                }
            }
        }
    }

    private static List<Pair> pairs(List<String> own, List<String> other) {
        return IntStream.range(0, own.size())
                .mapToObj(i -> new Pair(own.get(i), other.get(i)))
                .toList();
    }
}
