package dev.lockstep.match;

import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.match.Branch.Between;
import dev.lockstep.match.Branch.OneOf;
import dev.lockstep.match.Ordering.NumberReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A filter as a disjunction of branches, of which one must hold for the filter to be true. NOT is
/// pushed down to the terms. The expansion is bounded: beyond it a branch says less than it could,
/// never more.
final class Branches {
    /// At most so many branches of one filter.
    private static final int MOST = 16;

    private static final List<Branch> ALWAYS = List.of(Branch.FREE);
    private static final List<Branch> NEVER = List.of();

    /// Branches by how well they can be found: worst those that every row must be tested for, then
    /// those that need no value, then many.
    private static final Comparator<List<Branch>> BEST_FIRST =
            Comparator.comparingLong(
                            (List<Branch> some) -> some.stream().filter(Branch::isFree).count())
                    .thenComparingLong(
                            some -> some.stream().filter(b -> b.values().isEmpty()).count())
                    .thenComparingInt(List::size);

    private final Relation relation;

    private Branches(Relation relation) {
        this.relation = relation;
    }

    /// None where the filter is never true.
    static List<Branch> of(Node node, Relation relation) {
        return new Branches(relation).when(node, true);
    }

    private List<Branch> when(Node node, boolean wanted) {
        return switch (node) {
            case Node.Constant(var truth) -> truth == Truth.of(wanted) ? ALWAYS : NEVER;
            case Node.Asked _ -> ALWAYS;
            case Node.Not(var part) -> when(part, !wanted);
            case Node.All all -> wanted ? every(all.parts(), true) : some(all.parts(), false);
            case Node.Any any -> wanted ? some(any.parts(), true) : every(any.parts(), false);
            case Node.Term term -> List.of(branch(term, wanted));
        };
    }

    private List<Branch> every(List<Node> parts, boolean wanted) {
        List<List<Branch>> all = new ArrayList<>(parts.size());
        for (Node part : parts) {
            all.add(when(part, wanted));
        }
        // The expansion should not be used up before the best of them had their turn.
        all.sort(BEST_FIRST);
        List<Branch> together = ALWAYS;
        for (List<Branch> branches : all) {
            together = both(together, branches);
        }
        return together;
    }

    private static List<Branch> both(List<Branch> some, List<Branch> others) {
        if (some.size() * others.size() > MOST) {
            return BEST_FIRST.compare(some, others) <= 0 ? some : others;
        }
        List<Branch> both = new ArrayList<>(some.size() * others.size());
        for (Branch one : some) {
            for (Branch other : others) {
                both.add(one.and(other));
            }
        }
        return both;
    }

    private List<Branch> some(List<Node> parts, boolean wanted) {
        List<Branch> any = new ArrayList<>();
        for (Node part : parts) {
            for (Branch branch : when(part, wanted)) {
                if (branch.isFree()) {
                    return ALWAYS;
                }
                add(any, branch);
            }
        }
        return any.size() > MOST ? ALWAYS : any;
    }

    /// `a = 1 OR a = 2` is one branch.
    private static void add(List<Branch> any, Branch branch) {
        OneOf values = alone(branch);
        for (int i = 0; values != null && i < any.size(); i++) {
            OneOf there = alone(any.get(i));
            if (there != null && there.column() == values.column()) {
                any.set(i, new Branch(List.of(there.or(values))));
                return;
            }
        }
        any.add(branch);
    }

    private static @Nullable OneOf alone(Branch branch) {
        return branch.needed().size() == 1 && branch.needed().getFirst() instanceof OneOf values
                ? values
                : null;
    }

    private Branch branch(Node.Term term, boolean wanted) {
        boolean orNull = term.onNull() == Truth.of(wanted);
        Column column = relation.columns().get(term.column());
        return switch (term.value().reach(wanted)) {
            case Reach.Anything _ -> Branch.FREE;
            case Reach.Values(var values) -> {
                NumberReader hash = Keys.hashes(column);
                long[] hashes = new long[values.size() + (orNull ? 1 : 0)];
                for (int i = 0; i < values.size(); i++) {
                    byte[] value = values.get(i);
                    hashes[i] = hash.read(value, 0, value.length);
                }
                if (orNull) {
                    hashes[values.size()] = Keys.NULL;
                }
                yield new Branch(List.of(OneOf.of(term.column(), hashes)));
            }
            case Reach.Span span ->
                    orNull
                            ? Branch.FREE
                            : new Branch(List.of(between(term.column(), column, span)));
        };
    }

    /// An end that is left out is left out here too where no other value shares its rank: of a
    /// million that ask for `quantity > 0`, none should be tested for 0.
    private static Between between(int place, Column column, Reach.Span span) {
        byte[] end = span.end();
        long rank = Keys.ranks(column).read(end, 0, end.length);
        boolean without = span.without() && Keys.isExact(column, rank);
        return switch (span.side()) {
            case FROM ->
                    new Between(
                            place,
                            without && rank < Long.MAX_VALUE ? rank + 1 : rank,
                            Long.MAX_VALUE);
            case TO ->
                    new Between(
                            place,
                            Long.MIN_VALUE,
                            without && rank > Long.MIN_VALUE ? rank - 1 : rank);
        };
    }
}
