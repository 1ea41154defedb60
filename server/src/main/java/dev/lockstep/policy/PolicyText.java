package dev.lockstep.policy;

import dev.lockstep.policy.text.Expr.Span;
import dev.lockstep.policy.text.Lexer;
import dev.lockstep.policy.text.Token;
import java.util.List;

/// PostgreSQL's text of an expression and the words in it.
record PolicyText(String sql, List<Token> tokens) {
    static PolicyText of(String sql) {
        return new PolicyText(sql, Lexer.ofDeparsed(sql));
    }

    Span whole() {
        return new Span(0, tokens.size());
    }

    List<Token> tokens(Span span) {
        return tokens.subList(span.from(), span.to());
    }

    String of(Span span) {
        return span.from() >= span.to()
                ? ""
                : sql.substring(tokens.get(span.from()).start(), tokens.get(span.to() - 1).end());
    }

    boolean has(Span span, String keyword) {
        return tokens(span).stream().anyMatch(token -> token.is(keyword));
    }
}
