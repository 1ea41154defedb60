package dev.lockstep.journey;

import dev.lockstep.journey.OracleTable.Image;
import dev.lockstep.journey.OracleTable.Question;
import dev.lockstep.policy.RandomPolicies;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// PostgreSQL is the oracle of what goes over the wire: random tables, policies, users, filters and
/// transactions. After each commit every user's live feed holds what its SELECT shows; its
/// `postgres_changes` are those whose images it could see; and no value of any other image of a row
/// was ever among the bytes that it received. One scenario is one user and one transaction.
class PolicyOracleTest {
    private static final int SCENARIOS = Integer.getInteger("lockstep.scenarios", 2_400);
    private static final int USERS = 12;
    private static final int TRANSACTIONS = 20;
    private static final int POLICIES_PER_TABLE = 3;
    private static final Question ALL = new Question("", "", "true");

    private static ServerRig rig;

    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final RandomPolicies policies = new RandomPolicies(random);
    private final OracleTable table = new OracleTable(random, policies);

    /// What led to where we are.
    private final List<String> story = new ArrayList<>();

    @BeforeAll
    static void start() {
        rig = ServerRig.start();
    }

    @AfterAll
    static void stop() {
        OracleTable.drop(rig);
        rig.close();
    }

    @Test
    void whatever_happens_a_user_is_sent_what_postgresql_shows_it() throws SQLException {
        boolean hidden = false;
        try (Connection connection = rig.database().connection()) {
            for (int round = 0; round * USERS * TRANSACTIONS < SCENARIOS; round++) {
                if (round % POLICIES_PER_TABLE == 0) {
                    OracleTable.drop(rig);
                    rig.awaitRefused("t", rig.serviceKey());
                    hidden = table.create(rig);
                    rig.sql(table.first().toArray(String[]::new));
                }
                story.clear();
                story.add("seed %d, round %d".formatted(seed, round));
                story.addAll(table.secure(connection));
                rig.awaitPublished("t");
                round(connection, hidden);
            }
        }
    }

    private void round(Connection connection, boolean hidden) throws SQLException {
        List<OracleWatcher> watchers = new ArrayList<>();
        connection.setAutoCommit(false);
        try {
            for (int i = 0; i < USERS; i++) {
                watchers.add(
                        new OracleWatcher(
                                rig,
                                connection,
                                random.nextInt(4) == 0 ? "anon" : "authenticated",
                                policies.claims(),
                                table.question(),
                                hidden));
            }
            connection.commit();
            Map<String, Image> everything = OracleTable.shown(connection, "", "", ALL);
            connection.commit();
            watchers.forEach(watcher -> watcher.begin(everything));
            check(watchers);
            for (int i = 0; i < TRANSACTIONS; i++) {
                List<String> statements = table.transaction();
                story.add("transaction %d: %s".formatted(i, statements));
                carryOut(connection, statements, watchers);
                check(watchers);
            }
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
            watchers.forEach(OracleWatcher::close);
        }
    }

    private void check(List<OracleWatcher> watchers) {
        String told = String.join(System.lineSeparator(), story);
        watchers.forEach(watcher -> watcher.check(told));
    }

    private void carryOut(
            Connection connection, List<String> statements, List<OracleWatcher> watchers)
            throws SQLException {
        boolean undone = random.nextInt(8) == 0;
        List<Integer> expectations = watchers.stream().map(OracleWatcher::expectations).toList();
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                Map<String, Image> before = OracleTable.shown(connection, "", "", ALL);
                statement.execute("savepoint one");
                try {
                    statement.execute(sql);
                } catch (SQLException e) {
                    if (!"23505".equals(e.getSQLState())) { // a key that is taken
                        throw e;
                    }
                    statement.execute("rollback to savepoint one");
                }
                Map<String, Image> after = OracleTable.shown(connection, "", "", ALL);
                Map<String, String> moved = sql.contains(" m ") ? Map.of() : moved(before, after);
                for (OracleWatcher watcher : watchers) {
                    if (sql.contains(" m ")) {
                        watcher.rights(connection, after);
                    } else {
                        watcher.observe(connection, before, after, moved);
                    }
                }
            }
        }
        if (!undone) {
            connection.commit();
            return;
        }
        connection.rollback();
        for (int i = 0; i < watchers.size(); i++) {
            watchers.get(i).undo(connection, expectations.get(i));
        }
        connection.commit();
    }

    /// From the new id to the old of a row whose key has changed: of one statement, so of one row.
    private static Map<String, String> moved(Map<String, Image> before, Map<String, Image> after) {
        Set<String> gone = new TreeSet<>(before.keySet());
        gone.removeAll(after.keySet());
        Set<String> come = new TreeSet<>(after.keySet());
        come.removeAll(before.keySet());
        Map<String, String> moved = new HashMap<>();
        if (gone.size() == 1 && come.size() == 1) {
            moved.put(come.iterator().next(), gone.iterator().next());
        }
        return moved;
    }
}
