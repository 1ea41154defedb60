package dev.lockstep.data;

import java.util.List;
import java.util.Optional;

/// One item of `select`.
sealed interface Selection {
    /// @param field `*` for all columns; empty name for `count()` of rows
    record Value(
            Field field,
            Optional<String> alias,
            Optional<String> cast,
            Optional<Aggregate> aggregate,
            Optional<String> aggregateCast)
            implements Selection {
        Optional<String> label() {
            if (alias.isPresent()) {
                return alias;
            }
            boolean renamed = aggregate.isPresent() || cast.isPresent() || !field.path().isEmpty();
            if (!renamed) {
                return Optional.empty();
            }
            return Optional.of(aggregate.map(Aggregate::word).orElseGet(field::label));
        }
    }

    /// Another relation's rows.
    ///
    /// @param hint a constraint, column or junction that says which way is meant
    /// @param spread its columns become the parent's
    record Embed(
            String target,
            Optional<String> alias,
            Optional<String> hint,
            Join join,
            boolean spread,
            List<Selection> items)
            implements Selection {
        public Embed {
            items = List.copyOf(items);
        }

        /// What it is called in the answer, and by filters.
        String label() {
            return alias.orElse(target);
        }
    }

    enum Join {
        LEFT,
        INNER
    }

    enum Aggregate {
        COUNT,
        SUM,
        AVG,
        MIN,
        MAX;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
