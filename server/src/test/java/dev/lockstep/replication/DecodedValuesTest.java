package dev.lockstep.replication;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.wire.row.ChangeJson;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// From a table of every type, through the log, the decoder and the catalogue, to the JSON that
/// PostgreSQL itself makes of the row.
class DecodedValuesTest {
    private static final TestDatabase database = TestDatabase.installed();

    /// Type, and literals of the same place in each row.
    private static final List<List<String>> COLUMNS =
            List.of(
                    List.of("bool", "true", "false"),
                    List.of("int2", "-32768", "1"),
                    List.of("int4", "7", "-7"),
                    List.of("int8", "9007199254740993", "0"),
                    List.of("numeric", "12.50", "NaN"),
                    List.of("numeric(12,3)", "1", "-0.5"),
                    List.of("float4", "1.1", "Infinity"),
                    List.of("float8", "1e300", "-0"),
                    List.of("text", "tab\t\"q\" \\ ünï 😀 \u0001", ""),
                    List.of("varchar(9)", "x", "null"),
                    List.of("char(5)", "ab", "abcde"),
                    List.of("uuid", "6ecd8c99-4036-403d-bf84-cf8400f67836", ""),
                    List.of("bytea", "\\x0102ff", "\\x"),
                    List.of("bit(4)", "1010", "0000"),
                    List.of("varbit", "101", ""),
                    List.of("money", "1234.5", "-1"),
                    List.of("inet", "10.0.0.1/24", "::1"),
                    List.of("date", "2026-01-02", "0044-03-15 BC"),
                    List.of("timestamp", "2026-01-02 03:04:05.678901", "-infinity"),
                    List.of("timestamptz", "2026-01-02 03:04:05.678901+02", "infinity"),
                    List.of("time", "10:00:00.5", "24:00:00"),
                    List.of("timetz", "10:00:00+02", "00:00:00-05:30"),
                    List.of("interval", "1 day 02:00:00", "-1 year"),
                    List.of("oid", "4294967295", "0"),
                    List.of("json", " {\"b\" : 1E2, \"a\":\"\\u00e9\", \"b\":[ ]} ", "null"),
                    List.of("jsonb", "{\"bb\":1,\"a\":{\"c\":[1.50,null]}}", "[]"),
                    List.of("point", "(1,2)", "(0,0)"),
                    List.of("int4range", "[1,5)", "empty"),
                    List.of("int4multirange", "{[1,2),[5,7)}", "{}"),
                    List.of("tsvector", "'a':1 'b':2", ""),
                    List.of("xml", "<a b=\"c\"/>", ""),
                    List.of("citext", "MiXed", ""),
                    List.of("hstore", "a=>1, \"b c\"=>NULL", ""),
                    List.of("mood", "so so", "sad"),
                    List.of("mood[]", "{sad,\"so so\",NULL}", "{}"),
                    List.of("short", "dom", ""),
                    List.of("short[]", "{a,\"b c\"}", "{}"),
                    List.of("pair", "(1,\"a \"\"b\"\"\")", "(,)"),
                    List.of("pair[]", "{\"(1,x)\",\"(2,\\\"y z\\\")\"}", "{}"),
                    List.of("int4[]", "[0:2]={1,NULL,3}", "{{1,2},{3,4}}"),
                    List.of("text[]", "{\"a,b\",NULL,\"NULL\",\"\"}", "{}"),
                    List.of("timestamptz[]", "{\"2026-01-02 03:04:05+00\"}", "{}"),
                    List.of("jsonb[]", "{\"{\\\"k\\\": [1]}\",1}", "{}"),
                    List.of("box[]", "{(3,4),(1,2);(7,8),(5,6)}", "{}"));

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void every_type_comes_out_as_to_jsonb_has_it() throws Exception {
        database.execute(
                "create extension hstore",
                "create extension citext",
                "create type mood as enum ('sad', 'so so')",
                "create domain short as text",
                "create type pair as (id int, name text)",
                table(),
                "alter table every replica identity full",
                "alter publication supabase_realtime add table every");
        // Neither the database's nor the role's settings may show in what is decoded.
        database.execute(
                "alter database %s set timezone = 'Asia/Kathmandu'".formatted(database.name()),
                "alter database %s set datestyle = 'German'".formatted(database.name()),
                "alter database %s set intervalstyle = 'iso_8601'".formatted(database.name()),
                "alter database %s set bytea_output = 'escape'".formatted(database.name()),
                "alter database %s set extra_float_digits = -3".formatted(database.name()));
        try (Replication replication = new Replication(database, new RecordingSink()).start();
                Connection connection = database.connection();
                Statement oracle = connection.createStatement()) {
            oracle.execute(
                    "set timezone = 'UTC'; set intervalstyle = 'postgres'; set datestyle = 'ISO';"
                            + " set bytea_output = 'hex'; set extra_float_digits = 1");
            database.execute(
                    "set datestyle = 'ISO, YMD'; insert into every values " + rows(),
                    "update every set id = id");
            replication.sink.await("all", () -> replication.sink.changes().size() == 6);
            for (Change change : replication.sink.changes()) {
                switch (change) {
                    case Change.Insert(var relation, var row) -> check(oracle, relation, row);
                    case Change.Update(var relation, var old, var row) -> {
                        check(oracle, relation, old);
                        check(oracle, relation, row);
                    }
                    case Change.Delete _, Change.Truncate _, Change.Message _ ->
                            assertThat(change).isNull();
                }
            }
        }
    }

    private static void check(Statement oracle, Relation relation, Row row) throws SQLException {
        for (int i = 0; i < row.size(); i++) {
            String name = relation.columns().get(i).name();
            String expected;
            try (ResultSet value =
                    oracle.executeQuery(
                            "select coalesce(to_jsonb(%s)::text, 'null') from every where id = %s"
                                    .formatted(name, row.text(0)))) {
                value.next();
                expected = value.getString(1);
            }
            assertThat(new String(ChangeJson.row(relation, row, new int[] {i}), UTF_8))
                    .as("%s, row %s", relation.columns().get(i).type(), row.text(0))
                    .isEqualTo("{\"%s\":%s}".formatted(name, expected));
        }
    }

    private static String table() {
        StringBuilder sql = new StringBuilder("create table every (id int primary key");
        for (int i = 0; i < COLUMNS.size(); i++) {
            sql.append(", c").append(i).append(' ').append(COLUMNS.get(i).getFirst());
        }
        return sql.append(')').toString();
    }

    /// The first literals, the second ones, and NULLs.
    private static String rows() {
        return String.join(
                ", ", IntStream.rangeClosed(1, 3).mapToObj(DecodedValuesTest::row).toList());
    }

    private static String row(int number) {
        StringBuilder sql = new StringBuilder("(" + number);
        for (List<String> column : COLUMNS) {
            boolean missing = number == 3 || (column.getFirst().equals("uuid") && number == 2);
            sql.append(missing ? ", null" : ", '" + column.get(number).replace("'", "''") + "'");
        }
        return sql.append(')').toString();
    }
}
