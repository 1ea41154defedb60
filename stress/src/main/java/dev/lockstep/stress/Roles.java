package dev.lockstep.stress;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// What a restaurant's people are sent of the same evening, with four servers and four stations:
/// under row policies each hears the part that concerns them, without asking for less.
final class Roles {
    private static final String SCENARIO = "Bytes received of one evening, by role";
    private static final String TENANT = "00000000-0000-4000-8000-000000000002";
    private static final String PEOPLE = "00000000-0000-4000-8000-00000000020";
    private static final int CHANGES = 2_000;
    private static final List<String> STAGES =
            List.of("pending", "confirmed", "preparing", "ready", "completed");

    private record Role(String name, String subject, Map<String, String> metadata) {}

    private static final List<Role> ROLES =
            List.of(
                    role("admin", 1, ""),
                    role("server", 2, ""),
                    role("cook", 6, "grill"),
                    role("expo", 8, ""));

    private final Database database;
    private final Report report;

    Roles(Database database, Report report) {
        this.database = database;
        this.report = report;
    }

    private static Role role(String name, int person, String station) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("tenant_id", TENANT);
        metadata.put("role", name);
        if (!station.isEmpty()) {
            metadata.put("station_id", station);
        }
        return new Role(name, PEOPLE + person, metadata);
    }

    /// @param server with the demo's data
    void run(DemoServer server) throws Exception {
        Tokens tokens = new Tokens(server);
        long[] bytes = new long[ROLES.size()];
        Target target =
                Target.lockstep(
                                server,
                                "evening",
                                "{\"feeds\":[{\"table\":\"orders\"}]}",
                                member ->
                                        tokens.of(
                                                ROLES.get(member).subject(),
                                                ROLES.get(member).metadata()))
                        .forFeeds();
        Crowd.Listener counting = (member, _, _, length) -> bytes[member] += length;
        try (Crowd crowd = Crowd.join(target, ROLES.size(), Duration.ofSeconds(30), counting)) {
            evening();
            // What is under way arrives: the admin hears of every change.
            long before = -1;
            while (before != bytes[0]) {
                before = bytes[0];
                TimeUnit.MILLISECONDS.sleep(500);
                crowd.settle();
            }
        }
        for (int i = 0; i < ROLES.size(); i++) {
            String name = ROLES.get(i).name();
            report.add(SCENARIO, name, "changes", CHANGES);
            report.add(SCENARIO, name, "bytes", bytes[i]);
            report.add(SCENARIO, name, "of the admin's %", 100.0 * bytes[i] / bytes[0]);
        }
    }

    /// Orders move on, one stage at a time, and begin again when they are done.
    private void evening() throws Exception {
        Random random = new Random(20_261_123);
        List<String> orders =
                database.strings("select id from orders where source = 'pos' order by id");
        try (Connection connection = database.connect();
                PreparedStatement move =
                        connection.prepareStatement(
                                "update orders set status = ? where id = ?::uuid")) {
            int[] stage = new int[orders.size()];
            for (int i = 0; i < CHANGES; i++) {
                int order = random.nextInt(orders.size());
                stage[order] = (stage[order] + 1) % STAGES.size();
                move.setString(1, STAGES.get(stage[order]));
                move.setString(2, orders.get(order));
                move.executeUpdate();
            }
        }
    }
}
