package dev.lockstep.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.filter.Filter;
import dev.lockstep.postgres.Caller;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// PostgreSQL is the oracle: whatever the policies, the claims and the rows, what a caller is told
/// is what its SELECT shows.
class PoliciesAgreeWithPostgresTest {
    private static final int SCENARIOS = Integer.getInteger("lockstep.scenarios", 2_400);
    private static final int CALLERS = 6;
    private static final int ROWS = 25;
    private static final int ROUNDS_PER_ROWS = 20;

    private static PolicyRig rig;

    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final RandomPolicies policies = new RandomPolicies(random);
    private final List<String> disagreements = new ArrayList<>();
    private final Map<String, Integer> tiers = new TreeMap<>();

    @BeforeAll
    static void create() {
        rig = new PolicyRig();
        rig.execute(RandomPolicies.TABLES);
    }

    @AfterAll
    static void drop() {
        rig.execute("drop table t, m", "drop owned by staff", "drop role staff");
        rig.close();
    }

    @Test
    void whatever_the_policies_a_caller_is_told_what_its_select_shows() throws SQLException {
        try (Connection connection = rig.database.connection();
                Statement statement = connection.createStatement()) {
            for (int round = 0; round * CALLERS < SCENARIOS; round++) {
                if (round % ROUNDS_PER_ROWS == 0) {
                    statement.execute(policies.rows(ROWS));
                }
                List<String> definition = replace(statement);
                rig.keeper.refresh();
                for (int i = 0; i < CALLERS; i++) {
                    compare(definition);
                }
            }
        }
        assertThat(disagreements).as("seed %d; %s", seed, tiers).isEmpty();
        System.out.println("PoliciesAgreeWithPostgresTest: " + tiers + ", seed " + seed);
    }

    private List<String> replace(Statement statement) throws SQLException {
        List<String> before = new ArrayList<>();
        try (var names =
                statement.executeQuery(
                        "select polname from pg_policy where polrelid = 't'::regclass")) {
            while (names.next()) {
                before.add(names.getString(1));
            }
        }
        List<String> definition = policies.policies(before);
        for (String one : definition) {
            statement.execute(one);
        }
        return definition.subList(before.size(), definition.size());
    }

    private void compare(List<String> definition) throws SQLException {
        Caller caller =
                PolicyRig.caller(
                        random.nextInt(4) == 0 ? "anon" : "authenticated", policies.claims());
        PolicyRig.Sight sight;
        try {
            sight = rig.sight(caller, "t");
        } catch (RuntimeException e) {
            disagreements.add(definition + "\n as " + caller.claimsJson() + "\n throws " + e);
            return;
        }
        tiers.merge(tier(sight), 1, Integer::sum);
        if (!sight.told().equals(sight.shown())) {
            disagreements.add(
                    "%s\n as %s: told %s, shown %s\n by %s"
                            .formatted(
                                    definition,
                                    caller.claimsJson(),
                                    sight.told(),
                                    sight.shown(),
                                    sight.rights().visible()));
        }
    }

    private static String tier(PolicyRig.Sight sight) {
        Filter visible = sight.rights().visible();
        String how =
                visible.toString().contains("Expression")
                        ? "asked"
                        : sight.reads() ? "membership" : "compiled";
        boolean trivial = visible.equals(Filter.NONE) || visible.equals(Filter.ALL);
        return trivial ? how + ", all or none" : how;
    }
}
