package dev.lockstep.data;

import dev.lockstep.data.ReadNode.Joined;
import dev.lockstep.data.SourceSql.Parent;
import dev.lockstep.data.schema.RelationColumn;
import java.util.List;
import java.util.Optional;

/// Writes a tree of reads as one SELECT: a lateral join for each embed, of which one row becomes an
/// object and several become an array in place.
final class ReadSql {
    private static final String NOTHING = "_";

    private final Sql sql;
    private final SourceSql sources;
    private final boolean json;

    /// @param json values are printed as `to_jsonb` has them; else they keep their types (CSV)
    ReadSql(Sql sql, boolean json) {
        this.sql = sql;
        this.sources = new SourceSql(sql);
        this.json = json;
    }

    void select(ReadNode node) {
        select(node, Optional.empty());
    }

    private void select(ReadNode node, Optional<Parent> parent) {
        List<Output> outputs = Output.of(node);
        sql.add("SELECT ");
        for (int i = 0; i < outputs.size(); i++) {
            sql.add(i == 0 ? "" : ", ");
            output(node, outputs.get(i));
        }
        sources.from(node, parent);
        node.joins().forEach(join -> lateral(node, join));
        where(node, parent, false);
        group(node, outputs);
        order(node);
        slice(node.slice());
    }

    private void output(ReadNode node, Output output) {
        switch (output) {
            case Output.Star() -> sql.name(node.alias()).add(".*");
            case Output.Filler() -> sql.add("1 AS ").name(NOTHING);
            case Output.Column(var value) -> value(node, value);
            case Output.Embedded(var joined) -> {
                if (joined.single()) {
                    sql.add("row_to_json(").name(joined.rows()).add(".*)");
                } else {
                    sql.add("coalesce(").name(joined.rows(), joined.rows()).add(", '[]')");
                }
                sql.add(node.hasAggregates() ? "::jsonb AS " : " AS ");
                sql.name(joined.embed().label());
            }
            case Output.Spread(var joined, var label) -> {
                if (label.isEmpty()) {
                    sql.name(joined.rows()).add(".*");
                } else {
                    sql.add("coalesce(").name(joined.rows(), label.get()).add(", '[]')");
                    sql.add(node.hasAggregates() ? "::jsonb AS " : " AS ").name(label.get());
                }
            }
        }
    }

    private void value(ReadNode node, Selection.Value value) {
        boolean converted = json && isIndirect(node, value);
        sql.add(converted ? "to_jsonb(" : "");
        value.aggregateCast().ifPresent(_ -> sql.add("CAST("));
        value.aggregate().ifPresent(aggregate -> sql.add(aggregate.word()).add("("));
        value.cast()
                .filter(_ -> !value.field().column().isEmpty())
                .ifPresent(_ -> sql.add("CAST("));
        if (value.field().column().isEmpty()) {
            sql.add("*");
        } else {
            FieldSql.write(sql, node.alias(), node.relation(), value.field());
            value.cast().ifPresent(type -> sql.add(" AS ").add(type).add(")"));
        }
        value.aggregate().ifPresent(_ -> sql.add(")"));
        value.aggregateCast().ifPresent(type -> sql.add(" AS ").add(type).add(")"));
        sql.add(converted ? ")" : "").add(" AS ");
        sql.name(value.label().orElse(value.field().column()));
    }

    private static boolean isIndirect(ReadNode node, Selection.Value value) {
        if (value.aggregate().isPresent() || value.cast().isPresent()) {
            return true;
        }
        List<Field.Step> path = value.field().path();
        return path.isEmpty()
                ? FieldSql.column(node.relation(), value.field())
                        .map(RelationColumn::indirect)
                        .orElse(false)
                : !path.getLast().text();
    }

    private void lateral(ReadNode node, Joined joined) {
        Optional<Parent> parent = Optional.of(new Parent(node, joined.relationship()));
        sql.add(joined.inner() ? " INNER JOIN LATERAL (" : " LEFT JOIN LATERAL (");
        if (joined.single()) {
            select(joined.node(), parent);
            sql.add(") AS ").name(joined.rows()).add(" ON TRUE");
            return;
        }
        String one = joined.rows() + "_one";
        sql.add("SELECT json_agg(").name(one).add(") AS ").name(joined.rows());
        if (joined.embed().spread()) {
            Output.labels(joined.node())
                    .forEach(label ->
                            sql.add(", json_agg(").name(one, label).add(") AS ").name(label));
        }
        sql.add(" FROM (");
        select(joined.node(), parent);
        sql.add(") AS ").name(one).add(") AS ").name(joined.rows());
        if (joined.inner()) {
            sql.add(" ON ").name(joined.rows(), joined.rows()).add(" IS NOT NULL");
        } else {
            sql.add(" ON TRUE");
        }
    }

    /// @param alone without the joins, which become EXISTS
    private void where(ReadNode node, Optional<Parent> parent, boolean alone) {
        String word = " WHERE ";
        if (parent.isPresent() && sources.relates(node, parent.get(), word)) {
            word = " AND ";
        }
        for (Condition condition : node.conditions()) {
            sql.add(word);
            condition(node, condition, alone);
            word = " AND ";
        }
        if (alone) {
            for (Joined joined : node.joins()) {
                if (joined.inner()) {
                    sql.add(word);
                    exists(node, joined);
                    word = " AND ";
                }
            }
        }
    }

    private void condition(ReadNode node, Condition condition, boolean alone) {
        switch (condition) {
            case Condition.Logic(var or, var negated, var parts) -> {
                sql.add(negated ? "NOT (" : "(");
                for (int i = 0; i < parts.size(); i++) {
                    sql.add(i == 0 ? "" : or ? " OR " : " AND ");
                    condition(node, parts.get(i), alone);
                }
                sql.add(")");
            }
            case Condition.Test test -> test(node, test, alone);
        }
    }

    /// `items=is.null` asks whether anything was joined.
    private void test(ReadNode node, Condition.Test test, boolean alone) {
        Optional<Joined> joined =
                test.field().path().isEmpty()
                        ? node.joined(test.field().column())
                        : Optional.empty();
        Optional<Boolean> isNull =
                test.operation() instanceof Condition.Operation.Is(var truth)
                        ? isNull(truth, test.negated())
                        : Optional.empty();
        if (joined.isEmpty() || isNull.isEmpty()) {
            FieldSql.write(sql, node.alias(), node.relation(), test);
        } else if (alone) {
            sql.add(isNull.get() ? "NOT " : "");
            exists(node, joined.get());
        } else {
            String rows = joined.get().rows();
            if (joined.get().single()) {
                sql.name(rows);
            } else {
                sql.name(rows, rows);
            }
            sql.add(isNull.get() ? " IS NOT DISTINCT FROM NULL" : " IS DISTINCT FROM NULL");
        }
    }

    private static Optional<Boolean> isNull(Condition.Truth truth, boolean negated) {
        return switch (truth) {
            case NULL -> Optional.of(!negated);
            case NOT_NULL -> Optional.of(negated);
            case TRUE, FALSE, UNKNOWN -> Optional.empty();
        };
    }

    private void exists(ReadNode node, Joined joined) {
        Optional<Parent> parent = Optional.of(new Parent(node, joined.relationship()));
        sql.add("EXISTS (SELECT 1");
        sources.from(joined.node(), parent);
        where(joined.node(), parent, true);
        sql.add(")");
    }

    /// As many rows as the read has without its slice.
    void rows(ReadNode node) {
        sql.add("SELECT 1");
        sources.from(node, Optional.empty());
        where(node, Optional.empty(), true);
    }

    private void group(ReadNode node, List<Output> outputs) {
        if (!node.hasAggregates()) {
            return;
        }
        String word = " GROUP BY ";
        for (int i = 0; i < outputs.size(); i++) {
            boolean grouped =
                    !(outputs.get(i) instanceof Output.Column(var value))
                            || value.aggregate().isEmpty();
            if (grouped && !(outputs.get(i) instanceof Output.Filler)) {
                sql.add(word).add(Integer.toString(i + 1));
                word = ", ";
            }
        }
    }

    private void order(ReadNode node) {
        for (int i = 0; i < node.order().size(); i++) {
            Sort sort = node.order().get(i);
            sql.add(i == 0 ? " ORDER BY " : ", ");
            Optional<Joined> joined = sort.relation().flatMap(node::joined);
            if (joined.isPresent()) {
                related(node, joined.get(), sort.field());
            } else {
                FieldSql.write(sql, node.alias(), node.relation(), sort.field());
            }
            sort.direction().ifPresent(direction -> sql.add(" ").add(direction.name()));
            sort.nulls().ifPresent(nulls -> sql.add(" NULLS ").add(nulls.name()));
        }
    }

    /// A column of the one row that is joined, whether it is selected there or not.
    private void related(ReadNode node, Joined joined, Field field) {
        Optional<Parent> parent = Optional.of(new Parent(node, joined.relationship()));
        ReadNode one = joined.node();
        sql.add("(SELECT ");
        FieldSql.write(sql, one.alias(), one.relation(), field);
        sources.from(one, parent);
        where(one, parent, true);
        sql.add(" LIMIT 1)");
    }

    private void slice(Slice slice) {
        slice.limit().ifPresent(limit -> sql.add(" LIMIT ").value(Long.toString(limit)));
        if (slice.offset() > 0) {
            sql.add(" OFFSET ").value(Long.toString(slice.offset()));
        }
    }
}
