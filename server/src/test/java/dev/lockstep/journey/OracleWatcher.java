package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.journey.OracleTable.Image;
import dev.lockstep.journey.OracleTable.Question;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One user who follows `t` as a live feed and as `postgres_changes`, beside what PostgreSQL shows
/// to that user after each statement.
final class OracleWatcher implements AutoCloseable {
    private static final String FEED = "realtime:f";
    private static final String CHANGES = "realtime:n";
    private static final Pattern MARK = Pattern.compile("[kh]#\\d+#");
    private static final JsonMapper JSON = JsonMapper.shared();

    private final String role;
    private final String claims;
    private final Question question;
    private final boolean hidden;
    private final LiveClient client;
    private final FeedView view;
    private final Set<String> allowed = new HashSet<>();
    private final List<String> expected = new ArrayList<>();
    private final Set<String> old = new HashSet<>();
    private Map<String, Image> now;
    private int looked;

    /// @param hidden whether column `hid` may never come
    OracleWatcher(
            ServerRig rig,
            Connection connection,
            String role,
            Map<String, Object> someClaims,
            Question question,
            boolean hidden)
            throws SQLException {
        Map<String, Object> all = new HashMap<>(someClaims);
        all.put("role", role);
        this.role = role;
        this.claims = JSON.writeValueAsString(all);
        this.question = question;
        this.hidden = hidden;
        this.now = look(connection);
        this.client = LiveClient.connect(rig.url(), rig.token(all));
        this.view =
                client.feed(
                        FEED,
                        JSON.writeValueAsString(Map.of("table", "t", "where", question.rest())));
        client.join(
                CHANGES,
                JSON.writeValueAsString(
                        Map.of(
                                "postgres_changes",
                                List.of(
                                        Map.of(
                                                "event",
                                                "*",
                                                "schema",
                                                "public",
                                                "table",
                                                "t",
                                                "filter",
                                                question.changes())))));
        client.awaitSubscribed(CHANGES);
        view.awaitToken();
    }

    private boolean followsChanges() {
        return !question.changes().isEmpty() || question.rest().isEmpty();
    }

    private Map<String, Image> look(Connection connection) throws SQLException {
        Map<String, Image> seen = OracleTable.shown(connection, role, claims, question);
        seen.values().forEach(image -> allowed.add(image.mark()));
        return seen;
    }

    /// What the change of one statement means to this user. Inside its transaction.
    ///
    /// @param before and after everything, as nobody is bound
    void observe(
            Connection connection,
            Map<String, Image> before,
            Map<String, Image> after,
            Map<String, String> moved)
            throws SQLException {
        Map<String, Image> was = now;
        now = look(connection);
        after.forEach((id, image) -> {
            if (!image.mark().equals(mark(before, id)) && now.containsKey(id)) {
                allowed.add(image.hid());
                if (now.get(id).asked()) {
                    boolean inserted = !before.containsKey(id) && !moved.containsKey(id);
                    expected.add((inserted ? "INSERT " : "UPDATE ") + image.mark());
                }
            }
        });
        before.keySet().stream()
                .filter(id -> !after.containsKey(id) && !moved.containsValue(id))
                .filter(id -> was.containsKey(id) && was.get(id).asked())
                .forEach(id -> expected.add("DELETE " + was.get(id).mark()));
    }

    /// All that there is before anything happens. How it came to be may still be on its way in the
    /// log: a channel tells what its server reads once it has joined.
    void begin(Map<String, Image> everything) {
        everything.values().forEach(image -> old.add(image.mark()));
        allow(everything);
    }

    private void allow(Map<String, Image> everything) {
        everything.forEach((id, image) -> {
            if (now.containsKey(id)) {
                allowed.add(image.hid());
            }
        });
    }

    /// What did not come to be is expected of nobody.
    void undo(Connection connection, int expectations) throws SQLException {
        expected.subList(expectations, expected.size()).clear();
        now = look(connection);
    }

    int expectations() {
        return expected.size();
    }

    /// Rights that this transaction changed may show rows that it did not touch.
    void rights(Connection connection, Map<String, Image> everything) throws SQLException {
        now = look(connection);
        allow(everything);
    }

    private static String mark(Map<String, Image> images, String id) {
        Image image = images.get(id);
        return image == null ? "" : image.mark();
    }

    /// Waits until everything has come, and holds that nothing else did.
    void check(String scenario) {
        TreeMap<String, String> wanted = new TreeMap<>();
        now.forEach((id, image) -> {
            if (image.asked()) {
                wanted.put(id, image.mark());
            }
        });
        try {
            client.await("the rows " + wanted, () -> wanted.equals(held()) ? this : null);
            if (followsChanges()) {
                List<String> sorted = expected.stream().sorted().toList();
                client.await("the changes " + sorted, () -> sorted.equals(told()) ? this : null);
            }
        } catch (AssertionError e) {
            throw new AssertionError(
                    "%s%nas %s, asking %s%nholds %s%nwas told %s%n%s"
                            .formatted(scenario, claims, question, held(), told(), e.getMessage()),
                    e);
        }
        String bytes = client.received();
        Matcher marks = MARK.matcher(bytes).region(looked, bytes.length());
        while (marks.find()) {
            boolean forbidden = hidden && marks.group().startsWith("h");
            assertThat(allowed.contains(marks.group()) && !forbidden)
                    .as("%s%nas %s: %s was on the wire", scenario, claims, marks.group())
                    .isTrue();
        }
        looked = bytes.length();
    }

    private TreeMap<String, String> held() {
        TreeMap<String, String> held = new TreeMap<>();
        view.update().rows().forEach((id, row) -> held.put(id, row.path("mark").asString("")));
        return held;
    }

    private List<String> told() {
        return client.heard(CHANGES, "postgres_changes").stream()
                .map(payload -> payload.get("data"))
                .map(OracleWatcher::told)
                .filter(told -> told.startsWith("DELETE") || !old.contains(told.substring(7)))
                .sorted()
                .toList();
    }

    private static String told(JsonNode data) {
        String type = data.get("type").asString();
        String image = type.equals("DELETE") ? "old_record" : "record";
        return type + " " + data.path(image).path("mark").asString("");
    }

    @Override
    public void close() {
        client.close();
    }
}
