package dev.lockstep.data;

import dev.lockstep.core.filter.Filter;
import java.util.List;
import java.util.Optional;

/// What rows must meet. Wider than [Filter], which is what the live path can decide by itself.
sealed interface Condition {
    /// Joined by AND or OR.
    record Logic(boolean or, boolean negated, List<Condition> parts) implements Condition {
        public Logic {
            parts = List.copyOf(parts);
        }
    }

    record Test(Field field, boolean negated, Operation operation) implements Condition {}

    /// What is asked of a field; values are text whose type PostgreSQL takes from the other side.
    sealed interface Operation {
        /// @param quantified the value is an array of which any, or all, must compare so
        record Compare(Filter.Operator operator, Optional<Quantifier> quantified, String value)
                implements Operation {}

        record In(List<String> values) implements Operation {
            public In {
                values = List.copyOf(values);
            }
        }

        record Is(Truth truth) implements Operation {}

        /// Containment and ranges.
        record Relate(String sqlOperator, String value) implements Operation {}

        /// Full text.
        ///
        /// @param function that makes a query of the text
        record Search(String function, Optional<String> language, String value)
                implements Operation {}
    }

    enum Quantifier {
        ANY,
        ALL
    }

    enum Truth {
        NULL("NULL"),
        NOT_NULL("NOT NULL"),
        TRUE("TRUE"),
        FALSE("FALSE"),
        UNKNOWN("UNKNOWN");

        private final String sql;

        Truth(String sql) {
            this.sql = sql;
        }

        String sql() {
            return sql;
        }
    }
}
