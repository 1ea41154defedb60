package dev.lockstep.wire.row;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.PgType;
import dev.lockstep.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// PostgreSQL is the oracle: our JSON of a value's text output is `to_jsonb(value)::text`.
class ValueGoldenTest {
    private static final TestDatabase database = TestDatabase.create();
    private static Connection connection;

    record Case(String sql, PgType type, List<String> literals) {
        @Override
        public String toString() {
            return sql;
        }
    }

    @BeforeAll
    static void connect() throws SQLException {
        database.execute(
                "create extension hstore",
                "create extension citext",
                "create type mood as enum ('sad', 'so \"so\"', 'happy, really')",
                "create type pair as (id int, \"long name\" text, b numeric[])",
                "create type nest as (zz pair, a pair[], at timestamptz, d date)",
                "create domain short as text check (length(value) < 99)",
                "create domain tags as text[]");
        connection = database.connection(Map.of("binaryTransfer", "false"));
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'");
        }
    }

    @AfterAll
    static void drop() throws SQLException {
        connection.close();
        database.close();
    }

    static List<Case> cases() {
        PgType int4 = base(23, "int4");
        PgType text = base(25, "text");
        PgType numeric = base(1700, "numeric");
        PgType timestamptz = base(1184, "timestamptz");
        PgType date = base(1082, "date");
        PgType json = base(114, "json");
        PgType jsonb = base(3802, "jsonb");
        PgType float8 = base(701, "float8");
        PgType hstore = base(99_001, "hstore");
        PgType mood = new PgType.Enumerated(99_002, "mood", List.of("sad"));
        PgType pair =
                new PgType.Composite(
                        99_003,
                        "pair",
                        List.of(
                                new PgType.Attribute("id", int4),
                                new PgType.Attribute("long name", text),
                                new PgType.Attribute("b", array("_numeric", numeric))));
        PgType nest =
                new PgType.Composite(
                        99_004,
                        "nest",
                        List.of(
                                new PgType.Attribute("zz", pair),
                                new PgType.Attribute("a", array("_pair", pair)),
                                new PgType.Attribute("at", timestamptz),
                                new PgType.Attribute("d", date)));
        List<Case> cases = new ArrayList<>();
        cases.add(of("bool", base(16, "bool"), "true", "false"));
        cases.add(of("int2", base(21, "int2"), "0", "-32768", "32767"));
        cases.add(of("int4", int4, "-2147483648", "7"));
        cases.add(of("int8", base(20, "int8"), "9007199254740993", "-9223372036854775808"));
        cases.add(
                of(
                        "numeric",
                        numeric,
                        "12.50",
                        "-0",
                        "-0.000",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "1e30",
                        "1e-30",
                        "123456789012345678901234567890.123456789"));
        cases.add(of("numeric(10,2)", numeric, "1", "-3.999"));
        cases.add(
                of(
                        "float8",
                        float8,
                        "0",
                        "-0",
                        "1.5",
                        "1e300",
                        "-1e300",
                        "1e-300",
                        "1.5e-5",
                        "-1.5e-5",
                        "123456789012345680",
                        "1e15",
                        "1e16",
                        "9007199254740993",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "4.9e-324",
                        "1.7976931348623157e308",
                        "0.0001",
                        "0.00001234",
                        "1.25e17"));
        cases.add(
                of(
                        "float4",
                        base(700, "float4"),
                        "0",
                        "-0",
                        "1.1",
                        "1e38",
                        "1e-38",
                        "1e6",
                        "16777216",
                        "3.4028235e38",
                        "NaN",
                        "Infinity",
                        "-Infinity"));
        String control = "\\u0001\\u0008\\u000b\\u000c\\u001f\\u007f";
        List<String> texts =
                List.of(
                        "",
                        " ",
                        "plain",
                        "ünïcödé 😀",
                        "tab\tnewline\nreturn\r",
                        "\"quoted\\\"",
                        "/slash",
                        "\u0001\b\u000b\f\u001f\u007f",
                        control,
                        "NULL",
                        "null",
                        "{a,b}",
                        "(1,2)",
                        "it's");
        for (String type : List.of("text", "varchar(40)", "short", "citext", "name")) {
            cases.add(new Case(type, type.equals("short") ? domain(text) : base(25, type), texts));
        }
        cases.add(of("char(5)", base(1042, "bpchar"), "ab", "abcde", ""));
        cases.add(of("\"char\"", base(18, "char"), "x", "\"", ""));
        cases.add(of("uuid", base(2950, "uuid"), "6ecd8c99-4036-403d-bf84-cf8400f67836"));
        cases.add(of("bytea", base(17, "bytea"), "\\x0102ff", "\\x"));
        cases.add(of("bit(4)", base(1560, "bit"), "1010"));
        cases.add(of("varbit", base(1562, "varbit"), "101", ""));
        cases.add(of("money", base(790, "money"), "1234.5", "-1"));
        cases.add(of("oid", base(26, "oid"), "0", "4294967295"));
        cases.add(of("xid8", base(5069, "xid8"), "12"));
        cases.add(of("pg_lsn", base(3220, "pg_lsn"), "16/B374D848"));
        cases.add(of("inet", base(869, "inet"), "192.168.0.1/24", "::1"));
        cases.add(of("cidr", base(650, "cidr"), "10.0.0.0/8"));
        cases.add(of("macaddr", base(829, "macaddr"), "08:00:2b:01:02:03"));
        cases.add(
                of(
                        "date",
                        date,
                        "2026-01-02",
                        "infinity",
                        "-infinity",
                        "0044-03-15 BC",
                        "12345-06-07"));
        cases.add(
                of(
                        "timestamp",
                        base(1114, "timestamp"),
                        "2026-01-02 03:04:05.678901",
                        "2026-01-02 03:04:05",
                        "2026-01-02 03:04:05.5",
                        "infinity",
                        "-infinity",
                        "0044-03-15 12:00:00 BC",
                        "12345-06-07 00:00:00"));
        cases.add(
                of(
                        "timestamptz",
                        timestamptz,
                        "2026-01-02 03:04:05.678901+02",
                        "2026-01-02 00:00:00Z",
                        "infinity",
                        "-infinity",
                        "0044-03-15 12:00:00.25+00 BC",
                        "12345-06-07 00:00:00+00"));
        cases.add(of("time", base(1083, "time"), "10:00:00.5", "24:00:00"));
        cases.add(of("timetz", base(1266, "timetz"), "10:00:00+02", "10:00:00.25-05:30"));
        cases.add(
                of(
                        "interval",
                        base(1186, "interval"),
                        "1 day 02:00:00",
                        "-1 year 3 mons",
                        "00:00:00",
                        "1.5 seconds"));
        cases.add(of("point", base(600, "point"), "(1,2)", "(1e300,-0)"));
        cases.add(of("box", base(603, "box"), "(1,2),(3,4)"));
        cases.add(of("xml", base(142, "xml"), "<a b=\"c\">d</a>"));
        cases.add(of("tsvector", base(3614, "tsvector"), "'a':1 'b':2", "'it''s'"));
        cases.add(of("tsquery", base(3615, "tsquery"), "a & !b"));
        cases.add(of("int4range", new PgType.Range(3904, "int4range"), "[1,5)", "empty", "(,3]"));
        cases.add(
                of(
                        "tstzrange",
                        new PgType.Range(3910, "tstzrange"),
                        "[2026-01-01 00:00+00,2026-01-02 00:00+00)"));
        cases.add(
                of(
                        "int4multirange",
                        new PgType.Range(4451, "int4multirange"),
                        "{[1,3),[5,7)}",
                        "{}"));
        cases.add(of("mood", mood, "sad", "so \"so\"", "happy, really"));
        List<String> documents =
                List.of(
                        "null",
                        "true",
                        "\"x\"",
                        "12.50",
                        "-0",
                        "-0.00",
                        "1E5",
                        "1.5e3",
                        "10e-1",
                        "0.05e1",
                        "1e-7",
                        "0e5",
                        "0.0e-3",
                        "[]",
                        "{}",
                        " { } ",
                        " [ 1 , 2 ] ",
                        "{\"b\":1,\"a\":2,\"aa\":3,\"B\":4}",
                        "{\"a\":1,\"b\":2,\"a\":3}",
                        "{\"é\":1,\"zz\":2,\"z\":3,\"\":4}",
                        "{\"\\u0061\":1,\"a\":{\"a\":0}}",
                        "\"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\ \\u001f\\u007f\"",
                        "{\"k\\n\\\"\":[1,{\"y\":[],\"x\":{}},null,\"\\u0041\"]}",
                        "{\"outer\":{\"b\":{\"d\":1,\"c\":2},\"a\":[{\"q\":1,\"p\":2}]},\"i\":0}",
                        "[".repeat(400) + "]".repeat(400));
        cases.add(new Case("json", json, documents));
        cases.add(new Case("jsonb", jsonb, documents));
        cases.add(
                of(
                        "hstore",
                        hstore,
                        "",
                        "a=>1",
                        "\"b b\"=>\"x\\\"y\\\\\", a=>NULL",
                        "\"\"=>\"\", k=>\"NULL\", \"=>\"=>\", \"",
                        "aaa=>1, bb=>2, c=>3"));
        cases.add(of("int2vector", base(22, "int2vector"), "1 2 3", "", "7"));
        cases.add(of("oidvector", base(30, "oidvector"), "1 2 3", ""));
        cases.add(
                of(
                        "int4[]",
                        array("_int4", int4),
                        "{}",
                        "{1,2,3}",
                        "{NULL,1}",
                        "[0:2]={1,2,3}",
                        "{{1,2},{3,4}}",
                        "[-1:0][2:3]={{1,2},{3,NULL}}",
                        "{{{1},{2}},{{3},{4}}}"));
        cases.add(
                of(
                        "text[]",
                        array("_text", text),
                        "{}",
                        "{\"\",a,NULL,\"NULL\",\"null\"}",
                        "{\"a,b\",\"{x}\",\"q\\\"\\\\\",\" s \"}",
                        "{ünï,\"\t\n\"}"));
        cases.add(of("tags", domain(array("_text", text)), "{a,\"b c\"}"));
        cases.add(of("float8[]", array("_float8", float8), "{1e300,-0,NaN,Infinity,1.5e-5}"));
        cases.add(of("numeric[]", array("_numeric", numeric), "{1.50,NaN,-Infinity,0.00}"));
        cases.add(of("bool[]", array("_bool", base(16, "bool")), "{t,f,NULL}"));
        cases.add(of("bytea[]", array("_bytea", base(17, "bytea")), "{\"\\\\x01\",\"\\\\x\"}"));
        cases.add(
                of(
                        "timestamptz[]",
                        array("_timestamptz", timestamptz),
                        "{\"2026-01-02 03:04:05+00\",infinity,\"0044-03-15 12:00:00+00 BC\"}"));
        cases.add(of("date[]", array("_date", date), "{2026-01-02,infinity,\"0044-03-15 BC\"}"));
        cases.add(
                of(
                        "json[]",
                        array("_json", json),
                        "{\"{\\\"b\\\": 1, \\\"a\\\": [1,2]}\",1E2,null,NULL}"));
        cases.add(of("jsonb[]", array("_jsonb", jsonb), "{\"{\\\"b\\\": \\\"\\\\\\\\\\\"}\",1}"));
        cases.add(of("mood[]", array("_mood", mood), "{sad,\"so \\\"so\\\"\"}"));
        cases.add(
                of(
                        "box[]",
                        new PgType.Array(1020, "_box", base(603, "box"), ';'),
                        "{(1,2),(3,4);(5,6),(7,8)}"));
        cases.add(of("hstore[]", array("_hstore", hstore), "{\"a=>1,b=>NULL\",NULL}"));
        cases.add(
                of(
                        "int4range[]",
                        array("_int4range", new PgType.Range(3904, "int4range")),
                        "{\"[1,5)\",empty}"));
        cases.add(
                of(
                        "pair",
                        pair,
                        "(1,x,\"{1.50,NaN}\")",
                        "(,,)",
                        "(1,\"\",{})",
                        "(1,\"a \"\"b\"\" \\\\ , ) (\",)",
                        "(1,\"\"\"\",)"));
        cases.add(
                of(
                        "nest",
                        nest,
                        "(\"(1,\"\"a \"\"\"\"b\"\"\"\"\"\",\"\"{1,2}\"\")\","
                                + "\"{\"\"(1,x,)\"\",\"\"(2,\\\\\"\"y \\\\\\\\\\\\\\\\ z\\\\\"\",{3})\"\"}\","
                                + "\"2026-01-02 03:04:05+00\",2026-01-02)",
                        "(,,,)"));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_value_is_written_as_to_jsonb_writes_it(Case test) throws SQLException {
        String sql = "select v, to_jsonb(v)::text from (select ?::%s as v) s".formatted(test.sql());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (String literal : test.literals()) {
                statement.setString(1, literal);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    assertThat(json(test.type(), row.getString(1)))
                            .as("%s of %s", test.sql(), literal)
                            .isEqualTo(row.getString(2));
                }
            }
        }
    }

    @Test
    void random_floats_are_written_as_to_jsonb_writes_them() throws SQLException {
        long seed = 7;
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                double value = Double.longBitsToDouble(random.nextLong());
                values.add(
                        i % 2 == 0 ? String.valueOf(value) : String.valueOf(random.nextGaussian()));
            }
            String sql = "select v, to_jsonb(v)::text from unnest(?::float8[]) v";
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, "{" + String.join(",", values) + "}");
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        assertThat(json(base(701, "float8"), rows.getString(1)))
                                .as("seed %d", seed)
                                .isEqualTo(rows.getString(2));
                    }
                }
            }
        }
    }

    @Test
    void random_documents_are_written_as_to_jsonb_writes_them() throws SQLException {
        long seed = 11;
        Random random = new Random(seed);
        String sql = "select v, to_jsonb(v)::text from (select ?::json as v) s";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < 1_000; i++) {
                StringBuilder document = new StringBuilder();
                document(random, 4, document);
                statement.setString(1, document.toString());
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    assertThat(json(base(114, "json"), row.getString(1)))
                            .as("seed %d, case %d", seed, i)
                            .isEqualTo(row.getString(2));
                }
            }
        }
    }

    @Test
    void what_jsonb_cannot_hold_stays_valid_json() {
        PgType json = base(114, "json");
        assertThat(json(json, "{\"a\":\"\\u0000x\"}")).isEqualTo("{\"a\": \"\\u0000x\"}");
        assertThat(json(json, "[1e999999]")).isEqualTo("[1e999999]");
        String deep = "[".repeat(5_000) + " 1 " + "]".repeat(5_000);
        assertThat(json(json, deep)).hasSize(10_003);
    }

    private static void document(Random random, int depth, StringBuilder out) {
        switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> out.append(random.nextBoolean());
            case 1 -> out.append("null");
            case 2 ->
                    out.append(random.nextInt(2_000) - 1_000)
                            .append(random.nextBoolean() ? ".50" : "");
            case 3 ->
                    out.append(random.nextInt(90) + 1).append("e").append(random.nextInt(40) - 20);
            case 4 -> string(random, out);
            case 5 -> {
                out.append(" [");
                int size = random.nextInt(4);
                for (int i = 0; i < size; i++) {
                    out.append(i == 0 ? "" : " ,");
                    document(random, depth - 1, out);
                }
                out.append("] ");
            }
            default -> {
                out.append("{ ");
                int size = random.nextInt(6);
                for (int i = 0; i < size; i++) {
                    out.append(i == 0 ? "" : ",");
                    string(random, out);
                    out.append(random.nextBoolean() ? ":" : " : ");
                    document(random, depth - 1, out);
                }
                out.append("}");
            }
        }
    }

    private static void string(Random random, StringBuilder out) {
        String[] pieces = {
            "a", "b", "\\n", "\\u00e9", "é", "\\\"", "\\\\", "😀", "\\ud83d\\ude00", "z"
        };
        out.append('"');
        for (int i = random.nextInt(3); i > 0; i--) {
            out.append(pieces[random.nextInt(pieces.length)]);
        }
        out.append('"');
    }

    private static String json(PgType type, String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        JsonBuffer out = new JsonBuffer(16);
        ValueJson.append(type, utf8, 0, utf8.length, out);
        return new String(out.toBytes(), UTF_8);
    }

    private static Case of(String sql, PgType type, String... literals) {
        return new Case(sql, type, List.of(literals));
    }

    private static PgType base(int oid, String name) {
        return new PgType.Base(oid, name);
    }

    private static PgType domain(PgType base) {
        return new PgType.Domain(99_100, "domain", base);
    }

    private static PgType array(String name, PgType element) {
        return new PgType.Array(99_200, name, element, ',');
    }
}
