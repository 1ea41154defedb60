package dev.lockstep.data;

/// The end of every statement: one row, of which the body is what the client gets.
final class Tail {
    /// Where the caller's own rows stand in the statement.
    static final String SOURCE = "lockstep_source";

    static final String COUNT = "lockstep_count";

    private Tail() {}

    /// How rows become a body.
    enum Shape {
        NONE,
        ARRAY,
        OBJECT,
        /// The one column of the one row.
        SCALAR,
        /// The one column of each row.
        SCALARS,
        CSV
    }

    static Shape shape(Media media) {
        return switch (media.form()) {
            case ARRAY -> Shape.ARRAY;
            case OBJECT -> Shape.OBJECT;
            case CSV -> Shape.CSV;
        };
    }

    static String body(Shape shape, boolean nullsStripped) {
        String rows = nullsStripped ? "json_strip_nulls(json_agg(_t))" : "json_agg(_t)";
        return switch (shape) {
            case NONE -> "''";
            case ARRAY -> "coalesce(" + rows + ", '[]')::text";
            case OBJECT -> "coalesce((" + rows + " -> 0)::text, 'null')";
            case SCALAR -> "coalesce((json_agg(_t.value) -> 0)::text, 'null')";
            case SCALARS -> "coalesce(json_agg(_t.value), '[]')::text";
            case CSV -> CSV;
        };
    }

    private static final String CSV =
            "(SELECT coalesce(string_agg(CASE WHEN k ~ '[,\"\\n\\r]'"
                    + " THEN '\"' || replace(k, '\"', '\"\"') || '\"' ELSE k END, ','), '') FROM"
                    + " (SELECT json_object_keys(row_to_json(h)) AS k FROM"
                    + " (SELECT * FROM "
                    + SOURCE
                    + " LIMIT 1) AS h) AS keys)"
                    + " || coalesce(E'\\n' || string_agg(substring(_t::text, 2,"
                    + " length(_t::text) - 2), E'\\n'), '')";

    /// @param total an expression; `NULL::bigint` where nobody counts
    /// @param rows what `_t` is
    static void write(Sql sql, String total, String body, String extra, String rows) {
        sql.add(" SELECT ")
                .add(total)
                .add(" AS total, count(_t) AS rows, ")
                .add(body)
                .add(" AS body, nullif(current_setting('response.headers', true), '') AS headers,")
                .add(" nullif(current_setting('response.status', true), '') AS status, ")
                .add(extra)
                .add(" AS extra FROM (")
                .add(rows)
                .add(") AS _t");
    }
}
