package dev.lockstep.policy;

import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.policy.text.Expr;
import dev.lockstep.policy.text.Expr.Span;
import dev.lockstep.policy.text.Token;
import dev.lockstep.postgres.Table;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Which names in a policy's text are columns of a table.
///
/// In its own policy a table's columns stand bare, and inside a SELECT behind the table's name:
/// PostgreSQL gives other tables there another alias. Of a table in a SELECT, columns stand behind
/// its alias.
///
/// @param hidden columns that the log does not hold
/// @param alias what qualifies the columns
/// @param bare whether they also stand bare
record Scope(
        List<Token> tokens, Relation relation, Set<String> hidden, String alias, boolean bare) {
    /// What every table has besides its columns.
    static final Set<String> SYSTEM = Set.of("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax");

    static Scope own(List<Token> tokens, Table table) {
        String name = table.relation().name().name();
        return new Scope(tokens, table.relation(), table.unpublished(), name, true);
    }

    static Scope of(List<Token> tokens, Table table, String alias) {
        return new Scope(tokens, table.relation(), table.unpublished(), alias, false);
    }

    /// The column that these parts name, where it is in the log.
    Optional<Column> column(Expr.Name name) {
        String column =
                switch (name.parts().size()) {
                    case 1 -> bare ? name.parts().getFirst() : "";
                    case 2 -> name.parts().getFirst().equals(alias) ? name.parts().getLast() : "";
                    default -> "";
                };
        int index = relation().indexOf(column);
        return index < 0 ? Optional.empty() : Optional.of(relation().columns().get(index));
    }

    boolean mentionsNone(Span span) {
        return mentioned(span).isEmpty();
    }

    /// The columns that stand there, and perhaps some more; `*` for the row as a whole. A word that
    /// may be one counts.
    Set<String> mentioned(Span span) {
        Set<String> found = new TreeSet<>();
        for (int i = span.from(); i < span.to(); i++) {
            if (!tokens.get(i).isName() || is(i - 1, ".") || is(i - 1, "::") || is(i - 1, "AS")) {
                continue;
            }
            String name = tokens.get(i).text();
            if (is(i + 1, ".")) {
                if (name.equals(alias) && i + 2 < tokens.size() && !is(i + 3, ".")) {
                    found.add(tokens.get(i + 2).text());
                }
            } else if (bare && !is(i + 1, "(") && isColumn(name)) {
                found.add(name);
            }
        }
        return found;
    }

    private boolean isColumn(String name) {
        return relation().indexOf(name) >= 0 || hidden.contains(name) || SYSTEM.contains(name);
    }

    private boolean is(int at, String sign) {
        return at >= 0 && at < tokens.size() && tokens.get(at).is(sign);
    }
}
