package dev.lockstep.data;

import dev.lockstep.core.TableName;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.RelationColumn;
import java.util.List;

/// Writes INSERT, UPDATE and DELETE. The JSON body is one parameter, which PostgreSQL takes apart
/// by the columns' own types.
final class WriteSql {
    private static final String BODY = "lockstep_body";
    private static final String ELEMENT = "lockstep_element";

    private final Sql sql;
    private final ExposedRelation relation;
    private boolean empty;

    WriteSql(Sql sql, ExposedRelation relation) {
        this.sql = sql;
        this.relation = relation;
    }

    /// @param conflict the columns of which equal values are a conflict; empty for none
    void insert(
            Payload payload,
            List<RelationColumn> columns,
            boolean missingDefault,
            List<String> conflict,
            boolean merge,
            List<Condition> conditions) {
        sql.add("INSERT INTO ").table(relation.name());
        if (!columns.isEmpty()) {
            sql.add(" (");
            names(columns);
            sql.add(")");
        }
        sql.add(" SELECT ");
        values(columns, missingDefault);
        from(payload, columns, missingDefault);
        String word = " WHERE ";
        for (Condition condition : conditions) {
            sql.add(word);
            condition(condition, BODY);
            word = " AND ";
        }
        if (!conflict.isEmpty()) {
            // Counted in a setting of the transaction, because what RETURNING gives does not tell
            // an update from an insert.
            sql.add(word).add(counted(1)).add(" <> '0'");
            sql.add(" ON CONFLICT (");
            for (int i = 0; i < conflict.size(); i++) {
                sql.add(i == 0 ? "" : ", ").name(conflict.get(i));
            }
            sql.add(")");
            resolution(columns, merge);
        }
    }

    private void resolution(List<RelationColumn> columns, boolean merge) {
        if (!merge || columns.isEmpty()) {
            sql.add(" DO NOTHING");
            return;
        }
        sql.add(" DO UPDATE SET ");
        for (int i = 0; i < columns.size(); i++) {
            sql.add(i == 0 ? "" : ", ").name(columns.get(i).name());
            sql.add(" = EXCLUDED.").name(columns.get(i).name());
        }
        sql.add(" WHERE ").add(counted(-1)).add(" <> '-1'");
    }

    private static String counted(int step) {
        return "set_config('lockstep.inserted', (coalesce(nullif(current_setting("
                + "'lockstep.inserted', true), ''), '0')::int4 + "
                + step
                + ")::text, true)";
    }

    void update(
            Payload payload,
            List<RelationColumn> columns,
            boolean missingDefault,
            List<Condition> conditions) {
        sql.add("UPDATE ").table(relation.name()).add(" SET ");
        for (int i = 0; i < columns.size(); i++) {
            String name = columns.get(i).name();
            sql.add(i == 0 ? "" : ", ").name(name).add(" = ").name(BODY, name);
        }
        sql.add(" FROM (SELECT ");
        values(columns, missingDefault);
        from(payload, columns, missingDefault);
        sql.add(" LIMIT 1) AS ").name(BODY);
        where(conditions);
    }

    /// An update that sets nothing writes nothing, and is no error.
    void nothing() {
        empty = true;
        sql.add("SELECT * FROM ").table(relation.name()).add(" WHERE false");
    }

    void delete(List<Condition> conditions) {
        sql.add("DELETE FROM ").table(relation.name());
        where(conditions);
    }

    private void where(List<Condition> conditions) {
        for (int i = 0; i < conditions.size(); i++) {
            sql.add(i == 0 ? " WHERE " : " AND ");
            condition(conditions.get(i), relation.name().name());
        }
    }

    private void condition(Condition condition, String alias) {
        switch (condition) {
            case Condition.Logic(var or, var negated, var parts) -> {
                sql.add(negated ? "NOT (" : "(");
                for (int i = 0; i < parts.size(); i++) {
                    sql.add(i == 0 ? "" : or ? " OR " : " AND ");
                    condition(parts.get(i), alias);
                }
                sql.add(")");
            }
            case Condition.Test test ->
                    FieldSql.write(sql, alias, java.util.Optional.of(relation), test);
        }
    }

    private void names(List<RelationColumn> columns) {
        for (int i = 0; i < columns.size(); i++) {
            sql.add(i == 0 ? "" : ", ").name(columns.get(i).name());
        }
    }

    /// A key that is missing means NULL, or the column's default where that is wished.
    private void values(List<RelationColumn> columns, boolean missingDefault) {
        for (int i = 0; i < columns.size(); i++) {
            RelationColumn column = columns.get(i);
            sql.add(i == 0 ? "" : ", ");
            if (missingDefault && column.defaultValue().isPresent()) {
                sql.add("CASE WHEN jsonb_exists(").add(ELEMENT).add(".value, ");
                sql.value(column.name()).add("::text) THEN ").name(BODY, column.name());
                sql.add(" ELSE ").expression(column.defaultValue().get()).add(" END AS ");
                sql.name(column.name());
            } else {
                sql.name(BODY, column.name());
            }
        }
    }

    private void from(Payload payload, List<RelationColumn> columns, boolean missingDefault) {
        if (columns.isEmpty()) {
            // Rows of nothing but defaults, as many as there are objects.
            sql.add(" FROM generate_series(1, ").value(Long.toString(payload.rows()));
            sql.add("::int8) AS ").name(BODY);
            return;
        }
        if (missingDefault) {
            sql.add(" FROM jsonb_array_elements(").add(payload.array() ? "" : "jsonb_build_array(");
            sql.value(payload.json()).add("::jsonb").add(payload.array() ? "" : ")");
            sql.add(") AS ").add(ELEMENT).add("(value), LATERAL jsonb_to_record(").add(ELEMENT);
            sql.add(".value) AS ");
        } else {
            sql.add(payload.array() ? " FROM json_to_recordset(" : " FROM json_to_record(");
            sql.value(payload.json()).add("::json) AS ");
        }
        sql.name(BODY).add("(");
        for (int i = 0; i < columns.size(); i++) {
            sql.add(i == 0 ? "" : ", ").name(columns.get(i).name());
            sql.add(" ").add(columns.get(i).type());
        }
        sql.add(")");
    }

    /// @param columns empty for none, so that no right to read is needed
    void returning(List<Field> columns) {
        if (empty) {
            return;
        }
        sql.add(" RETURNING ");
        if (columns.isEmpty()) {
            sql.add("1 AS _");
            return;
        }
        TableName table = relation.name();
        for (int i = 0; i < columns.size(); i++) {
            sql.add(i == 0 ? "" : ", ");
            if (columns.get(i).isStar()) {
                sql.name(table.name()).add(".*");
            } else {
                sql.name(table.name(), columns.get(i).column());
            }
        }
    }
}
