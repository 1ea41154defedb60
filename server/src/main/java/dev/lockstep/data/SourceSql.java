package dev.lockstep.data;

import dev.lockstep.core.TableName;
import dev.lockstep.data.ReadNode.Source;
import dev.lockstep.data.schema.Relationship;
import java.util.List;
import java.util.Optional;

/// Writes where the rows of a read come from, and what ties them to the row that they belong to.
final class SourceSql {
    private final Sql sql;

    SourceSql(Sql sql) {
        this.sql = sql;
    }

    /// The read that another one is joined to.
    record Parent(ReadNode node, Relationship relationship) {
        String alias() {
            return node.alias();
        }
    }

    void from(ReadNode node, Optional<Parent> parent) {
        sql.add(" FROM ");
        switch (node.source()) {
            case Source.Table(var name) -> named(name, node.alias());
            case Source.Before(var name) -> sql.name(name).add(" AS ").name(node.alias());
            case Source.Related() -> parent.ifPresent(known -> related(node, known));
        }
    }

    private void related(ReadNode node, Parent parent) {
        switch (parent.relationship()) {
            case Relationship.Direct direct -> named(direct.to(), node.alias());
            case Relationship.Through through -> {
                named(through.to(), node.alias());
                sql.add(" INNER JOIN ");
                named(through.junction(), between(node));
                sql.add(" ON ");
                pairs(through.far(), between(node), node.alias());
            }
            case Relationship.Computed(var function, var from, _, _) -> {
                sql.table(function).add("(");
                row(parent.node());
                sql.add("::").table(from).add(") AS ").name(node.alias());
            }
        }
    }

    /// A whole row as a function takes it: what went before in the statement may have more columns
    /// than its table.
    private void row(ReadNode node) {
        boolean before = node.source() instanceof Source.Before && node.relation().isPresent();
        if (!before) {
            sql.name(node.alias());
            return;
        }
        sql.add("ROW(");
        String comma = "";
        for (String column : node.relation().get().columns().keySet()) {
            sql.add(comma).name(node.alias(), column);
            comma = ", ";
        }
        sql.add(")");
    }

    private void named(TableName table, String alias) {
        sql.table(table);
        if (!table.name().equals(alias)) {
            sql.add(" AS ").name(alias);
        }
    }

    private static String between(ReadNode node) {
        return node.alias() + "_via";
    }

    /// Whether a condition was written, behind the word.
    boolean relates(ReadNode node, Parent parent, String word) {
        return switch (parent.relationship()) {
            case Relationship.Direct direct -> {
                sql.add(word);
                pairs(direct.pairs(), parent.alias(), node.alias());
                yield true;
            }
            case Relationship.Through through -> {
                sql.add(word);
                pairs(through.near(), parent.alias(), between(node));
                yield true;
            }
            case Relationship.Computed _ -> false;
        };
    }

    private void pairs(List<Relationship.Pair> pairs, String own, String other) {
        for (int i = 0; i < pairs.size(); i++) {
            sql.add(i == 0 ? "" : " AND ").name(own, pairs.get(i).own()).add(" = ");
            sql.name(other, pairs.get(i).other());
        }
    }
}
