package dev.lockstep.data;

import dev.lockstep.data.RestPlan.Kind;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A read of a relation, or of what a function gave, as one statement. Pure.
final class ReadStatement {
    private ReadStatement() {}

    /// What a statement needs to know beside the tree.
    ///
    /// @param shape what the body is
    /// @param asked the slice that the client named, before `max-rows`
    record Wish(
            Kind kind,
            Tail.Shape shape,
            boolean nullsStripped,
            Preferences preferences,
            Slice asked,
            int maxRows,
            boolean readOnly,
            Map<String, String> settings) {}

    static RestPlan of(ReadNode node, Wish wish) {
        Sql sql = new Sql();
        sql.add("WITH ");
        return of(sql, node, wish);
    }

    /// @param sql that begins with `WITH` and the parts that go before, each with its comma
    static RestPlan of(Sql sql, ReadNode node, Wish wish) {
        boolean counts = wish.preferences().count().isPresent();
        boolean headOfAll = wish.shape() == Tail.Shape.NONE && wish.asked().isAll();
        boolean cuts = !headOfAll && wish.maxRows() > 0 && isCut(wish);
        Slice slice = headOfAll ? Slice.ALL : node.slice();
        ReadNode whole = node.sliced(cuts ? oneMore(slice) : slice);
        boolean planned = wish.preferences().counts("planned");
        boolean separate = counts && !planned && !slice.isAll();
        sql.add(Tail.SOURCE).add(" AS (");
        ReadSql reading = new ReadSql(sql, wish.shape() != Tail.Shape.CSV);
        reading.select(whole);
        sql.add(")");
        if (separate) {
            sql.add(", ").add(Tail.COUNT).add(" AS (");
            reading.rows(node);
            if (wish.preferences().counts("estimated") && wish.maxRows() > 0) {
                sql.add(" LIMIT ").value(Integer.toString(wish.maxRows() + 1));
            }
            sql.add(")");
        }
        String total =
                !counts || planned
                        ? "NULL::bigint"
                        : separate ? "(SELECT count(*) FROM " + Tail.COUNT + ")" : "count(_t)";
        String rows = "SELECT * FROM " + Tail.SOURCE;
        Tail.write(
                sql,
                total,
                Tail.body(wish.shape(), wish.nullsStripped()),
                cuts
                        ? "(SELECT count(*) FROM " + Tail.SOURCE + ") > " + wish.maxRows()
                        : "NULL::bool",
                cuts ? rows + " LIMIT " + wish.maxRows() : rows);
        Sql.Statement main = sql.end();
        Uses uses = Uses.of(node, main);
        return RestPlan.read(
                wish.kind(),
                main,
                estimate(node, wish),
                wish.readOnly(),
                wish.settings(),
                wish.asked(),
                estimates(wish) ? uses.estimating() : uses);
    }

    private static boolean isCut(Wish wish) {
        return wish.asked().limit().orElse(Long.MAX_VALUE) > wish.maxRows();
    }

    /// So that it shows whether something was cut off.
    private static Slice oneMore(Slice slice) {
        return new Slice(OptionalLong.of(slice.limit().orElseThrow() + 1), slice.offset());
    }

    private static boolean estimates(Wish wish) {
        return wish.preferences().counts("planned") || wish.preferences().counts("estimated");
    }

    private static Optional<Sql.Statement> estimate(ReadNode node, Wish wish) {
        if (!estimates(wish) || !(node.source() instanceof ReadNode.Source.Table)) {
            return Optional.empty();
        }
        Sql sql = new Sql();
        sql.add("EXPLAIN (FORMAT JSON) ");
        new ReadSql(sql, false).rows(node);
        return Optional.of(sql.end());
    }
}
