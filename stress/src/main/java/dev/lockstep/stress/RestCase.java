package dev.lockstep.stress;

import java.util.concurrent.ThreadLocalRandom;

/// What is asked of the data API, over HTTP and as SQL. In the SQL `:id` is a key between 1 and
/// [RestRate#ROWS], and for the update the client's own row, `:version` the version that it has.
enum RestCase {
    ROW("one row by key", "select row_to_json(o)::text from bench_orders o where id = :id"),
    LIST(
            "25 rows, embed, exact count",
            "with c as (select 1 from bench_orders where status = 's1') select (select count(*) from"
                    + " c), json_agg(t)::text from (select o.*, coalesce(i.i, '[]') as bench_items"
                    + " from bench_orders o left join lateral (select json_agg(i) as i from"
                    + " bench_items i where i.order_id = o.id) i on true where status = 's1' and"
                    + " :id > 0 order by id limit 25) t"),
    INSERT("insert", "insert into bench_log (word) values ('w' || :id::int)"),
    UPDATE(
            "versioned update",
            "update bench_orders set total = 1, version = version + 1 where id = :id and version ="
                    + " :version returning row_to_json(bench_orders)::text"),
    CALL("function", "select bench_add(:id, 2)::text");

    private static final String SINGLE = "Accept: application/vnd.pgrst.object+json\r\n";
    private static final String SHOWN = "Prefer: return=representation\r\n";

    private final String words;
    private final String sql;

    RestCase(String words, String sql) {
        this.words = words;
        this.sql = sql;
    }

    String words() {
        return words;
    }

    String sql() {
        return sql;
    }

    static int any() {
        return ThreadLocalRandom.current().nextInt(1, RestRate.ROWS);
    }

    /// The bytes of a client's next request, numbered from 0.
    String request(HttpLine line, int client, int number) {
        return switch (this) {
            case ROW -> line.get("/bench_orders?select=*&id=eq." + any(), "");
            case LIST ->
                    line.get(
                            "/bench_orders?select=*,bench_items(*)&status=eq.s1&order=id&limit=25",
                            "Prefer: count=exact\r\n");
            case INSERT -> line.send("POST", "/bench_log", "", "{\"word\":\"w" + number + "\"}");
            case UPDATE ->
                    line.send(
                            "PATCH",
                            "/bench_orders?id=eq." + (client + 1) + "&version=eq." + (number + 1),
                            SINGLE + SHOWN,
                            "{\"total\":1,\"version\":" + (number + 2) + "}");
            case CALL -> line.send("POST", "/rpc/bench_add", "", "{\"a\":1,\"b\":2}");
        };
    }
}
