package dev.lockstep.policy.text;

import dev.lockstep.policy.text.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cuts SQL into words. Takes whatever PostgreSQL takes; what it cannot end ends with the text.
public final class Lexer {
    private static final String OPERATORS = "+-*/<>=~!@#%^&|`?";

    private final String sql;
    private final boolean written;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String sql, boolean written) {
        this.sql = sql;
        this.written = written;
    }

    /// A text by PostgreSQL: words in capitals are keywords, others are names.
    public static List<Token> ofDeparsed(String sql) {
        return new Lexer(sql, false).run();
    }

    /// A text by somebody: unquoted words are names, folded to lower case.
    public static List<Token> ofWritten(String sql) {
        return new Lexer(sql, true).run();
    }

    private List<Token> run() {
        while (at < sql.length()) {
            char c = sql.charAt(at);
            int start = at;
            if (Character.isWhitespace(c)) {
                at++;
            } else if (sql.startsWith("--", at)) {
                int end = sql.indexOf('\n', at);
                at = end < 0 ? sql.length() : end;
            } else if (sql.startsWith("/*", at)) {
                comment();
            } else if (c == '\'') {
                add(Kind.STRING, quoted('\''), start);
            } else if (c == '"') {
                add(Kind.QUOTED, quoted('"'), start);
            } else if (c == '$' && !isDigit(at + 1)) {
                dollar(start);
            } else if (isDigit(at) || (c == '.' && isDigit(at + 1))) {
                number(start);
            } else if (Character.isLetter(c) || c == '_' || c > 127) {
                word(start);
            } else if (sql.startsWith("::", at)) {
                at += 2;
                add(Kind.SIGN, "::", start);
            } else if (OPERATORS.indexOf(c) >= 0) {
                operator(start);
            } else {
                at++;
                add(Kind.SIGN, String.valueOf(c), start);
            }
        }
        return tokens;
    }

    private void add(Kind kind, String text, int start) {
        tokens.add(new Token(kind, text, start, at));
    }

    private boolean isDigit(int index) {
        return index < sql.length() && sql.charAt(index) >= '0' && sql.charAt(index) <= '9';
    }

    private boolean isPart(int index) {
        char c = sql.charAt(index);
        return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c > 127;
    }

    private void comment() {
        int depth = 0;
        while (at < sql.length()) {
            if (sql.startsWith("/*", at)) {
                depth++;
                at += 2;
            } else if (sql.startsWith("*/", at)) {
                depth--;
                at += 2;
                if (depth == 0) {
                    return;
                }
            } else {
                at++;
            }
        }
    }

    private String quoted(char quote) {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < sql.length()) {
            char c = sql.charAt(at++);
            if (c == quote) {
                if (at < sql.length() && sql.charAt(at) == quote) {
                    at++;
                } else {
                    break;
                }
            }
            value.append(c);
        }
        return value.toString();
    }

    private void dollar(int start) {
        int end = at + 1;
        while (end < sql.length() && isPart(end) && sql.charAt(end) != '$') {
            end++;
        }
        if (end >= sql.length() || sql.charAt(end) != '$') {
            at++;
            add(Kind.SIGN, "$", start);
            return;
        }
        String tag = sql.substring(at, end + 1);
        int close = sql.indexOf(tag, end + 1);
        int stop = close < 0 ? sql.length() : close;
        at = close < 0 ? sql.length() : close + tag.length();
        add(Kind.STRING, sql.substring(end + 1, stop), start);
    }

    private void number(int start) {
        while (at < sql.length()
                && (isPart(at)
                        || sql.charAt(at) == '.'
                        || ((sql.charAt(at) == '+' || sql.charAt(at) == '-')
                                && "eE".indexOf(sql.charAt(at - 1)) >= 0))) {
            at++;
        }
        add(Kind.NUMBER, sql.substring(start, at), start);
    }

    private void word(int start) {
        while (at < sql.length() && isPart(at)) {
            at++;
        }
        String word = sql.substring(start, at);
        // E'…' and the like: a string that we do not unescape.
        if (at < sql.length() && sql.charAt(at) == '\'' && word.length() == 1) {
            escaped(start);
        } else if (written) {
            add(Kind.NAME, word.toLowerCase(Locale.ROOT), start);
        } else {
            boolean capitals = word.equals(word.toUpperCase(Locale.ROOT));
            boolean letters = word.chars().anyMatch(Character::isLetter);
            add(capitals && letters ? Kind.KEYWORD : Kind.NAME, word, start);
        }
    }

    private void escaped(int start) {
        at++;
        while (at < sql.length() && sql.charAt(at) != '\'') {
            at += sql.charAt(at) == '\\' ? 2 : 1;
        }
        at = Math.min(at + 1, sql.length());
        add(Kind.SIGN, sql.substring(start, at), start);
    }

    private void operator(int start) {
        while (at < sql.length()
                && OPERATORS.indexOf(sql.charAt(at)) >= 0
                && !sql.startsWith("--", at)
                && !sql.startsWith("/*", at)) {
            at++;
        }
        add(Kind.OPERATOR, sql.substring(start, at), start);
    }
}
