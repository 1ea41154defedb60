package dev.lockstep.match;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a row must hold for one branch of a filter to be true: of each column at most one thing. Of
/// what the index cannot look for it says nothing.
record Branch(List<Needed> needed) {
    /// Asks for nothing, so that every row must be tested.
    static final Branch FREE = new Branch(List.of());

    /// What is needed of one column.
    sealed interface Needed {
        int column();
    }

    /// Its hash is one of these, which stand in order and differ.
    record OneOf(int column, long[] hashes) implements Needed {
        static OneOf of(int column, long[] hashes) {
            return new OneOf(column, Arrays.stream(hashes).sorted().distinct().toArray());
        }

        OneOf or(OneOf other) {
            long[] both = Arrays.copyOf(hashes, hashes.length + other.hashes.length);
            System.arraycopy(other.hashes, 0, both, hashes.length, other.hashes.length);
            return of(column, both);
        }

        private OneOf and(OneOf other) {
            return new OneOf(
                    column,
                    Arrays.stream(hashes)
                            .filter(hash -> Arrays.binarySearch(other.hashes, hash) >= 0)
                            .toArray());
        }
    }

    /// Its rank is at least `from` and at most `to`.
    record Between(int column, long from, long to) implements Needed {
        private Between and(Between other) {
            return new Between(column, Math.max(from, other.from), Math.min(to, other.to));
        }

        boolean hasBothEnds() {
            return from != Long.MIN_VALUE && to != Long.MAX_VALUE;
        }
    }

    boolean isFree() {
        return needed.isEmpty();
    }

    /// The values needed, of as many columns as there are some for.
    List<OneOf> values() {
        List<OneOf> values = new ArrayList<>(needed.size());
        for (Needed part : needed) {
            if (part instanceof OneOf oneOf) {
                values.add(oneOf);
            }
        }
        return values;
    }

    /// A span needed, rather one that has both ends.
    @Nullable Between span() {
        Between best = null;
        for (Needed part : needed) {
            if (part instanceof Between between
                    && (best == null || (between.hasBothEnds() && !best.hasBothEnds()))) {
                best = between;
            }
        }
        return best;
    }

    /// Both hold.
    Branch and(Branch other) {
        if (isFree() || other.isFree()) {
            return isFree() ? other : this;
        }
        List<Needed> both = new ArrayList<>(needed);
        for (Needed part : other.needed) {
            int at = 0;
            while (at < both.size() && both.get(at).column() != part.column()) {
                at++;
            }
            if (at == both.size()) {
                both.add(part);
            } else {
                both.set(at, and(both.get(at), part));
            }
        }
        return new Branch(List.copyOf(both));
    }

    private static Needed and(Needed one, Needed other) {
        return switch (one) {
            case OneOf values -> other instanceof OneOf more ? values.and(more) : values;
            case Between span -> other instanceof Between more ? span.and(more) : other;
        };
    }
}
