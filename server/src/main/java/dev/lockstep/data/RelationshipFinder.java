package dev.lockstep.data;

import dev.lockstep.core.TableName;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.Relationship;
import dev.lockstep.data.schema.Relationship.Computed;
import dev.lockstep.data.schema.Relationship.Direct;
import dev.lockstep.data.schema.Relationship.Pair;
import dev.lockstep.data.schema.Relationship.Through;
import dev.lockstep.data.schema.SchemaCache;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Which way an embed means, by the reference's rules: the target is a relation, a constraint or a
/// column that refers; the hint a constraint, a column of either side or a junction.
final class RelationshipFinder {
    private final SchemaCache cache;

    RelationshipFinder(SchemaCache cache) {
        this.cache = cache;
    }

    /// @throws RestException with PGRST200 for none, PGRST201 for several
    Relationship find(TableName from, String target, Optional<String> hint) {
        List<Relationship> near =
                cache.from(from).stream()
                        .filter(one -> one.to().schema().equals(from.schema()))
                        .toList();
        List<Relationship> fitting = near.stream().filter(one -> fits(one, target, hint)).toList();
        Optional<Relationship> computed =
                fitting.stream().filter(one -> one instanceof Computed).findFirst();
        if (computed.isPresent()) {
            return computed.get();
        }
        if (fitting.size() > 1) {
            throw ambiguous(from, target, fitting).thrown();
        }
        if (fitting.isEmpty()) {
            throw RestErrors.notRelated(
                            from,
                            target,
                            hint,
                            near.stream().map(one -> one.to().name()).distinct().toList())
                    .thrown();
        }
        return fitting.getFirst();
    }

    private boolean fits(Relationship one, String target, Optional<String> hint) {
        return switch (one) {
            case Computed computed -> computed.function().name().equals(target);
            case Direct direct ->
                    direct.from().equals(direct.to())
                            ? fitsSelf(direct, target, hint)
                            : fitsDirect(direct, target, hint);
            case Through through ->
                    through.to().name().equals(target)
                            && hint.map(h ->
                                            h.equals(through.junction().name())
                                                    || h.equals(through.nearConstraint())
                                                    || h.equals(through.farConstraint()))
                                    .orElse(true);
        };
    }

    private boolean fitsDirect(Direct one, String target, Optional<String> hint) {
        boolean isTable = one.to().name().equals(target);
        return hint.map(h ->
                        isTable
                                && (one.constraint().equals(h)
                                        || h.equals(own(one))
                                        || h.equals(other(one))))
                .orElseGet(() ->
                        isTable
                                || !isView(one.to())
                                        && (one.constraint().equals(target)
                                                || target.equals(own(one))));
    }

    /// A constraint or a column means the table that it refers to, not the views of it.
    private boolean isView(TableName name) {
        return cache.relation(name).map(ExposedRelation::view).orElse(false);
    }

    /// One key makes two relationships here: the table's name means the rows that refer to this
    /// one, the column's name the one that this refers to.
    private static boolean fitsSelf(Direct one, String target, Optional<String> hint) {
        boolean isTable = one.to().name().equals(target);
        return hint.map(h ->
                        isTable
                                && !one.outward()
                                && (h.equals(other(one)) || h.equals(one.constraint())))
                .orElse(
                        isTable && !one.outward()
                                || one.outward()
                                        && (target.equals(own(one))
                                                || target.equals(one.constraint())));
    }

    private static String own(Direct one) {
        return one.pairs().size() == 1 ? one.pairs().getFirst().own() : "";
    }

    private static String other(Direct one) {
        return one.pairs().size() == 1 ? one.pairs().getFirst().other() : "";
    }

    private static RestError ambiguous(TableName from, String target, List<Relationship> all) {
        String hints =
                all.stream()
                        .map(one -> "'" + target + "!" + hint(one) + "'")
                        .collect(Collectors.joining(", "));
        return RestError.of(
                        300,
                        "PGRST201",
                        "Could not embed because more than one relationship was found for '%s' and '%s'"
                                .formatted(from.name(), target))
                .detailsJson(
                        all.stream()
                                .map(RelationshipFinder::describe)
                                .collect(Collectors.joining(",", "[", "]")))
                .hint(
                        "Try changing '%s' to one of the following: %s. Find the desired relationship in the 'details' key."
                                .formatted(target, hints));
    }

    private static String hint(Relationship one) {
        return switch (one) {
            case Direct direct -> direct.constraint();
            case Through through -> through.junction().name();
            case Computed computed -> computed.function().name();
        };
    }

    private static String describe(Relationship one) {
        return switch (one) {
            case Direct direct ->
                    description(
                            direct.outward()
                                    ? "many-to-one"
                                    : (direct.single() ? "one-to-one" : "one-to-many"),
                            one,
                            "%s using %s(%s) and %s(%s)"
                                    .formatted(
                                            direct.constraint(),
                                            direct.from().name(),
                                            owns(direct.pairs()),
                                            direct.to().name(),
                                            others(direct.pairs())));
            case Through through ->
                    description(
                            "many-to-many",
                            one,
                            "%s using %s(%s) and %s(%s)"
                                    .formatted(
                                            through.junction().name(),
                                            through.nearConstraint(),
                                            others(through.near()),
                                            through.farConstraint(),
                                            owns(through.far())));
            case Computed computed -> description("computed", one, computed.function().toString());
        };
    }

    private static String description(String cardinality, Relationship one, String relationship) {
        return "{\"cardinality\":%s,\"embedding\":%s,\"relationship\":%s}"
                .formatted(
                        RestError.quote(cardinality),
                        RestError.quote(one.from().name() + " with " + one.to().name()),
                        RestError.quote(relationship));
    }

    private static String owns(List<Pair> pairs) {
        return pairs.stream().map(Pair::own).collect(Collectors.joining(", "));
    }

    private static String others(List<Pair> pairs) {
        return pairs.stream().map(Pair::other).collect(Collectors.joining(", "));
    }
}
