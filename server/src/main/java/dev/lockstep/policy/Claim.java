package dev.lockstep.policy;

import dev.lockstep.policy.text.Token;
import dev.lockstep.policy.text.Token.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Tells whether an expression takes one claim out of the claims, or may use them all.
final class Claim {
    private static final Set<String> GROUPING =
            Set.of("select", "nullif", "and", "or", "not", "where", "return");

    private Claim() {}

    /// Whether of the call at `start` one claim is taken, through casts, `nullif(…, '')` and `(
    /// SELECT … )`: then that one is noted. Any other company means the whole.
    static boolean taken(List<Token> tokens, int start, int open, Reads reads) {
        int at = close(tokens, open) + 1;
        while (at < tokens.size()) {
            Token token = tokens.get(at);
            if (token.is("->") || token.is("->>")) {
                Token key = at + 1 < tokens.size() ? tokens.get(at + 1) : token;
                if (key.kind() == Kind.STRING) {
                    reads.claims.add(key.text());
                    return true;
                }
                return false;
            }
            if (token.is("::")) {
                at += 2;
            } else if (token.is(")")) {
                if (!isMereGroup(tokens, at, start)) {
                    return false;
                }
                at++;
            } else if (token.is(",")
                    && at + 2 < tokens.size()
                    && tokens.get(at + 1).kind() == Kind.STRING
                    && tokens.get(at + 1).text().isEmpty()) {
                at += isSign(tokens, at + 2, "::") ? 4 : 2;
            } else if (word(token).equals("as") && isSign(tokens, at + 2, ")")) {
                at += 2;
            } else {
                return false;
            }
        }
        return false;
    }

    /// Whether the pair that closes here holds nothing before `start` but such pairs, and is no
    /// call but `nullif`'s.
    private static boolean isMereGroup(List<Token> tokens, int close, int start) {
        int nesting = 0;
        int open = close;
        while (open >= 0) {
            if (tokens.get(open).is(")")) {
                nesting++;
            } else if (tokens.get(open).is("(") && --nesting == 0) {
                break;
            }
            open--;
        }
        for (int i = open + 1; i < start; i++) {
            Token token = tokens.get(i);
            if (!token.is("(") && !GROUPING.contains(word(token))) {
                return false;
            }
        }
        if (open <= 0) {
            return open == 0;
        }
        Token before = tokens.get(open - 1);
        boolean word = before.isName() || before.kind() == Kind.KEYWORD;
        return word ? GROUPING.contains(word(before)) : !before.is("]");
    }

    private static String word(Token token) {
        boolean word = token.kind() == Kind.NAME || token.kind() == Kind.KEYWORD;
        return word ? token.text().toLowerCase(Locale.ROOT) : "";
    }

    private static int close(List<Token> tokens, int open) {
        int nesting = 0;
        for (int i = open; i < tokens.size(); i++) {
            if (tokens.get(i).is("(")) {
                nesting++;
            } else if (tokens.get(i).is(")") && --nesting == 0) {
                return i;
            }
        }
        return tokens.size();
    }

    static boolean isSign(List<Token> tokens, int at, String sign) {
        return at >= 0 && at < tokens.size() && tokens.get(at).is(sign);
    }
}
