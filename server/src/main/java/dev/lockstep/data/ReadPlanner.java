package dev.lockstep.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.TableName;
import dev.lockstep.data.ReadNode.Joined;
import dev.lockstep.data.ReadNode.Source;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.Relationship;
import dev.lockstep.data.schema.SchemaCache;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/// From a parsed query to a tree of reads: which relationship each embed means, what it is called
/// in the statement, and to which of them each condition, order and slice belongs. Pure.
final class ReadPlanner {
    /// Of PostgreSQL's 63 bytes some are left for a number.
    private static final int MAX_NAME = 50;

    private static final int MAX_EMBEDS = 200;

    private final SchemaCache cache;
    private final RestConfig config;
    private final Query query;
    private final RelationshipFinder finder;

    /// All paths that lead to something that was said, and where they pass.
    private final Set<List<String>> paths = new HashSet<>();

    private final Set<List<String>> visited = new HashSet<>();
    private int embeds;

    private ReadPlanner(SchemaCache cache, RestConfig config, Query query) {
        this.cache = cache;
        this.config = config;
        this.query = query;
        this.finder = new RelationshipFinder(cache);
        said().forEach(path -> {
            for (int i = 0; i <= path.size(); i++) {
                paths.add(List.copyOf(path.subList(0, i)));
            }
        });
    }

    /// @param table the relation whose rows these are, for embeds; nothing where no relation has
    ///   them
    /// @throws RestException where an embed is unknown or ambiguous, and where something is said of
    ///   what is not embedded
    static ReadNode plan(
            SchemaCache cache,
            RestConfig config,
            Query query,
            Source source,
            String alias,
            Optional<TableName> table) {
        ReadPlanner planner = new ReadPlanner(cache, config, query);
        ReadNode root =
                planner.node(
                        source,
                        alias,
                        table,
                        table.flatMap(cache::relation),
                        query.select(),
                        Set.of(List.of()));
        planner.refuseWhatIsNotEmbedded();
        return root;
    }

    private Stream<List<String>> said() {
        return Stream.of(query.conditions(), query.orders(), query.slices())
                .flatMap(map -> map.keySet().stream());
    }

    private void refuseWhatIsNotEmbedded() {
        said().filter(path -> !visited.contains(path))
                .findFirst()
                .ifPresent(path -> {
                    String stranger =
                            java.util.stream.IntStream.rangeClosed(1, path.size())
                                    .filter(i -> !visited.contains(path.subList(0, i)))
                                    .mapToObj(i -> path.get(i - 1))
                                    .findFirst()
                                    .orElse(path.getLast());
                    throw RestErrors.notEmbedded(stranger).thrown();
                });
    }

    private ReadNode node(
            Source source,
            String alias,
            Optional<TableName> table,
            Optional<ExposedRelation> relation,
            List<Selection> items,
            Set<List<String>> at) {
        visited.addAll(at);
        List<Selection.Value> values = new ArrayList<>();
        List<Joined> joins = new ArrayList<>();
        for (Selection item : items) {
            switch (item) {
                case Selection.Value value -> values.add(allowed(value));
                case Selection.Embed embed -> joins.add(join(embed, alias, table, at));
            }
        }
        List<Condition> conditions = new ArrayList<>();
        List<Sort> order = new ArrayList<>();
        Slice slice = Slice.ALL;
        for (List<String> path : at) {
            conditions.addAll(query.conditionsAt(path));
            order.addAll(query.orderAt(path));
            slice = slice.and(query.sliceAt(path));
        }
        ReadNode node =
                new ReadNode(
                        source, relation, alias, values, conditions, order, capped(slice), joins);
        order.forEach(sort -> sort.relation().ifPresent(to -> checkRelated(node, alias, to)));
        return node;
    }

    private void checkRelated(ReadNode node, String from, String to) {
        Joined joined = node.joined(to).orElseThrow(() -> RestErrors.notEmbedded(to).thrown());
        if (!joined.single()) {
            throw RestErrors.relatedOrder(from, to).thrown();
        }
    }

    private Selection.Value allowed(Selection.Value value) {
        if (value.aggregate().isPresent() && !config.aggregates()) {
            throw RestError.of(400, "PGRST123", "Use of aggregate functions is not allowed")
                    .thrown();
        }
        return value;
    }

    /// `max-rows` holds for embeds too.
    private Slice capped(Slice slice) {
        if (config.maxRows() == 0) {
            return slice;
        }
        long limit = slice.limit().orElse(Long.MAX_VALUE);
        return new Slice(OptionalLong.of(Math.min(limit, config.maxRows())), slice.offset());
    }

    private Joined join(
            Selection.Embed embed, String parent, Optional<TableName> table, Set<List<String>> at) {
        if (++embeds > MAX_EMBEDS) {
            throw RestError.of(
                            400,
                            "PGRST100",
                            "A request may embed at most " + MAX_EMBEDS + " relations")
                    .thrown();
        }
        TableName from = table.orElse(new TableName(cache.schemas().getFirst(), parent));
        Relationship relationship = finder.find(from, embed.target(), embed.hint());
        String alias = shortened(relationship.to().name()) + "_" + embeds;
        Set<List<String>> inside = new HashSet<>();
        for (List<String> path : at) {
            for (String name : List.of(embed.label(), embed.target())) {
                List<String> deeper = new ArrayList<>(path);
                deeper.add(name);
                if (paths.contains(deeper)) {
                    inside.add(List.copyOf(deeper));
                }
            }
        }
        ReadNode node =
                node(
                        new Source.Related(),
                        alias,
                        Optional.of(relationship.to()),
                        cache.relation(relationship.to()),
                        embed.items(),
                        inside);
        return new Joined(embed, relationship, alias + "_rows", node);
    }

    private static String shortened(String name) {
        String shorter = name;
        while (shorter.getBytes(UTF_8).length > MAX_NAME) {
            shorter = shorter.substring(0, shorter.offsetByCodePoints(shorter.length(), -1));
        }
        return shorter;
    }
}
