package dev.lockstep.policy;

import dev.lockstep.core.Collation;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Operator;
import dev.lockstep.policy.Making.Part;
import dev.lockstep.policy.Terms.Operand;
import dev.lockstep.policy.text.Expr;
import dev.lockstep.policy.text.Expr.Span;
import dev.lockstep.policy.text.Token;
import dev.lockstep.postgres.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Parts of a policy that have one value for a caller, whatever the row: claims, and what is read
/// from other tables. Where that can be changed by rows of other tables, those are watched.
final class Memberships {
    private final Program.Builder program;
    private final PolicyText text;
    private final Scope scope;

    Memberships(Program.Builder program, PolicyText text, Scope scope) {
        this.program = program;
        this.text = text;
        this.scope = scope;
    }

    /// Rows of other tables that stand behind a column of ours.
    ///
    /// @param set the constant's number
    record Correlated(Operand column, int set) {}

    /// One value; empty where a column stands in it, or what cannot be seen through.
    Optional<Integer> value(Expr expr) {
        if (expr instanceof Expr.Name || !scope.mentionsNone(expr.span())) {
            return Optional.empty();
        }
        return constant(
                new Wanted(Wanted.Kind.ONE, text.of(expr.span())), expr.span(), selectOf(expr));
    }

    Optional<Integer> array(Expr expr) {
        if (!scope.mentionsNone(expr.span())) {
            return Optional.empty();
        }
        return constant(
                new Wanted(Wanted.Kind.ARRAY, text.of(expr.span())), expr.span(), selectOf(expr));
    }

    Optional<Integer> set(Expr.Select select) {
        if (!scope.mentionsNone(select.span())) {
            return Optional.empty();
        }
        return constant(
                new Wanted(Wanted.Kind.SET, text.of(select.span())),
                select.span(),
                Optional.of(select));
    }

    /// `EXISTS ( SELECT … FROM m WHERE ((m.c = t.col) AND …))`.
    Optional<Correlated> correlated(Expr.Exists exists) {
        return correlated(exists.select(), exists.span(), Optional.empty());
    }

    /// `mine IN ( SELECT m.x FROM m WHERE ((m.c = t.col) AND …))`, where that is true.
    Optional<Correlated> correlated(Expr.Among among) {
        Optional<Expr> item = among.select().item();
        return item.isEmpty() || !scope.mentionsNone(item.orElseThrow().span())
                ? Optional.empty()
                : correlated(
                        among.select(),
                        among.span(),
                        Optional.of(
                                "(%s) = (%s)"
                                        .formatted(
                                                text.of(among.left().span()),
                                                text.of(item.orElseThrow().span()))));
    }

    /// Turns the one comparison with our column into what is selected.
    private Optional<Correlated> correlated(
            Expr.Select select, Span whole, Optional<String> further) {
        if (!select.plain() || select.from().isEmpty() || select.where().isEmpty()) {
            return Optional.empty();
        }
        Span from = select.from().orElseThrow();
        if (!scope.mentionsNone(from)) {
            return Optional.empty();
        }
        List<String> others = new ArrayList<>();
        further.ifPresent(others::add);
        Optional<Operand> column = Optional.empty();
        String selected = "";
        for (Expr part : conjuncts(select)) {
            if (scope.mentionsNone(part.span())) {
                others.add(text.of(part.span()));
                continue;
            }
            if (column.isPresent()
                    || !(part instanceof Expr.Compare(var left, var sign, var right, _))
                    || !sign.equals("=")) {
                return Optional.empty();
            }
            boolean ours = PolicyCompiler.operand(scope, left).isPresent();
            Expr theirs = ours ? right : left;
            column = PolicyCompiler.operand(scope, ours ? left : right);
            if (column.isEmpty() || !scope.mentionsNone(theirs.span())) {
                return Optional.empty();
            }
            selected = text.of(theirs.span());
        }
        if (column.isEmpty()) {
            return Optional.empty();
        }
        String where =
                others.isEmpty()
                        ? ""
                        : " WHERE "
                                + others.stream()
                                        .map(other -> "(" + other + ")")
                                        .collect(Collectors.joining(" AND "));
        String sql = "SELECT (" + selected + ") FROM " + text.of(from) + where;
        Operand found = column.orElseThrow();
        return constant(new Wanted(Wanted.Kind.SET, sql), whole, Optional.of(select))
                .map(number -> new Correlated(found, number));
    }

    private static List<Expr> conjuncts(Expr.Select select) {
        return select.where()
                .map(where -> where instanceof Expr.And(var parts, _) ? parts : List.of(where))
                .orElse(List.of());
    }

    private static Optional<Expr.Select> selectOf(Expr expr) {
        return switch (expr) {
            case Expr.Scalar(var select, _) -> Optional.of(select);
            case Expr.Exists(var select, _) -> Optional.of(select);
            case Expr.Cast(var operand, _, _) -> selectOf(operand);
            case Expr.Not(var operand, _) -> selectOf(operand);
            case Expr.Among _,
                    Expr.And _,
                    Expr.Call _,
                    Expr.Compare _,
                    Expr.Distinct _,
                    Expr.Is _,
                    Expr.Literal _,
                    Expr.Name _,
                    Expr.Opaque _,
                    Expr.Or _,
                    Expr.Quantified _ ->
                    Optional.empty();
        };
    }

    private Optional<Integer> constant(Wanted wanted, Span span, Optional<Expr.Select> select) {
        Reads reads = program.sight().of(text.tokens(span));
        if (!reads.unseen.isEmpty() || bringsCollation(reads)) {
            return Optional.empty();
        }
        watch(reads, select);
        return Optional.of(program.constant(wanted, reads));
    }

    /// Whether values may come with a collation under which different texts are equal, which then
    /// counts also where the column has none.
    private boolean bringsCollation(Reads reads) {
        return reads.tables.stream()
                .flatMap(name -> program.catalogue.table(name).stream())
                .flatMap(table -> table.relation().columns().stream())
                .anyMatch(column -> column.collation() == Collation.NONDETERMINISTIC);
    }

    private void watch(Reads reads, Optional<Expr.Select> select) {
        for (TableName name : reads.tables) {
            program.catalogue
                    .table(name)
                    .ifPresent(table ->
                            program.watch(
                                    table,
                                    select.flatMap(s -> narrow(s, table)).orElse(_ -> Filter.ALL)));
        }
    }

    /// The rows of the table that the SELECT can have read, where it reads them in one place.
    private Optional<Part> narrow(Expr.Select select, Table table) {
        Optional<Expr.From> from =
                select.table()
                        .filter(t ->
                                table.relation()
                                        .name()
                                        .equals(new TableName(t.schema(), t.name())));
        if (!select.plain() || from.isEmpty() || readsElsewhere(select, table)) {
            return Optional.empty();
        }
        Scope inner = Scope.of(text.tokens(), table, from.orElseThrow().alias());
        List<Part> parts = new ArrayList<>();
        for (Expr part : conjuncts(select)) {
            term(inner, part).ifPresent(parts::add);
        }
        return Optional.of(making ->
                Tidy.taken(new Filter.And(parts.stream().map(part -> part.of(making)).toList())));
    }

    /// Whether the table's rows may come in by another way too: a function, a policy, a SELECT
    /// within.
    private boolean readsElsewhere(Expr.Select select, Table table) {
        List<Token> rest = new ArrayList<>(text.tokens(select.span()));
        rest.removeAll(text.tokens(select.from().orElseThrow()));
        TableName name = table.relation().name();
        return program.sight().of(rest).tables.contains(name)
                || program.sight().ofPolicies(table).tables.contains(name);
    }

    /// `m.column operator claim`; whatever else may be left out, which only widens.
    private Optional<Part> term(Scope inner, Expr part) {
        if (!(part instanceof Expr.Compare(var left, var sign, var right, _))
                || !sign.equals("=")) {
            return Optional.empty();
        }
        boolean first = PolicyCompiler.operand(inner, left).isPresent();
        Optional<Operand> column = PolicyCompiler.operand(inner, first ? left : right);
        Expr other = first ? right : left;
        if (column.isEmpty()
                || !scope.mentionsNone(other.span())
                || !inner.mentionsNone(other.span())
                || text.has(other.span(), "FROM")) {
            return Optional.empty();
        }
        Reads reads = program.sight().of(text.tokens(other.span()));
        if (!reads.isOfCallerAlone()) {
            return Optional.empty();
        }
        int number = program.constant(new Wanted(Wanted.Kind.ONE, text.of(other.span())), reads);
        Operand operand = column.orElseThrow();
        return Optional.of(making ->
                Terms.compare(operand, Operator.EQ, making.constant(number)).orElse(Filter.ALL));
    }
}
