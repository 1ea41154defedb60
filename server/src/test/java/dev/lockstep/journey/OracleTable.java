package dev.lockstep.journey;

import dev.lockstep.policy.RandomPolicies;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The table `t` of [RandomPolicies] with some of its columns dropped, and random statements on it
/// and on the members `m`. Every image of a row has a `mark` and a `hid` like no other's.
final class OracleTable {
    private static final int IDS = 30;

    private final Random random;
    private final RandomPolicies policies;
    private final List<String> columns = new ArrayList<>(RandomPolicies.COLUMNS);

    OracleTable(Random random, RandomPolicies policies) {
        this.random = random;
        this.policies = policies;
    }

    /// Of one row as somebody may see it, and whether the question takes it.
    record Image(String mark, String hid, boolean asked) {}

    /// A filter in the words of both grammars (nothing where one lacks them), and in SQL.
    record Question(String rest, String changes, String sql) {}

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    /// Makes the table anew, with other columns and privileges.
    ///
    /// @return whether `hid` is hidden from people
    boolean create(ServerRig rig) {
        columns.clear();
        columns.addAll(RandomPolicies.COLUMNS);
        rig.sql(
                "create sequence marks",
                RandomPolicies.TABLES,
                "alter table t add mark text default 'k#' || nextval('marks') || '#',"
                        + " add hid text default 'h#' || nextval('marks') || '#'",
                "alter table t replica identity full",
                // So that the log tells of its changes: without, rights are read again every 30 s.
                "alter table m replica identity full");
        for (int i = random.nextInt(4); i > 0; i--) {
            rig.sql("alter table t drop column " + columns.remove(random.nextInt(columns.size())));
        }
        boolean hidden = random.nextBoolean();
        String shown =
                hidden
                        ? columns.stream().collect(Collectors.joining(", ", "(id, mark, ", ")"))
                        : "";
        rig.sql(
                "revoke all on t from anon, authenticated",
                "grant select " + shown + " on t to anon, authenticated",
                "grant usage on sequence marks to anon, authenticated");
        return hidden;
    }

    static void drop(ServerRig rig) {
        rig.sql(
                "drop table if exists t, m",
                "drop function if exists mine(), claim_int(text)",
                "drop type if exists mood",
                "drop domain if exists title",
                "drop sequence if exists marks",
                "do $$ begin if exists (select from pg_roles where rolname = 'staff') then"
                        + " drop owned by staff; drop role staff; end if; end $$");
    }

    /// Policies that the table's columns allow for.
    ///
    /// @return as they were written
    List<String> secure(Connection connection) throws SQLException {
        while (true) {
            try (Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                List<String> made = policies.policies(names(statement));
                for (String one : made) {
                    statement.execute(one);
                }
                connection.commit();
                return made.stream().filter(one -> one.startsWith("create")).toList();
            } catch (SQLException e) {
                connection.rollback();
                if (!"42703".equals(e.getSQLState())) { // a column that is dropped
                    throw e;
                }
            } finally {
                connection.setAutoCommit(true);
            }
        }
    }

    private static List<String> names(Statement statement) throws SQLException {
        List<String> names = new ArrayList<>();
        try (ResultSet rows =
                statement.executeQuery(
                        "select polname from pg_policy where polrelid = 't'::regclass")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    Question question() {
        List<Question> all = new ArrayList<>();
        all.add(new Question("", "", "true"));
        all.add(new Question("id=gt.9", "id=gt.9", "id > 9"));
        all.add(both("i", "gte.1", "i >= 1"));
        all.add(both("i", "not.in.(1,2)", "i not in (1, 2)"));
        all.add(both("s8", "lt.4", "s8 < 4"));
        all.add(both("n", "neq.3", "n <> 3"));
        all.add(both("w", "in.(a,b,ab)", "w in ('a', 'b', 'ab')"));
        all.add(both("w", "not.is.null", "w is not null"));
        all.add(both("v", "gt.a", "v > 'a'"));
        all.add(both("b", "is.true", "b is true"));
        all.add(both("e", "eq.ok", "e = 'ok'"));
        all.add(both("d", "match.^a", "d ~ '^a'"));
        all.add(
                new Question(
                        "or=(id.lt.9,and(id.gt.12,id.neq.20))",
                        "",
                        "(id < 9 or (id > 12 and id <> 20))"));
        all.add(new Question("not.and=(id.gt.5,id.lt.15)", "", "not (id > 5 and id < 15)"));
        all.removeIf(question -> columns.stream().noneMatch(c -> names(question, c)));
        return all.get(random.nextInt(all.size()));
    }

    private static Question both(String column, String words, String sql) {
        return new Question(column + "=" + words, column + "=" + words, sql);
    }

    private static boolean names(Question question, String column) {
        String sql = question.sql();
        return sql.equals("true") || sql.contains("id ") || sql.startsWith(column + " ");
    }

    /// One to four statements on the rows, or one or two on the memberships.
    List<String> transaction() {
        if (random.nextInt(7) == 0) {
            return statements(1 + random.nextInt(2), this::membership);
        }
        return statements(1 + random.nextInt(4), this::change);
    }

    private static List<String> statements(int count, Supplier<String> kind) {
        return IntStream.range(0, count).mapToObj(_ -> kind.get()).toList();
    }

    private String change() {
        int dice = random.nextInt(10);
        if (dice < 4) {
            return insert();
        }
        if (dice < 5) {
            return "delete from t where id = " + id();
        }
        if (dice < 6) {
            return "update t set " + fresh() + ", id = " + id() + " + 100 where id = " + id();
        }
        if (dice < 7) {
            return "update t set " + fresh() + some() + " where id % 5 = " + random.nextInt(5);
        }
        return "update t set " + fresh() + some() + " where id = " + id();
    }

    private String insert() {
        return "insert into t (id, "
                + String.join(", ", columns)
                + ") values ("
                + id()
                + ", "
                + columns.stream().map(policies::value).collect(Collectors.joining(", "))
                + ") on conflict do nothing";
    }

    private static String fresh() {
        return "mark = 'k#' || nextval('marks') || '#', hid = 'h#' || nextval('marks') || '#'";
    }

    private String some() {
        return IntStream.range(0, 1 + random.nextInt(3))
                .mapToObj(_ -> one(columns))
                .distinct()
                .map(column -> ", " + column + " = " + policies.value(column))
                .collect(Collectors.joining());
    }

    private String membership() {
        return switch (random.nextInt(3)) {
            case 0 -> "insert into m values " + policies.member();
            case 1 ->
                    "delete from m where ctid in (select ctid from m order by random() limit "
                            + (1 + random.nextInt(3))
                            + ")";
            default ->
                    "update m set i = %s where u = %s"
                            .formatted(policies.value("i"), policies.value("u"));
        };
    }

    private String id() {
        return Integer.toString(random.nextInt(IDS));
    }

    /// Rows to begin with.
    List<String> first() {
        List<String> first = new ArrayList<>(statements(12, this::insert));
        first.addAll(statements(6, () -> "insert into m values " + policies.member()));
        return first;
    }

    /// What PostgreSQL shows to a role with claims, by id; everything where the role is empty.
    static Map<String, Image> shown(
            Connection connection, String role, String claims, Question question)
            throws SQLException {
        Map<String, Image> images = new HashMap<>();
        try (Statement statement = connection.createStatement()) {
            if (!role.isEmpty()) {
                statement.execute("set local role " + role);
                statement.execute(
                        "select set_config('request.jwt.claims', '%s', true)"
                                .formatted(claims.replace("'", "''")));
            }
            try (ResultSet rows =
                    statement.executeQuery(
                            "select id, mark, %s, %s is true from t"
                                    .formatted(role.isEmpty() ? "hid" : "''", question.sql()))) {
                while (rows.next()) {
                    images.put(
                            rows.getString(1),
                            new Image(rows.getString(2), rows.getString(3), rows.getBoolean(4)));
                }
            }
            if (!role.isEmpty()) {
                statement.execute("reset role");
            }
        }
        return images;
    }
}
