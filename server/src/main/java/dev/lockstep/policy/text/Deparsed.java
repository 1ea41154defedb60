package dev.lockstep.policy.text;

import dev.lockstep.policy.text.Expr.Span;
import dev.lockstep.policy.text.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads what PostgreSQL's `pg_get_expr` writes.
///
/// There each operator with its operands stands in parentheses of its own; so what stands in one
/// pair is either a list joined by AND or by OR, or one operator. Anything else, down to a word too
/// many, makes that pair opaque, not the rest.
public final class Deparsed {
    private static final Set<String> CONDITIONS = Set.of("NULL", "TRUE", "FALSE", "UNKNOWN");
    private static final Set<String> LITERALS = Set.of("true", "false");
    private static final int DEEPEST = 200;

    private final List<Token> tokens;
    private int at;
    private int end;
    private int depth;

    private Deparsed(List<Token> tokens) {
        this.tokens = tokens;
    }

    /// Never fails.
    public static Expr read(List<Token> tokens) {
        return new Deparsed(tokens).between(0, tokens.size());
    }

    /// What stands between two tokens, as in parentheses.
    private Expr between(int from, int to) {
        int outerAt = at;
        int outerEnd = end;
        at = from;
        end = to;
        try {
            if (++depth > DEEPEST) {
                return new Expr.Opaque(new Span(from, to));
            }
            Expr read = inside();
            return at == end ? read : new Expr.Opaque(new Span(from, to));
        } catch (UnreadableException _) {
            return new Expr.Opaque(new Span(from, to));
        } finally {
            depth--;
            at = outerAt;
            end = outerEnd;
        }
    }

    private Expr inside() {
        int start = at;
        if (take("NOT")) {
            Expr operand = operand();
            return new Expr.Not(operand, spanFrom(start));
        }
        if (peek("EXISTS")) {
            at++;
            return new Expr.Exists(select(parentheses()), spanFrom(start));
        }
        Expr left = peek("CASE") ? part(start) : operand();
        if (at == end) {
            return left;
        }
        if (peek("AND") || peek("OR")) {
            return joined(start, left, tokens.get(at).text());
        }
        if (take("IS")) {
            return tested(start, left);
        }
        if (take("IN")) {
            return new Expr.Among(left, select(parentheses()), spanFrom(start));
        }
        if (kind() != Kind.OPERATOR) {
            throw new UnreadableException();
        }
        String operator = tokens.get(at++).text();
        if (peek("ANY") || peek("ALL")) {
            boolean all = tokens.get(at++).text().equals("ALL");
            Span span = parentheses();
            return new Expr.Quantified(
                    left, operator, all, between(span.from(), span.to()), spanFrom(start));
        }
        Expr right = operand();
        return new Expr.Compare(left, operator, right, spanFrom(start));
    }

    private Expr joined(int start, Expr first, String word) {
        List<Expr> parts = new ArrayList<>();
        parts.add(first);
        while (take(word)) {
            int from = at;
            parts.add(part(from));
        }
        return word.equals("AND")
                ? new Expr.And(parts, spanFrom(start))
                : new Expr.Or(parts, spanFrom(start));
    }

    /// One of a list; what stands there is an operand, or opaque up to the next word of the list.
    private Expr part(int from) {
        try {
            return operand();
        } catch (UnreadableException _) {
            int nesting = 0;
            at = from;
            while (at < end && !(nesting == 0 && (peek("AND") || peek("OR")))) {
                if (peek("CASE") || peek("(") || peek("[")) {
                    nesting++;
                } else if (peek("END") || peek(")") || peek("]")) {
                    nesting--;
                }
                at++;
            }
            return new Expr.Opaque(spanFrom(from));
        }
    }

    private Expr tested(int start, Expr operand) {
        boolean negated = take("NOT");
        if (!negated && take("DISTINCT")) {
            need("FROM");
            Expr right = operand();
            return new Expr.Distinct(operand, right, spanFrom(start));
        }
        if (at == end || !CONDITIONS.contains(tokens.get(at).text())) {
            throw new UnreadableException();
        }
        String what = tokens.get(at++).text();
        return new Expr.Is(operand, what, negated, spanFrom(start));
    }

    /// A name, a literal, a call or a pair of parentheses, with casts behind it.
    private Expr operand() {
        int start = at;
        Expr operand = primary();
        while (take("::")) {
            operand = new Expr.Cast(operand, type(), spanFrom(start));
        }
        return operand;
    }

    private Expr primary() {
        if (at == end) {
            throw new UnreadableException();
        }
        int start = at;
        Token token = tokens.get(at);
        if (token.is("(")) {
            Span span = parentheses();
            if (span.from() < span.to() && tokens.get(span.from()).is("SELECT")) {
                return new Expr.Scalar(select(span), spanFrom(start));
            }
            return between(span.from(), span.to());
        }
        if (token.kind() == Kind.STRING || token.kind() == Kind.NUMBER || token.is("NULL")) {
            at++;
            return new Expr.Literal(spanFrom(start));
        }
        if (token.kind() == Kind.NAME && LITERALS.contains(token.text()) && !followedBy("(")) {
            at++;
            return new Expr.Literal(spanFrom(start));
        }
        if (token.is("ARRAY") && at + 1 < end && tokens.get(at + 1).is("[")) {
            at++;
            brackets("[", "]");
            return new Expr.Call(spanFrom(start));
        }
        if (token.is("ARRAY") || isSpecialCall(token)) {
            at++;
            parentheses();
            return new Expr.Call(spanFrom(start));
        }
        if (token.isName()) {
            return named(start);
        }
        throw new UnreadableException();
    }

    private boolean isSpecialCall(Token token) {
        return token.kind() == Kind.KEYWORD
                && Set.of("COALESCE", "NULLIF", "GREATEST", "LEAST").contains(token.text())
                && followedBy("(");
    }

    private boolean followedBy(String sign) {
        return at + 1 < end && tokens.get(at + 1).is(sign);
    }

    private Expr named(int start) {
        List<String> parts = new ArrayList<>();
        parts.add(tokens.get(at++).text());
        while (peek(".")) {
            at++;
            if (at == end || !tokens.get(at).isName()) {
                throw new UnreadableException();
            }
            parts.add(tokens.get(at++).text());
        }
        if (peek("(")) {
            parentheses();
            return new Expr.Call(spanFrom(start));
        }
        return new Expr.Name(parts, spanFrom(start));
    }

    /// `uuid`, `character varying(20)[]`, `timestamp with time zone`, `public.mood`.
    private String type() {
        StringBuilder type = new StringBuilder();
        while (at < end && (tokens.get(at).isName() || peek("."))) {
            boolean joint = peek(".") || type.isEmpty() || type.charAt(type.length() - 1) == '.';
            type.append(joint ? "" : " ").append(tokens.get(at++).text());
        }
        if (peek("(")) {
            Span span = parentheses();
            for (int i = span.from() - 1; i <= span.to(); i++) {
                type.append(tokens.get(i).text());
            }
            while (at < end && tokens.get(at).isName()) {
                type.append(' ').append(tokens.get(at++).text());
            }
        }
        while (peek("[")) {
            brackets("[", "]");
            type.append("[]");
        }
        if (type.isEmpty()) {
            throw new UnreadableException();
        }
        return type.toString();
    }

    private Expr.Select select(Span span) {
        int outerAt = at;
        int outerEnd = end;
        at = span.from();
        end = span.to();
        try {
            return new Selects(this).read(span);
        } finally {
            at = outerAt;
            end = outerEnd;
        }
    }

    /// The parts of a SELECT between `at` and `end`.
    private record Selects(Deparsed in) {
        private static final Set<String> CLAUSES = Set.of("FROM", "WHERE");
        private static final Set<String> FURTHER =
                Set.of(
                        "GROUP",
                        "HAVING",
                        "ORDER",
                        "LIMIT",
                        "OFFSET",
                        "UNION",
                        "INTERSECT",
                        "EXCEPT",
                        "WINDOW",
                        "FOR",
                        "FETCH",
                        "WITH",
                        "DISTINCT",
                        "VALUES");

        Expr.Select read(Span span) {
            if (!in.take("SELECT")) {
                throw new UnreadableException();
            }
            Optional<Expr> item = Optional.empty();
            Optional<Span> from = Optional.empty();
            Optional<Expr> where = Optional.empty();
            int start = in.at;
            boolean plain = upToClause();
            if (in.at > start) {
                item = item(new Span(start, in.at));
            }
            if (plain && in.take("FROM")) {
                start = in.at;
                plain = upToClause();
                from = Optional.of(new Span(start, in.at));
            }
            if (plain && in.take("WHERE")) {
                start = in.at;
                plain = upToClause();
                where = Optional.of(in.between(start, in.at));
            }
            plain = plain && in.at == in.end;
            return new Expr.Select(item, from, from.flatMap(this::table), where, plain, span);
        }

        /// Stops before the next clause on this level.
        ///
        /// @return whether that is one that we know
        private boolean upToClause() {
            while (in.at < in.end) {
                Token token = in.tokens.get(in.at);
                if (token.is("(") || token.is("[")) {
                    in.brackets(token.text(), token.is("(") ? ")" : "]");
                } else if (token.kind() == Kind.KEYWORD && CLAUSES.contains(token.text())) {
                    return true;
                } else if (token.kind() == Kind.KEYWORD && FURTHER.contains(token.text())) {
                    return false;
                } else {
                    in.at++;
                }
            }
            return true;
        }

        /// What is selected, without its name; empty for several things.
        private Optional<Expr> item(Span span) {
            int to = span.to();
            int outer = in.end;
            int after = in.at;
            in.end = to;
            in.at = span.from();
            try {
                Expr item = in.operand();
                if (in.take("AS") && in.at < to && in.tokens.get(in.at).isName()) {
                    in.at++;
                }
                return in.at == to ? Optional.of(item) : Optional.empty();
            } catch (UnreadableException _) {
                return Optional.empty();
            } finally {
                in.at = after;
                in.end = outer;
            }
        }

        private Optional<Expr.From> table(Span span) {
            List<Token> names = in.tokens.subList(span.from(), span.to());
            boolean qualified =
                    names.size() >= 3
                            && names.size() <= 4
                            && names.get(0).isName()
                            && names.get(1).is(".")
                            && names.get(2).isName();
            if (!qualified || (names.size() == 4 && !names.get(3).isName())) {
                return Optional.empty();
            }
            return Optional.of(
                    new Expr.From(
                            names.get(0).text(), names.get(2).text(), names.getLast().text()));
        }
    }

    private Span parentheses() {
        int start = at;
        brackets("(", ")");
        return new Span(start + 1, at - 1);
    }

    private void brackets(String open, String close) {
        need(open);
        int nesting = 1;
        while (at < end && nesting > 0) {
            if (peek(open)) {
                nesting++;
            } else if (peek(close)) {
                nesting--;
            }
            at++;
        }
        if (nesting > 0) {
            throw new UnreadableException();
        }
    }

    private Span spanFrom(int start) {
        return new Span(start, at);
    }

    private Kind kind() {
        return tokens.get(at).kind();
    }

    private boolean peek(String sign) {
        return at < end && tokens.get(at).is(sign);
    }

    private boolean take(String sign) {
        boolean found = peek(sign);
        if (found) {
            at++;
        }
        return found;
    }

    private void need(String sign) {
        if (!take(sign)) {
            throw new UnreadableException();
        }
    }

    private static final class UnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnreadableException() {
            super(null, null, false, false);
        }
    }
}
