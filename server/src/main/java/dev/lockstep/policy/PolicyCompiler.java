package dev.lockstep.policy;

import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.core.filter.Filter.Operator;
import dev.lockstep.policy.Making.Part;
import dev.lockstep.policy.Terms.Operand;
import dev.lockstep.policy.text.Deparsed;
import dev.lockstep.policy.text.Expr;
import dev.lockstep.policy.text.Expr.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Makes filters of what it understands exactly; everything else is left for PostgreSQL to be
/// asked. What understood parts of an AND or OR can decide is never asked.
final class PolicyCompiler {
    /// `operator ANY(…)` is written out up to so many values.
    private static final int MOST_TERMS = 100;

    private static final Map<String, Operator> OPERATORS =
            Map.of(
                    "=", Operator.EQ,
                    "<>", Operator.NEQ,
                    "<", Operator.LT,
                    "<=", Operator.LTE,
                    ">", Operator.GT,
                    ">=", Operator.GTE,
                    "~~", Operator.LIKE,
                    "~~*", Operator.ILIKE,
                    "~", Operator.MATCH,
                    "~*", Operator.IMATCH);

    /// With the operands exchanged.
    private static final Map<Operator, Operator> EXCHANGED =
            Map.of(
                    Operator.EQ, Operator.EQ,
                    Operator.NEQ, Operator.NEQ,
                    Operator.LT, Operator.GT,
                    Operator.LTE, Operator.GTE,
                    Operator.GT, Operator.LT,
                    Operator.GTE, Operator.LTE);

    private final Program.Builder program;
    private final PolicyText text;
    private final Scope scope;
    private final Memberships memberships;

    PolicyCompiler(Program.Builder program, PolicyText text) {
        this.program = program;
        this.text = text;
        this.scope = Scope.own(text.tokens(), program.table);
        this.memberships = new Memberships(program, text, scope);
    }

    Part whole() {
        return part(Deparsed.read(text.tokens()), true);
    }

    /// @param taken whether false and unknown are the same here
    private Part part(Expr expr, boolean taken) {
        return compiled(expr, taken)
                .orElseGet(() -> {
                    String sql = "(" + text.of(expr.span()) + ")";
                    Reads reads = program.sight().of(text.tokens(expr.span()));
                    program.asks(sql, reads);
                    return making -> making.ask(sql, reads);
                });
    }

    /// In case that the constants turn out to be of other types: PostgreSQL is asked.
    private Part asked(Expr expr) {
        String sql = "(" + text.of(expr.span()) + ")";
        Reads reads = program.sight().of(text.tokens(expr.span()));
        program.mayAsk(reads);
        return making -> making.ask(sql, reads);
    }

    private Optional<Part> compiled(Expr expr, boolean taken) {
        Optional<Part> constant = condition(expr);
        if (constant.isPresent()) {
            return constant;
        }
        return switch (expr) {
            case Expr.And(var parts, _) -> Optional.of(joined(parts, taken, " AND ", true));
            case Expr.Or(var parts, _) -> Optional.of(joined(parts, taken, " OR ", false));
            case Expr.Not(var operand, _) ->
                    compiled(operand, false).map(part -> making -> new Filter.Not(part.of(making)));
            case Expr.Compare compare -> compared(compare);
            case Expr.Quantified quantified -> quantified(quantified);
            case Expr.Among among -> among(among, taken);
            case Expr.Exists exists -> exists(exists);
            case Expr.Is is -> is(is);
            case Expr.Distinct distinct -> distinct(distinct);
            case Expr.Name name ->
                    scope.column(name)
                            .filter(Terms::isBoolean)
                            .map(column ->
                                    _ -> new Filter.Compare(column.name(), Operator.EQ, "t"));
            case Expr.Literal _, Expr.Call _, Expr.Cast _, Expr.Scalar _, Expr.Opaque _ ->
                    Optional.empty();
        };
    }

    /// A condition without columns of the table.
    private Optional<Part> condition(Expr expr) {
        if (expr instanceof Expr.And || expr instanceof Expr.Or || expr instanceof Expr.Not) {
            return Optional.empty(); // each part for itself, so that each is watched for itself
        }
        if (expr instanceof Expr.Literal) {
            switch (text.of(expr.span())) {
                case "true" -> {
                    return Optional.of(_ -> Filter.ALL);
                }
                case "false" -> {
                    return Optional.of(_ -> Filter.NONE);
                }
                default -> {
                    // NULL::boolean and the like: evaluated
                }
            }
        }
        return memberships
                .value(expr)
                .map(number ->
                        making -> {
                            Constants.Value value = making.constant(number);
                            if (value.isNull()) {
                                return new Filter.Unknown();
                            }
                            if (!Terms.isBooleanType(value)) {
                                return asked(expr).of(making);
                            }
                            return value.text().equals("t") ? Filter.ALL : Filter.NONE;
                        });
    }

    private Part joined(List<Expr> exprs, boolean taken, String joint, boolean and) {
        List<Part> parts = new ArrayList<>();
        List<Span> left = new ArrayList<>();
        for (Expr expr : exprs) {
            compiled(expr, taken).ifPresentOrElse(parts::add, () -> left.add(expr.span()));
        }
        if (!left.isEmpty()) {
            StringBuilder sql = new StringBuilder("(");
            Reads reads = new Reads();
            for (Span span : left) {
                sql.append(sql.length() == 1 ? "(" : joint + "(").append(text.of(span)).append(')');
                reads.add(program.sight().of(text.tokens(span)));
            }
            sql.append(')');
            program.asks(sql.toString(), reads);
            parts.add(making -> making.ask(sql.toString(), reads));
        }
        return making -> {
            List<Filter> filters = parts.stream().map(part -> part.of(making)).toList();
            return and ? new Filter.And(filters) : new Filter.Or(filters);
        };
    }

    private Optional<Part> compared(Expr.Compare compare) {
        boolean negated = compare.operator().startsWith("!");
        Operator operator =
                OPERATORS.get(negated ? compare.operator().substring(1) : compare.operator());
        if (operator == null) {
            return Optional.empty();
        }
        Optional<Part> found = compared(compare, compare.left(), operator, compare.right());
        if (found.isEmpty() && EXCHANGED.containsKey(operator)) {
            found = compared(compare, compare.right(), EXCHANGED.get(operator), compare.left());
        }
        return negated ? found.map(part -> making -> new Filter.Not(part.of(making))) : found;
    }

    private Optional<Part> compared(Expr whole, Expr left, Operator operator, Expr right) {
        return operand(left)
                .filter(_ -> keepsCollation(operator, right))
                .flatMap(column ->
                        memberships
                                .value(right)
                                .map(number ->
                                        or(
                                                whole,
                                                making ->
                                                        Terms.compare(
                                                                column,
                                                                operator,
                                                                making.constant(number)))));
    }

    /// Order and patterns follow a collation, which a value out of a table may bring along.
    private boolean keepsCollation(Operator operator, Expr right) {
        boolean equality =
                operator == Operator.EQ
                        || operator == Operator.NEQ
                        || operator == Operator.DISTINCT;
        return !text.has(right.span(), "COLLATE") && (equality || !text.has(right.span(), "FROM"));
    }

    /// What the constants' types allow; else PostgreSQL is asked after all.
    private Part or(Expr whole, Function<Making, Optional<Filter>> compiled) {
        Part asked = asked(whole);
        return making -> compiled.apply(making).orElseGet(() -> asked.of(making));
    }

    private Optional<Part> quantified(Expr.Quantified expr) {
        boolean negated = expr.operator().startsWith("!");
        Operator operator = OPERATORS.get(negated ? expr.operator().substring(1) : expr.operator());
        Optional<Operand> column = operand(expr.left());
        if (operator == null
                || negated
                || column.isEmpty()
                || expr.right() instanceof Expr.Opaque // a list of rows, not an array
                || !keepsCollation(operator, expr.right())) {
            return Optional.empty();
        }
        Operand left = column.orElseThrow();
        return memberships
                .array(expr.right())
                .map(number ->
                        or(
                                expr,
                                making -> {
                                    Constants.Value values = making.constant(number);
                                    if (operator == Operator.EQ && !expr.all()) {
                                        return Terms.among(left, values);
                                    }
                                    if (operator == Operator.NEQ && expr.all()) {
                                        return Terms.among(left, values).map(Filter.Not::new);
                                    }
                                    return Terms.each(
                                            left, operator, expr.all(), values, MOST_TERMS);
                                }));
    }

    private Optional<Part> among(Expr.Among expr, boolean taken) {
        Optional<Operand> left = operand(expr.left());
        if (left.isPresent()) {
            return memberships
                    .set(expr.select())
                    .map(number ->
                            or(
                                    expr,
                                    making ->
                                            Terms.among(
                                                    left.orElseThrow(), making.constant(number))));
        }
        // `mine IN (SELECT m.x FROM m WHERE m.c = t.col)` is a membership read from the other end;
        // with NULL among the x it is unknown where this is false.
        return taken && scope.mentionsNone(expr.left().span())
                ? memberships.correlated(expr).map(found -> member(expr, found))
                : Optional.empty();
    }

    private Optional<Part> exists(Expr.Exists expr) {
        return memberships.correlated(expr).map(found -> member(expr, found));
    }

    /// True where a row stands behind the column, else false, never unknown.
    private Part member(Expr whole, Memberships.Correlated found) {
        return or(
                whole,
                making -> {
                    Constants.Value all = making.constant(found.set());
                    Constants.Value values =
                            new Constants.Value(
                                    all.type(), false, all.texts(), false, all.tooMany());
                    Filter none =
                            new Filter.Not(
                                    new Filter.Is(found.column().column().name(), Condition.NULL));
                    return Terms.among(found.column(), values)
                            .map(in -> new Filter.And(List.of(in, none)));
                });
    }

    private Optional<Part> is(Expr.Is expr) {
        return operand(expr.operand())
                .map(Operand::column)
                .filter(column -> isTestable(column, expr.what()))
                .map(column -> {
                    Filter test = new Filter.Is(column.name(), Condition.valueOf(expr.what()));
                    Filter tested = expr.negated() ? new Filter.Not(test) : test;
                    return _ -> tested;
                });
    }

    /// A composite is NULL also when all its fields are.
    private static boolean isTestable(Column column, String what) {
        return what.equals("NULL")
                ? !(column.type().bare() instanceof PgType.Composite)
                : Terms.isBoolean(column);
    }

    private Optional<Part> distinct(Expr.Distinct expr) {
        Optional<Part> found = compared(expr, expr.left(), Operator.DISTINCT, expr.right());
        return found.isPresent()
                ? found
                : compared(expr, expr.right(), Operator.DISTINCT, expr.left());
    }

    private Optional<Operand> operand(Expr expr) {
        return operand(scope, expr);
    }

    /// A column, bare or under a cast that can be seen through.
    static Optional<Operand> operand(Scope scope, Expr expr) {
        return switch (expr) {
            case Expr.Name name -> scope.column(name).map(column -> new Operand(column, false));
            case Expr.Cast(Expr.Name name, var type, _) ->
                    scope.column(name).flatMap(column -> Terms.cast(column, type));
            case Expr.Cast _,
                    Expr.Literal _,
                    Expr.Call _,
                    Expr.Compare _,
                    Expr.Quantified _,
                    Expr.Among _,
                    Expr.Exists _,
                    Expr.And _,
                    Expr.Or _,
                    Expr.Not _,
                    Expr.Is _,
                    Expr.Distinct _,
                    Expr.Scalar _,
                    Expr.Opaque _ ->
                    Optional.empty();
        };
    }

    static Optional<Operator> operator(String sign) {
        return Optional.ofNullable(OPERATORS.get(sign));
    }
}
