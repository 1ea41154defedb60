package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.policy.text.Lexer;
import dev.lockstep.policy.text.Token;
import dev.lockstep.policy.text.Token.Kind;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Definitions;
import dev.lockstep.postgres.Policy;
import dev.lockstep.postgres.Routine;
import dev.lockstep.postgres.Table;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Finds what an expression reads, word by word: through views, through functions in SQL and
/// PL/pgSQL, and through the row policies of the tables that it finds.
///
/// It errs to one side only. A word that may name a table or a function counts as naming it, and
/// what is not known counts as not seen through; so the worst that happens is that rights are read
/// anew too often. One for one question; not shared between threads.
final class Sight {

    private final Catalogue catalogue;
    private final String role;
    private final Whose whose;
    private final Set<TableName> policed = new HashSet<>();

    /// Tables whose policies for whatever role were looked at.
    private final Set<TableName> policedForAll = new HashSet<>();

    /// How many views and functions we are in, where policies may be those of their owners.
    private int within;

    private final Map<Routine, Reads> bodies = new HashMap<>();

    /// Whose policies count behind views and functions.
    enum Whose {
        /// The role's own, as if all ran as the caller.
        CALLER,
        /// Those of every role: views, and functions that say so, read as their owner.
        ALL
    }

    Sight(Catalogue catalogue, String role) {
        this(catalogue, role, Whose.CALLER);
    }

    Sight(Catalogue catalogue, String role, Whose whose) {
        this.catalogue = catalogue;
        this.role = role;
        this.whose = whose;
    }

    /// A relation that is read as a whole.
    Reads ofRelation(TableName name) {
        Reads reads = new Reads();
        boolean known =
                catalogue.tables().containsKey(name)
                        || catalogue.definitions().views().containsKey(name);
        if (known) {
            table(name, reads);
        } else {
            reads.unseen.add("table " + name);
        }
        return reads;
    }

    /// A call of a function, `schema.name`, whichever of that name is meant.
    Reads ofFunction(String name) {
        Reads reads = new Reads();
        routines(name, reads);
        return reads;
    }

    /// A call of a function of that name, in whatever schema.
    Reads ofFunctionAnywhere(String name) {
        Reads reads = new Reads();
        if (!unqualifiedRoutine(name, reads)) {
            reads.unseen.add("function " + name);
        }
        return reads;
    }

    /// @param tokens of PostgreSQL's text of an expression; names of tables are qualified
    Reads of(List<Token> tokens) {
        Reads reads = new Reads();
        look(tokens, false, reads);
        return reads;
    }

    /// The texts of functions and views that were looked at, by name.
    Map<String, String> sources() {
        Map<String, String> sources = new HashMap<>();
        bodies.keySet()
                .forEach(routine ->
                        sources.merge(
                                routine.name(),
                                routine.language() + ":" + routine.terms() + ":" + routine.source(),
                                (a, b) -> a.compareTo(b) < 0 ? a + b : b + a));
        for (TableName name : policed) {
            Definitions.View view = catalogue.definitions().views().get(name);
            if (view != null) {
                sources.put("view " + name, view.terms() + ":" + view.text());
            }
        }
        return sources;
    }

    /// @param written whether a person wrote it, so that names may be unqualified
    private void look(List<Token> tokens, boolean written, Reads reads) {
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            switch (token.kind()) {
                case STRING -> {
                    String word = token.text().strip().toLowerCase(Locale.ROOT);
                    if (KnownFunctions.MOVING.contains(word)) {
                        reads.unseen.add("the time");
                    }
                }
                case KEYWORD -> moment(token.text().toLowerCase(Locale.ROOT), reads);
                case NAME, QUOTED -> {
                    if (!Claim.isSign(tokens, i - 1, ".")) {
                        name(tokens, i, written, reads);
                    }
                }
                case SIGN -> {
                    if (token.is("::")) {
                        cast(tokens, i, reads);
                    } else if (token.text().length() > 2) {
                        reads.unseen.add("an escaped string");
                    }
                }
                case OPERATOR, NUMBER -> {
                    continue;
                }
            }
        }
    }

    private static void moment(String word, Reads reads) {
        if (KnownFunctions.OF_THE_MOMENT.contains(word)) {
            reads.unseen.add(word);
        }
    }

    /// Reading a text as a moment depends on the session's zone and on the hour.
    private static void cast(List<Token> tokens, int at, Reads reads) {
        boolean literal = at > 0 && tokens.get(at - 1).kind() == Kind.STRING;
        boolean moment =
                at + 1 < tokens.size()
                        && KnownFunctions.MOMENTS.contains(tokens.get(at + 1).text());
        if (moment && !literal) {
            reads.unseen.add("a cast to " + tokens.get(at + 1).text());
        }
    }

    /// A chain of names that begins here: a table, a function, or something that is neither.
    private void name(List<Token> tokens, int start, boolean written, Reads reads) {
        int end = start;
        while (Claim.isSign(tokens, end + 1, ".")
                && end + 2 < tokens.size()
                && tokens.get(end + 2).isName()) {
            end += 2;
        }
        if (Claim.isSign(tokens, start - 1, "::")) {
            return;
        }
        String first = tokens.get(start).text();
        boolean qualified = end > start;
        if (Claim.isSign(tokens, start - 1, "(")
                && start > 1
                && tokens.get(start - 2).is("OPERATOR")) {
            operator(tokens, start, reads);
            return;
        }
        if (!written
                && !qualified
                && first.startsWith("pg_")
                && !Claim.isSign(tokens, end + 1, "(")) {
            reads.unseen.add("table " + first); // PostgreSQL does not qualify its own
        }
        if (Claim.isSign(tokens, end + 1, "(")) {
            String name = qualified ? first + "." + tokens.get(start + 2).text() : first;
            call(tokens, name, end + 1, qualified, written, reads);
            return;
        }
        if (qualified) {
            table(new TableName(first, tokens.get(start + 2).text()), reads);
        } else if (written) {
            boolean plain = tokens.get(start).kind() == Kind.NAME;
            if (plain && KnownFunctions.ACTS.contains(first)) {
                reads.unseen.add("a function that does more than read");
            }
            if (plain) {
                moment(first, reads);
            }
            unqualified(first, reads);
        }
    }

    private void operator(List<Token> tokens, int start, Reads reads) {
        StringBuilder name = new StringBuilder();
        for (int i = start; i < tokens.size() && !tokens.get(i).is(")"); i++) {
            name.append(tokens.get(i).text());
        }
        if (!catalogue.definitions().operators().contains(name.toString())) {
            reads.unseen.add("operator " + name);
        }
    }

    private void unqualified(String name, Reads reads) {
        for (TableName table : catalogue.tables().keySet()) {
            if (table.name().equals(name)) {
                table(table, reads);
            }
        }
        for (TableName view : catalogue.definitions().views().keySet()) {
            if (view.name().equals(name)) {
                table(view, reads);
            }
        }
    }

    private void table(TableName name, Reads reads) {
        Definitions.View view = catalogue.definitions().views().get(name);
        if (view != null) {
            // What changes otherwise than by rows; or values under a collation of the view's own.
            if (view.text().isEmpty() || view.text().contains("COLLATE")) {
                reads.unseen.add("table " + name);
            } else if (policed.add(name)) {
                within++;
                look(Lexer.ofDeparsed(view.text()), false, reads);
                within--;
            }
            return;
        }
        Table table = catalogue.table(name).orElse(null);
        if (table == null) {
            if (isCatalogue(name.schema())) {
                reads.unseen.add("table " + name);
            }
            return;
        }
        reads.tables.add(name);
        policies(table, reads);
    }

    /// What the policies of a table read, besides its rows.
    Reads ofPolicies(Table table) {
        Reads reads = new Reads();
        policies(table, reads);
        return reads;
    }

    private void policies(Table table, Reads reads) {
        if (whose == Whose.ALL && within > 0) {
            if (table.security().enabled() && policedForAll.add(table.relation().name())) {
                table.security().policies().forEach(policy -> look(policy, reads));
            }
            return;
        }
        if (!policed.add(table.relation().name()) || !table.security().binds(role)) {
            return;
        }
        table.security().policies().stream()
                .filter(policy -> policy.roles().contains(role))
                .forEach(policy -> look(policy, reads));
    }

    private void look(Policy policy, Reads reads) {
        look(Lexer.ofDeparsed(policy.text()), false, reads);
    }

    private static boolean isCatalogue(String schema) {
        return schema.equals("pg_catalog") || schema.equals("information_schema");
    }

    private void call(
            List<Token> tokens,
            String name,
            int open,
            boolean qualified,
            boolean written,
            Reads reads) {
        String bare = name.startsWith("pg_catalog.") ? name.substring(11) : name;
        if (bare.equals("current_setting")) {
            setting(tokens, open, reads);
        } else if (name.equals("auth.jwt") && Claim.taken(tokens, open - 3, open, reads)) {
            // The claim that is taken from them is noted; what makes the claims is looked at.
            Reads whole = new Reads();
            routines(name, whole);
            whole.allClaims = false;
            reads.add(whole);
        } else if (qualified && !name.equals("pg_catalog." + bare)) {
            routines(name, reads);
        } else if ((written && KnownFunctions.KEYWORDS.contains(bare)) || bare.equals("varying")) {
            return; // not a call
        } else if (!KnownFunctions.PURE.contains(bare)) {
            boolean found = written && !qualified && unqualifiedRoutine(bare, reads);
            if (!found) {
                unqualified(bare, reads); // WITH name (columns), FROM name (…)
                reads.unseen.add("function " + bare);
            }
        } else if (written && !qualified) {
            unqualifiedRoutine(bare, reads);
        }
    }

    private boolean unqualifiedRoutine(String name, Reads reads) {
        boolean found = false;
        for (String routine : catalogue.definitions().routines().keySet()) {
            if (routine.endsWith("." + name)) {
                routines(routine, reads);
                found = true;
            }
        }
        return found;
    }

    private void routines(String name, Reads reads) {
        List<Routine> routines = catalogue.definitions().routines().get(name);
        if (routines == null) {
            reads.unseen.add("function " + name);
            return;
        }
        for (Routine routine : routines) {
            boolean readable =
                    routine.language().equals("sql") || routine.language().equals("plpgsql");
            if (!readable) {
                if (!routine.immutable()) {
                    reads.unseen.add("function " + name);
                }
            } else {
                reads.add(body(routine));
            }
        }
    }

    /// Of a function that calls itself, the inner call adds nothing to the outer one.
    private Reads body(Routine routine) {
        Reads known = bodies.get(routine);
        if (known != null) {
            return known;
        }
        Reads inside = new Reads();
        bodies.put(routine, inside);
        within++;
        look(Lexer.ofWritten(routine.source()), true, inside);
        within--;
        if (!inside.unseen.isEmpty()) {
            inside.unseen.clear();
            inside.unseen.add("function " + routine.name());
        }
        return inside;
    }

    /// `current_setting('request.jwt.claims', true)`; others are not known to stay.
    private static void setting(List<Token> tokens, int open, Reads reads) {
        Token argument = open + 1 < tokens.size() ? tokens.get(open + 1) : null;
        if (argument == null || argument.kind() != Kind.STRING) {
            reads.unseen.add("a setting");
            return;
        }
        switch (argument.text()) {
            case "request.jwt.claims" -> {
                if (!Claim.taken(tokens, open - 1, open, reads)) {
                    reads.allClaims = true;
                }
            }
            case "request.jwt.claim.sub" -> reads.claims.add("sub");
            case "request.jwt.claim.role", "role" -> reads.claims.add("role");
            case "request.headers" -> reads.headers = true;
            default -> reads.unseen.add("setting " + argument.text());
        }
    }
}
