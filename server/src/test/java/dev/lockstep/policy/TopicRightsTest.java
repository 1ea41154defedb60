package dev.lockstep.policy;

import static dev.lockstep.policy.TopicRights.Extension.BROADCAST;
import static dev.lockstep.policy.TopicRights.Extension.PRESENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.Roles;
import dev.lockstep.postgres.TestDatabase;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TopicRightsTest {
    private static final String ANNA = "7c1e0000-0000-4000-8000-00000000000a";
    private static final String BEN = "7c1e0000-0000-4000-8000-00000000000b";
    private static final Set<TopicRights.Extension> BOTH = EnumSet.of(BROADCAST, PRESENCE);

    private static final TestDatabase database = TestDatabase.installed();
    private static final Database callers = new Database(database.as(Roles.POOL));
    private static final Database control = new Database(database.as(Roles.REPLICATOR));
    private static final TopicRights rights =
            new TopicRights(callers, control, 8, Duration.ofSeconds(10));

    @BeforeAll
    static void makeMembers() {
        database.execute(
                "create table room_members (topic text, member uuid, may_write boolean)",
                "grant select on room_members to authenticated",
                "insert into room_members values ('kitchen', '%s', true), ('kitchen', '%s', false)"
                        .formatted(ANNA, BEN));
    }

    @AfterEach
    void dropPolicies() {
        for (String name :
                database.values(
                        "select polname from pg_policy"
                                + " where polrelid = 'realtime.messages'::regclass")) {
            database.execute("drop policy " + name + " on realtime.messages");
        }
        assertThat(database.value("select count(*) from realtime.messages"))
                .as("rows left by a probe")
                .isEqualTo("0");
    }

    @AfterAll
    static void close() {
        callers.close();
        control.close();
        database.close();
    }

    private static Caller user(String subject) {
        return new Caller(
                "authenticated",
                subject,
                "{\"role\":\"authenticated\",\"sub\":\"" + subject + "\"}",
                "{\"x-device\":\"till-1\"}");
    }

    private static Caller role(String role) {
        return new Caller(role, "", "{\"role\":\"" + role + "\"}", "{}");
    }

    private static void policy(String command, String expression) {
        String clause = command.equals("insert") ? "with check" : "using";
        database.execute(
                "create policy p_%d on realtime.messages for %s to authenticated %s (%s)"
                        .formatted(System.nanoTime(), command, clause, expression));
    }

    @Test
    void without_a_policy_nobody_hears_or_says_anything_but_the_service() {
        assertThat(rights.heard(user(ANNA), "kitchen", BOTH)).isEmpty();
        assertThat(rights.heard(role("anon"), "kitchen", BOTH)).isEmpty();
        assertThat(rights.maySay(user(ANNA), "kitchen", BROADCAST)).isFalse();
        assertThat(rights.heard(role("service_role"), "kitchen", BOTH)).isEqualTo(BOTH);
        assertThat(rights.maySay(role("service_role"), "kitchen", PRESENCE)).isTrue();
    }

    @Test
    void policies_decide_by_topic_caller_and_extension() {
        policy(
                "select",
                "exists (select from room_members m where m.topic = (select realtime.topic())"
                        + " and m.member = auth.uid())");
        policy(
                "insert",
                "extension = 'broadcast' and exists (select from room_members m"
                        + " where m.topic = realtime.topic() and m.member = auth.uid()"
                        + " and m.may_write)");

        assertThat(rights.heard(user(ANNA), "kitchen", BOTH)).isEqualTo(BOTH);
        assertThat(rights.heard(user(ANNA), "cellar", BOTH)).isEmpty();
        assertThat(rights.maySay(user(ANNA), "kitchen", BROADCAST)).isTrue();
        assertThat(rights.maySay(user(ANNA), "kitchen", PRESENCE)).isFalse();
        assertThat(rights.heard(user(BEN), "kitchen", BOTH)).isEqualTo(BOTH);
        assertThat(rights.maySay(user(BEN), "kitchen", BROADCAST)).isFalse();
    }

    @Test
    void each_extension_is_heard_on_its_own() {
        policy("select", "extension in ('presence')");

        assertThat(rights.heard(user(ANNA), "kitchen", BOTH)).containsExactly(PRESENCE);
        assertThat(rights.heard(user(ANNA), "kitchen", EnumSet.of(BROADCAST))).isEmpty();
    }

    @Test
    void a_policy_may_read_the_headers_of_the_handshake() {
        policy(
                "select",
                "current_setting('request.headers', true)::json ->> 'x-device' = 'till-1'");

        assertThat(rights.heard(user(ANNA), "kitchen", BOTH)).isEqualTo(BOTH);
        assertThat(rights.heard(role("authenticated"), "kitchen", BOTH)).isEmpty();
    }

    @Test
    void a_policy_that_fails_denies() {
        policy("select", "1 / (random() * 0)::int = 1");
        policy("insert", "payload::text::int = 1 / (random() * 0)::int");

        assertThat(rights.heard(user(ANNA), "kitchen", BOTH)).isEmpty();
        assertThat(rights.maySay(user(ANNA), "kitchen", BROADCAST)).isFalse();
    }

    @Test
    void a_role_that_nobody_may_become_has_no_rights() {
        policy("select", "true");

        assertThat(rights.heard(role("postgres"), "kitchen", BOTH)).isEmpty();
        assertThat(rights.heard(role("nobody_knows"), "kitchen", BOTH)).isEmpty();
        assertThat(rights.maySay(role("lockstep_replicator"), "kitchen", BROADCAST)).isFalse();
    }

    @Test
    void nothing_of_one_caller_stays_for_the_next() throws Exception {
        policy("select", "realtime.topic() = auth.uid()::text");
        try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> answers =
                    IntStream.range(0, 200)
                            .mapToObj(n ->
                                    many.submit(() -> {
                                        String own = n % 2 == 0 ? ANNA : BEN;
                                        return rights.heard(user(own), ANNA, BOTH).isEmpty()
                                                == (n % 2 == 1);
                                    }))
                            .toList();
            for (Future<Boolean> answer : answers) {
                assertThat(answer.get()).isTrue();
            }
        }
    }

    @Test
    void who_waits_too_long_for_a_turn_is_refused() {
        TopicRights closed = new TopicRights(callers, control, 0, Duration.ofMillis(1));

        assertThatThrownBy(() -> closed.heard(user(ANNA), "kitchen", BOTH))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.TooMany.class));
    }

    @Test
    void the_definitions_change_with_policies_grants_functions_and_memberships() {
        String before = rights.definitions();
        database.execute("create table unrelated (a int)");
        assertThat(rights.definitions()).isEqualTo(before);

        database.execute(
                "create function may_hear() returns boolean language sql stable as 'select true'");
        policy("select", "may_hear()");
        String withPolicy = rights.definitions();
        assertThat(withPolicy).isNotEqualTo(before);

        database.execute(
                "create or replace function may_hear() returns boolean language sql stable as"
                        + " 'select false'");
        String withFunction = rights.definitions();
        assertThat(withFunction).isNotEqualTo(withPolicy);

        database.execute("revoke insert on realtime.messages from anon");
        assertThat(rights.definitions()).isNotEqualTo(withFunction);
        database.execute("grant insert on realtime.messages to anon");
    }
}
