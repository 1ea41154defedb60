package dev.lockstep.match;

import dev.lockstep.core.Relation;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Filters and orders as SQL, for snapshots and REST reads. Values are never spliced.
///
/// A placeholder stands without a cast: bind it as text of unspecified type
/// (`stringtype=unspecified`, or `setObject(i, value, Types.OTHER)`), and PostgreSQL reads it as
/// the type of the column that it is compared with, as it reads a literal; so it is for every type,
/// and no modifier cuts it.
public final class FilterSql {
    private final Relation relation;
    private final StringBuilder sql = new StringBuilder();
    private final List<String> parameters = new ArrayList<>();

    /// A condition with `?` placeholders, fit to stand after WHERE or beside others.
    public record Fragment(String sql, List<String> parameters) {
        public Fragment {
            parameters = List.copyOf(parameters);
        }
    }

    private FilterSql(Relation relation) {
        this.relation = relation;
    }

    /// Of a filter that [FilterCompiler#compile] accepted.
    ///
    /// @throws dev.lockstep.error.FailureException for a column that the table has not
    public static Fragment of(Filter filter, Relation relation) {
        FilterSql writer = new FilterSql(relation);
        writer.write(filter);
        return new Fragment(writer.sql.toString(), writer.parameters);
    }

    /// The list after ORDER BY: empty for none.
    ///
    /// @throws dev.lockstep.error.FailureException for a column that the table has not
    public static String orderBy(List<Order> orders, Relation relation) {
        return orders.stream()
                .map(order ->
                        column(order.column(), relation, "order")
                                + (order.descending() ? " DESC" : " ASC")
                                + (order.nullsFirst() ? " NULLS FIRST" : " NULLS LAST"))
                .collect(Collectors.joining(", "));
    }

    private void write(Filter filter) {
        switch (filter) {
            case Filter.And(var parts) -> join(parts, " AND ", "TRUE");
            case Filter.Or(var parts) -> join(parts, " OR ", "FALSE");
            case Filter.Not(var part) -> {
                sql.append("NOT (");
                write(part);
                sql.append(')');
            }
            case Filter.Is(var column, var condition) ->
                    sql.append(column(column)).append(" IS ").append(condition.name());
            case Filter.Unknown() -> sql.append("NULL::pg_catalog.bool");
            case Filter.Expression(_, var text, _, _) -> sql.append('(').append(text).append(')');
            case Filter.In in -> {
                sql.append(column(in.column())).append(" = ANY (?)");
                parameters.add(arrayLiteral(in));
            }
            case Filter.Compare(var column, var operator, var value) -> {
                sql.append(column(column)).append(' ').append(operator.sql()).append(" ?");
                parameters.add(value);
            }
        }
    }

    private void join(List<Filter> parts, String joint, String none) {
        if (parts.isEmpty()) {
            sql.append(none);
            return;
        }
        sql.append('(');
        for (int i = 0; i < parts.size(); i++) {
            sql.append(i == 0 ? "" : joint);
            write(parts.get(i));
        }
        sql.append(')');
    }

    private String column(String name) {
        return column(name, relation, "filter");
    }

    private static String column(String name, Relation relation, String place) {
        if (relation.indexOf(name) < 0) {
            throw FilterCompiler.invalid("invalid column for " + place + " " + name);
        }
        return TableName.quote(name);
    }

    /// The values of an IN as PostgreSQL's text of an array.
    public static String arrayLiteral(Filter.In in) {
        StringBuilder literal = new StringBuilder("{");
        for (String value : in.values()) {
            literal.append(literal.length() == 1 ? "\"" : ",\"");
            literal.append(value.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
        }
        if (in.orNull()) {
            literal.append(in.values().isEmpty() ? "NULL" : ",NULL");
        }
        return literal.append('}').toString();
    }
}
