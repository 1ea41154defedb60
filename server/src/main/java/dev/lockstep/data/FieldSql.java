package dev.lockstep.data;

import dev.lockstep.data.Condition.Operation;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.RelationColumn;
import java.util.Optional;

/// Writes fields, and what is asked of them.
final class FieldSql {
    private FieldSql() {}

    static void write(Sql sql, String alias, Optional<ExposedRelation> relation, Field field) {
        if (field.path().isEmpty()) {
            sql.name(alias, field.column());
            return;
        }
        boolean json = column(relation, field).filter(RelationColumn::json).isPresent();
        sql.add(json ? "(" : "(to_jsonb(").name(alias, field.column()).add(json ? "" : ")");
        for (Field.Step step : field.path()) {
            sql.add(step.text() ? "->>" : "->")
                    .value(step.key())
                    .add(step.index() ? "::int4" : "::text");
        }
        sql.add(")");
    }

    static Optional<RelationColumn> column(Optional<ExposedRelation> relation, Field field) {
        return relation.flatMap(known -> known.column(field.column()));
    }

    static void write(
            Sql sql, String alias, Optional<ExposedRelation> relation, Condition.Test test) {
        sql.add(test.negated() ? "NOT (" : "(");
        Field field = test.field();
        switch (test.operation()) {
            case Operation.Compare(var operator, var quantifier, var value) -> {
                write(sql, alias, relation, field);
                sql.add(" " + operator.sql() + " ");
                if (quantifier.isPresent()) {
                    sql.add(quantifier.get().name()).add(" (").value(value).add(")");
                } else {
                    sql.value(value);
                }
            }
            case Operation.In(var values) -> {
                write(sql, alias, relation, field);
                sql.add(" = ANY (").array(values).add(")");
            }
            case Operation.Is(var truth) -> {
                write(sql, alias, relation, field);
                sql.add(" IS ").add(truth.sql());
            }
            case Operation.Relate(var operator, var value) -> {
                write(sql, alias, relation, field);
                sql.add(" " + operator + " ").value(value);
            }
            case Operation.Search search -> search(sql, alias, relation, field, search);
        }
        sql.add(")");
    }

    private static void search(
            Sql sql,
            String alias,
            Optional<ExposedRelation> relation,
            Field field,
            Operation.Search search) {
        boolean isVector =
                field.path().isEmpty()
                        && column(relation, field).map(RelationColumn::textSearch).orElse(true);
        if (!isVector) {
            sql.add("to_tsvector(");
            language(sql, search);
        }
        write(sql, alias, relation, field);
        sql.add(isVector ? "" : ")").add(" @@ ").add(search.function()).add("(");
        language(sql, search);
        sql.value(search.value()).add("::text)");
    }

    private static void language(Sql sql, Operation.Search search) {
        search.language().ifPresent(word -> sql.value(word).add("::regconfig, "));
    }
}
