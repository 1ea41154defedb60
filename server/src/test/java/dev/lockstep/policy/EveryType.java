package dev.lockstep.policy;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.core.filter.Filter.Operator;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A table with a column of every kind that filters can name, and values and operands that are hard
/// to compare.
final class EveryType {
    private static final TableName NAME = new TableName("Odd \"Schema\"", "every type");
    private static final int TERMS_PER_OPERATOR = 10;

    private final List<Kind> kinds;
    private final Relation relation;

    private EveryType(List<Kind> kinds, Relation relation) {
        this.kinds = kinds;
        this.relation = relation;
    }

    List<Kind> kinds() {
        return kinds;
    }

    Relation relation() {
        return relation;
    }

    Set<String> columnNames() {
        return relation.columns().stream().map(Column::name).collect(Collectors.toSet());
    }

    /// @param values texts that may stand in the column
    /// @param operands more texts to compare with; some are refused
    record Kind(
            String column,
            String sqlType,
            Collation collation,
            List<String> values,
            List<String> operands) {

        List<Filter> terms(Random random) {
            List<Filter> terms = new ArrayList<>();
            for (Condition condition : Condition.values()) {
                terms.add(new Filter.Is(column, condition));
            }
            for (Operator operator : Operator.values()) {
                for (int i = 0; i < TERMS_PER_OPERATOR; i++) {
                    terms.add(new Filter.Compare(column, operator, operand(operator, random)));
                }
            }
            terms.add(new Filter.In(column, List.of()));
            terms.add(new Filter.In(column, List.of(), true));
            for (int i = 0; i < TERMS_PER_OPERATOR; i++) {
                List<String> several = new ArrayList<>();
                for (int n = random.nextInt(4); n >= 0; n--) {
                    several.add(operand(Operator.EQ, random));
                }
                terms.add(new Filter.In(column, several, random.nextInt(4) == 0));
            }
            return terms;
        }

        String value(Random random) {
            return random.nextInt(3) == 0
                    ? RandomTexts.of(sqlType, random).orElseGet(() -> pick(values, random))
                    : pick(values, random);
        }

        private static String pick(List<String> texts, Random random) {
            return texts.get(random.nextInt(texts.size()));
        }

        private String operand(Operator operator, Random random) {
            String any =
                    random.nextInt(3) == 0 && !operands.isEmpty()
                            ? pick(operands, random)
                            : value(random);
            return switch (operator) {
                case LIKE, ILIKE -> pattern(any, random);
                case MATCH, IMATCH -> random.nextInt(5) == 0 ? "(" + any : any;
                case EQ, NEQ, LT, LTE, GT, GTE, DISTINCT -> any;
            };
        }

        /// Some characters replaced; never with an escape at the end, which PostgreSQL refuses only
        /// when it gets there.
        private static String pattern(String text, Random random) {
            StringBuilder pattern = new StringBuilder();
            text.codePoints()
                    .forEach(c -> {
                        String kept = c == '\\' ? "\\\\" : new String(Character.toChars(c));
                        pattern.append(
                                switch (random.nextInt(8)) {
                                    case 0 -> "%";
                                    case 1 -> "_";
                                    case 2 -> kept.toUpperCase(Locale.ROOT);
                                    case 3 -> "%" + kept;
                                    default -> kept;
                                });
                    });
            return pattern + (random.nextBoolean() ? "%" : "");
        }
    }

    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "a",
                    "A",
                    "b",
                    "B",
                    "ab",
                    "aB",
                    "AB",
                    "abc",
                    "a b",
                    "a  ",
                    "  a",
                    "ä",
                    "Ä",
                    "ß",
                    "ss",
                    "e\u0301",
                    "é",
                    "i",
                    "I",
                    "İ",
                    "ı",
                    "Iı",
                    "K",
                    "k",
                    "\u212a",
                    "Ì",
                    "ì",
                    "日本語",
                    "😀x",
                    "a%b",
                    "a_b",
                    "a\\b",
                    "\\",
                    "null",
                    "NULL",
                    "10",
                    "9",
                    "z-1",
                    "z1",
                    "it's \"q\"",
                    "{a,b}",
                    "Straße",
                    "STRASSE",
                    "line\nbreak");

    private static List<Kind> allKinds(boolean icu) {
        List<Kind> kinds = new ArrayList<>();
        Kinds add =
                (column, type, collation, values, operands) ->
                        kinds.add(new Kind(column, type, collation, values, operands));
        add.of(
                "b",
                "boolean",
                Collation.NONE,
                List.of("t", "f"),
                List.of("true", "FALSE", " yes ", "0", "1", "of", "2", ""));
        List<String> smalls = List.of("0", "1", "-1", "7", "10", "9", "100", "32767", "-32768");
        List<String> odd =
                List.of("007", " 8 ", "+9", "-0", "1.0", "abc", "", "99999", "-", "1e2", "0x1F");
        add.of("i2", "smallint", Collation.NONE, smalls, odd);
        add.of(
                "i4",
                "integer",
                Collation.NONE,
                with(smalls, "2147483647", "-2147483648", "999999999"),
                with(odd, "2147483648"));
        add.of(
                "i8",
                "bigint",
                Collation.NONE,
                with(smalls, "9223372036854775807", "-9223372036854775808", "9007199254740993"),
                with(odd, "9223372036854775808", "999999999999999999"));
        add.of(
                "o",
                "oid",
                Collation.NONE,
                List.of("0", "1", "42", "4294967295"),
                List.of("-1", "4294967296", " 7", "x"));
        List<String> decimals =
                List.of(
                        "0",
                        "0.0",
                        "1",
                        "1.0",
                        "1.00",
                        "-1",
                        "-1.5",
                        "12.50",
                        "12.5",
                        "0.05",
                        "-0.05",
                        "100",
                        "99.99",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "123456789012345678901234567890.123",
                        "123456789012345678901234567890.1230");
        List<String> oddDecimals =
                List.of("1e2", "1E-3", ".5", "5.", "-0", "nan", "inf", " 1 ", "x");
        add.of("n", "numeric", Collation.NONE, decimals, oddDecimals);
        add.of(
                "n2",
                "numeric(6,2)",
                Collation.NONE,
                List.of("0", "1.00", "1.01", "-12.5", "9999.99", "NaN"),
                with(oddDecimals, "1.005"));
        List<String> floats =
                List.of(
                        "0",
                        "-0",
                        "1",
                        "1.5",
                        "-1.5",
                        "0.1",
                        "0.3",
                        "16777217",
                        "1e-07",
                        "1e+20",
                        "-1e+20",
                        "1.17549435e-38",
                        "3.4e+38",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "100",
                        "12345.678");
        add.of("f4", "real", Collation.NONE, floats, with(oddDecimals, "0.10000000149", "1e300"));
        add.of(
                "f8",
                "double precision",
                Collation.NONE,
                with(
                        floats,
                        "0.30000000000000004",
                        "5e-324",
                        "1.7976931348623157e+308",
                        "1e15",
                        "1e16"),
                with(oddDecimals, "1e400", "0.1000000000000000055511151231257827"));
        add.of(
                "m",
                "money",
                Collation.NONE,
                List.of("$1.00", "-$2.50", "$1,000.00"),
                List.of("2", "x"));
        add.of("t", "text COLLATE \"C\"", Collation.BYTES, TEXTS, List.of("zz"));
        add.of("td", "text", Collation.DETERMINISTIC, TEXTS, List.of("zz"));
        add.of(
                "v",
                "varchar(20) COLLATE \"C\"",
                Collation.BYTES,
                TEXTS,
                List.of("a longer text than the column may hold"));
        add.of("nm", "name", Collation.BYTES, TEXTS, List.of("x".repeat(70), "é".repeat(40)));
        List<String> padded =
                TEXTS.stream().filter(s -> s.codePointCount(0, s.length()) <= 5).toList();
        add.of("c", "char(5) COLLATE \"C\"", Collation.BYTES, padded, List.of("a     ", "abcdefg"));
        add.of("cd", "char(5)", Collation.DETERMINISTIC, padded, List.of("a     ", "abcdefg"));
        add.of("ci", "citext", Collation.DETERMINISTIC, TEXTS, List.of("ABC"));
        if (icu) {
            add.of("tde", "text COLLATE \"de-x-icu\"", Collation.DETERMINISTIC, TEXTS, List.of());
            add.of("ttr", "text COLLATE \"tr-x-icu\"", Collation.DETERMINISTIC, TEXTS, List.of());
            add.of("tlt", "text COLLATE \"lt-x-icu\"", Collation.DETERMINISTIC, TEXTS, List.of());
            add.of("tnd", "text COLLATE caseless", Collation.NONDETERMINISTIC, TEXTS, List.of());
        }
        add.of(
                "dom",
                "short_text",
                Collation.BYTES,
                List.of("a", "b", "ab"),
                List.of("far too long"));
        add.of("domi", "positive", Collation.NONE, List.of("1", "20", "3"), List.of("-1", "x"));
        add.of(
                "u",
                "uuid",
                Collation.NONE,
                List.of(
                        "00000000-0000-0000-0000-000000000000",
                                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                        "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                "7f000000-0000-0000-0000-000000000001"),
                List.of(
                        "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
                        "{a0eebc999c0b4ef8bb6d6bb9bd380a11}",
                        "zz"));
        add.of(
                "by",
                "bytea",
                Collation.NONE,
                List.of("\\x", "\\x00", "\\x01ff", "\\xff", "\\x0100"),
                List.of("abc", "\\xFF", "\\x1", "a\\000b"));
        List<String> dates =
                List.of(
                        "2026-01-02",
                        "2000-02-29",
                        "1999-12-31",
                        "0044-03-15 BC",
                        "0001-01-01",
                        "12026-07-08",
                        "infinity",
                        "-infinity",
                        "4713-01-01 BC",
                        "5874897-12-31");
        List<String> oddDates =
                List.of(
                        "Jan 2, 2026",
                        "20260102",
                        "2026-1-2",
                        "1/2/2026",
                        "2026-02-30",
                        "epoch",
                        "x");
        add.of("d", "date", Collation.NONE, dates, oddDates);
        List<String> stamps =
                List.of(
                        "2026-01-02 03:04:05",
                        "2026-01-02 03:04:05.678901",
                        "1999-12-31 23:59:59.5",
                        "0044-03-15 10:00:00 BC",
                        "infinity",
                        "-infinity",
                        "294276-12-31 23:59:59.999999",
                        "4713-11-24 00:00:00 BC",
                        "1969-12-31 23:59:59.999999");
        List<String> oddStamps =
                List.of(
                        "2026-01-02T03:04:05Z",
                        "2026-01-02",
                        "20260102T030405",
                        "2026-01-02 04:04:05+01",
                        "2026-01-02 25:00",
                        "epoch",
                        "allballs",
                        "x",
                        "2026-01-02 24:00:00");
        add.of("ts", "timestamp", Collation.NONE, stamps, oddStamps);
        add.of("ts0", "timestamp(0)", Collation.NONE, stamps.subList(0, 4), oddStamps);
        add.of(
                "tz",
                "timestamptz",
                Collation.NONE,
                with(stamps, "2026-01-02 03:04:05+05:30", "2026-01-01 22:34:05-05"),
                oddStamps);
        add.of(
                "ti",
                "time",
                Collation.NONE,
                List.of("00:00:00", "10:00:00.5", "23:59:59.999999", "24:00:00", "10:00:00"),
                List.of("10 am", "1000", "25:00", "10:00"));
        add.of(
                "tt",
                "timetz",
                Collation.NONE,
                List.of(
                        "10:00:00+02",
                        "08:00:00+00",
                        "09:00:00+01",
                        "00:00:00-08",
                        "24:00:00+05:30",
                        "12:30:00.25-03:30:15"),
                List.of("8:00Z", "10:00", "x"));
        add.of(
                "iv",
                "interval",
                Collation.NONE,
                List.of(
                        "1 day",
                        "24:00:00",
                        "1 mon",
                        "30 days",
                        "1 year",
                        "12 mons",
                        "360 days",
                        "-1 day",
                        "-1 days +02:03:04",
                        "1 year 2 mons -3 days +04:05:06.7",
                        "00:00:00",
                        "-00:00:01",
                        "100000000 years",
                        "23:59:60",
                        "-10 mons +5 days -100:00:00.000001"),
                List.of("P1D", "1.5 days", "2 weeks", "x", "1 century"));
        add.of(
                "e",
                "mood",
                Collation.NONE,
                List.of("sad", "ok", "happy", "\"odd\""),
                List.of("great", "SAD"));
        add.of(
                "ip",
                "inet",
                Collation.NONE,
                List.of(
                        "10.0.0.1",
                        "10.0.0.1/8",
                        "10.0.0.2",
                        "::1",
                        "fe80::1/64",
                        "192.168.0.0/16"),
                List.of("10.0.0.1/32", "0:0:0:0:0:0:0:1", "10", "x"));
        add.of(
                "ne",
                "cidr",
                Collation.NONE,
                List.of("10.0.0.0/8", "10.1.0.0/16", "::/0"),
                List.of("10.0.0.1/8", "10"));
        add.of(
                "ma",
                "macaddr",
                Collation.NONE,
                List.of("08:00:2b:01:02:03", "ff:00:2b:01:02:03"),
                List.of("08-00-2B-01-02-03", "x"));
        add.of(
                "bi",
                "bit(4)",
                Collation.NONE,
                List.of("1010", "0000", "1111"),
                List.of("10", "2", "xA"));
        add.of(
                "vb",
                "varbit",
                Collation.NONE,
                List.of("", "1", "10", "0", "100000000", "01111"),
                List.of("2"));
        add.of(
                "ls",
                "pg_lsn",
                Collation.NONE,
                List.of("0/0", "16/B374D848", "A/0"),
                List.of("16/b374d848", "x"));
        add.of("j", "json", Collation.NONE, List.of("1", "{\"a\": 1}", "null"), List.of("{"));
        add.of(
                "jb",
                "jsonb",
                Collation.NONE,
                List.of("1", "1.0", "{\"a\": 1}", "null", "[1]", "\"x\""),
                List.of("{\"a\":1}", "{"));
        add.of(
                "ia",
                "integer[]",
                Collation.NONE,
                List.of("{}", "{1,2}", "{1,NULL}", "{{1},{2}}", "{2}"),
                List.of("{ 1, 2 }", "[0:1]={1,2}", "{x}", "1"));
        add.of(
                "ta",
                "text[]",
                Collation.DETERMINISTIC,
                List.of("{}", "{a,b}", "{A}", "{\"a,b\"}"),
                List.of("{ a , b }"));
        add.of(
                "r",
                "int4range",
                Collation.NONE,
                List.of("[1,5)", "empty", "(,)", "[2,3)"),
                List.of("[1,4]", "x"));
        add.of("x", "xml", Collation.NONE, List.of("<a/>", "<b>x</b>"), List.of("<"));
        add.of("p", "point", Collation.NONE, List.of("(1,2)", "(0,0)"), List.of("1,2"));
        add.of("co", "pair", Collation.NONE, List.of("(1,a)", "(2,b)"), List.of("(1,a)"));
        add.of("tv", "tsvector", Collation.NONE, List.of("'a' 'b'", "'c':1"), List.of("b a"));
        return kinds;
    }

    private interface Kinds {
        void of(
                String column,
                String type,
                Collation collation,
                List<String> values,
                List<String> operands);
    }

    private static List<String> with(List<String> some, String... more) {
        List<String> all = new ArrayList<>(some);
        all.addAll(Arrays.asList(more));
        return all;
    }

    static EveryType create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            boolean icu =
                    exists(statement, "SELECT 1 FROM pg_collation WHERE collname = 'de-x-icu'");
            statement.execute("CREATE SCHEMA \"Odd \"\"Schema\"\"\"");
            statement.execute("SET search_path = \"Odd \"\"Schema\"\"\"");
            statement.execute("CREATE EXTENSION citext SCHEMA \"Odd \"\"Schema\"\"\"");
            statement.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', '\"odd\"')");
            statement.execute("CREATE TYPE pair AS (a integer, b text)");
            statement.execute(
                    "CREATE DOMAIN short_text AS text COLLATE \"C\" CHECK (length(value) < 5)");
            statement.execute("CREATE DOMAIN positive AS integer CHECK (value > 0)");
            if (icu) {
                statement.execute(
                        "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2',"
                                + " deterministic = false)");
            }
            List<Kind> kinds = allKinds(icu);
            statement.execute(
                    "CREATE TABLE %s (row_id integer PRIMARY KEY, %s)"
                            .formatted(
                                    NAME.quoted(),
                                    kinds.stream()
                                            .map(k -> "\"" + k.column() + "\" " + k.sqlType())
                                            .collect(Collectors.joining(", "))));
            statement.execute("SET search_path = public");
            return new EveryType(kinds, relation(statement, kinds));
        }
    }

    private static boolean exists(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            return rows.next();
        }
    }

    private static Relation relation(Statement statement, List<Kind> kinds) throws SQLException {
        List<Column> columns = new ArrayList<>();
        columns.add(new Column("row_id", new PgType.Base(23, "int4"), -1, Collation.NONE, true));
        try (ResultSet rows =
                statement.executeQuery(
                        """
                        SELECT t.oid, t.typname, t.typtype, t.typelem, b.oid, b.typname, a.atttypmod
                        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                        LEFT JOIN pg_type b ON b.oid = greatest(t.typbasetype, t.typelem)
                        JOIN pg_class c ON c.oid = a.attrelid
                        WHERE c.relname = 'every type' AND a.attnum > 1 ORDER BY a.attnum
                        """)) {
            for (Kind kind : kinds) {
                rows.next();
                columns.add(
                        new Column(
                                kind.column(),
                                type(rows),
                                rows.getInt(7),
                                kind.collation(),
                                false));
            }
        }
        return new Relation(1, NAME, ReplicaIdentity.FULL, columns);
    }

    private static PgType type(ResultSet rows) throws SQLException {
        int oid = rows.getInt(1);
        String name = rows.getString(2);
        PgType base = new PgType.Base(rows.getInt(5), String.valueOf(rows.getString(6)));
        return switch (rows.getString(3)) {
            case "e" -> new PgType.Enumerated(oid, name, List.of("sad", "ok", "happy", "\"odd\""));
            case "d" -> new PgType.Domain(oid, name, base);
            case "c" -> new PgType.Composite(oid, name, List.of());
            case "r" -> new PgType.Range(oid, name);
            default ->
                    name.startsWith("_")
                            ? new PgType.Array(oid, name, base, ',')
                            : new PgType.Base(oid, name);
        };
    }

    /// Inserts random rows and gives their images back, by `row_id`.
    List<Row> fill(Connection connection, Random random, int count) throws SQLException {
        String marks = kinds.stream().map(k -> "?").collect(Collectors.joining(", "));
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO " + NAME.quoted() + " VALUES (?, " + marks + ")")) {
            for (int id = 0; id < count; id++) {
                insert.setInt(1, id);
                for (int k = 0; k < kinds.size(); k++) {
                    boolean isNull = random.nextInt(8) == 0;
                    insert.setObject(
                            k + 2, isNull ? null : kinds.get(k).value(random), Types.OTHER);
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
        List<Row> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet images =
                        statement.executeQuery(
                                "SELECT * FROM " + NAME.quoted() + " ORDER BY row_id")) {
            while (images.next()) {
                @Nullable String[] values = new @Nullable String[kinds.size() + 1];
                for (int i = 0; i < values.length; i++) {
                    values[i] = images.getString(i + 1);
                }
                rows.add(Row.of(values));
            }
        }
        return rows;
    }

    /// The values of those columns that a filter names, for people.
    String mentioned(Filter filter, Row row) {
        String text = filter.toString();
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= kinds.size(); i++) {
            String column = kinds.get(i - 1).column();
            if (text.contains("column=" + column + ",")) {
                values.add(column + "=" + (row.isNull(i) ? "NULL" : "'" + row.text(i) + "'"));
            }
        }
        return values.toString();
    }
}
