package dev.lockstep.policy.text;

import java.util.List;
import java.util.Optional;

/// A part of a text, from one token to before another.
public sealed interface Expr {
    Span span();

    /// Tokens `from` to before `to`.
    record Span(int from, int to) {}

    /// `user_id`, `t.user_id`.
    record Name(List<String> parts, Span span) implements Expr {
        public Name {
            parts = List.copyOf(parts);
        }
    }

    /// A literal that PostgreSQL folded: number, string, `true`, `NULL`.
    record Literal(Span span) implements Expr {}

    /// `auth.uid()`; arguments stay as they are.
    record Call(Span span) implements Expr {}

    /// @param type its tokens joined, like `character varying`
    record Cast(Expr operand, String type, Span span) implements Expr {}

    record Compare(Expr left, String operator, Expr right, Span span) implements Expr {}

    /// `left operator ANY (right)` or ALL, over an array.
    record Quantified(Expr left, String operator, boolean all, Expr right, Span span)
            implements Expr {}

    /// `left IN ( SELECT … )`.
    record Among(Expr left, Select select, Span span) implements Expr {}

    record Exists(Select select, Span span) implements Expr {}

    record And(List<Expr> parts, Span span) implements Expr {
        public And {
            parts = List.copyOf(parts);
        }
    }

    record Or(List<Expr> parts, Span span) implements Expr {
        public Or {
            parts = List.copyOf(parts);
        }
    }

    record Not(Expr operand, Span span) implements Expr {}

    /// `operand IS [NOT] NULL`, TRUE, FALSE or UNKNOWN.
    record Is(Expr operand, String what, boolean negated, Span span) implements Expr {}

    record Distinct(Expr left, Expr right, Span span) implements Expr {}

    /// A SELECT that gives one value.
    record Scalar(Select select, Span span) implements Expr {}

    /// Whatever else.
    record Opaque(Span span) implements Expr {}

    /// `SELECT item FROM from WHERE where`, without the parentheses around it.
    ///
    /// @param item empty where nothing or more than one thing is selected
    /// @param from what stands after FROM; empty where there is none
    /// @param table where that is one table: its schema, its name, and what its columns are
    ///   qualified with
    /// @param plain whether nothing else stands there: no DISTINCT, GROUP BY, LIMIT, UNION …
    record Select(
            Optional<Expr> item,
            Optional<Span> from,
            Optional<From> table,
            Optional<Expr> where,
            boolean plain,
            Span span) {}

    record From(String schema, String name, String alias) {}
}
