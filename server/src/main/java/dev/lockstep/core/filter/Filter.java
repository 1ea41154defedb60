package dev.lockstep.core.filter;

import dev.lockstep.core.TableName;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A row predicate over column names and untyped values. NULL means unknown, also under [Not], as
/// in SQL; a row is taken only when the whole is true.
public sealed interface Filter {
    /// Takes every row.
    Filter ALL = new And(List.of());

    /// Takes none.
    Filter NONE = new Or(List.of());

    record And(List<Filter> parts) implements Filter {
        public And {
            parts = List.copyOf(parts);
        }
    }

    record Or(List<Filter> parts) implements Filter {
        public Or {
            parts = List.copyOf(parts);
        }
    }

    record Not(Filter part) implements Filter {}

    /// `column operator value`; the value is text that PostgreSQL would cast to the column's type.
    record Compare(String column, Operator operator, String value) implements Filter {}

    /// `column = ANY(values)`. `orNull`: NULL stands among the values, so that what is not found is
    /// unknown instead of false.
    record In(String column, List<String> values, boolean orNull) implements Filter {
        public In {
            values = List.copyOf(values);
        }

        public In(String column, List<String> values) {
            this(column, values, false);
        }
    }

    record Is(String column, Condition condition) implements Filter {}

    /// NULL where a condition stands: neither true nor false, whatever the row.
    record Unknown() implements Filter {}

    /// An SQL expression over the table's columns that PostgreSQL alone can decide, for one caller:
    /// a row policy that is neither compiled nor a membership.
    ///
    /// @param table whose name the expression may use to qualify columns
    /// @param sql PostgreSQL's own text of the expression, read under an empty `search_path`
    /// @param claimsJson the claims that count, in a canonical order, so that equal callers are
    ///   equal
    record Expression(TableName table, String sql, String role, String claimsJson)
            implements Filter {}

    enum Operator {
        EQ("="),
        NEQ("<>"),
        LT("<"),
        LTE("<="),
        GT(">"),
        GTE(">="),
        LIKE("LIKE"),
        ILIKE("ILIKE"),
        MATCH("~"),
        IMATCH("~*"),
        DISTINCT("IS DISTINCT FROM");

        private final String sql;

        Operator(String sql) {
            this.sql = sql;
        }

        /// By the short name that the grammars use: `eq`, `isdistinct`.
        public static Optional<Operator> named(String name) {
            return Arrays.stream(values()).filter(o -> o.shortName().equals(name)).findFirst();
        }

        public String shortName() {
            return this == DISTINCT ? "isdistinct" : name().toLowerCase(Locale.ROOT);
        }

        public String sql() {
            return sql;
        }
    }

    enum Condition {
        NULL,
        TRUE,
        FALSE,
        UNKNOWN
    }
}
