package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.app.ServerConfig;
import dev.lockstep.config.ConfigurationException;
import dev.lockstep.config.Settings;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.Roles;
import dev.lockstep.postgres.SqlWork;
import dev.lockstep.postgres.TestDatabase;
import dev.lockstep.postgres.TransactionPooler;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The data API where every transaction may run in another session of PostgreSQL's.
class PoolerJourneyTest {
    private static final TestDatabase database = TestDatabase.create();
    private static final TransactionPooler pooler = new TransactionPooler(database.port());
    private static final ServerRig rig =
            ServerRig.startOn(
                    database,
                    Map.of(
                            "database.url",
                            pooler.url(database),
                            "database.pooler",
                            "transaction",
                            "database.statement-timeout",
                            "7s",
                            "replication.url",
                            database.jdbcUrl()));
    private static final HttpClient http = HttpClient.newHttpClient();
    private static final int USERS = 30;

    @BeforeAll
    static void tables() {
        rig.sql(
                "create table own (id int primary key, owner uuid, made timestamptz, n int default 0)",
                "alter table own enable row level security",
                "create policy mine on own using (owner = auth.uid())",
                "grant all on own to authenticated",
                "alter publication supabase_realtime add table own",
                "create function speech() returns text language sql volatile as $$ select"
                        + " concat_ws(' ', current_setting('statement_timeout'),"
                        + " current_setting('timezone'), current_setting('bytea_output'),"
                        + " auth.uid()) $$",
                "insert into own select n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))"
                        + "::uuid, '2026-01-01 12:00+02' from generate_series(1, "
                        + USERS
                        + ") n");
    }

    @AfterAll
    static void close() {
        http.close();
        rig.close();
        pooler.close();
    }

    private static CacheClient person(int number) {
        return new CacheClient(
                rig,
                http,
                rig.token(
                        Map.of(
                                "role",
                                "authenticated",
                                "sub",
                                "00000000-0000-4000-8000-%012d".formatted(number))));
    }

    @Test
    void everybody_reads_and_writes_their_own_whichever_session_they_meet() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 1; i <= USERS; i++) {
                int number = i;
                all.add(threads.submit(() -> works(number)));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(pooler.changes()).isGreaterThan(USERS);
    }

    private static void works(int number) {
        CacheClient person = person(number);
        for (int round = 1; round <= 10; round++) {
            // Not from memory, so that each asks the database.
            assertThat(person.get("/own?select=id,made", "Cache-Control", "no-cache").body())
                    .isEqualTo(
                            "[{\"id\":%d,\"made\":\"2026-01-01T10:00:00+00:00\"}]"
                                    .formatted(number));
            assertThat(person.send("POST", "/rpc/speech", "{}").body())
                    .isEqualTo("\"7s UTC hex 00000000-0000-4000-8000-%012d\"".formatted(number));
            assertThat(
                            person.send(
                                            "PATCH",
                                            "/own?select=n",
                                            "{\"n\":" + round + "}",
                                            "Prefer",
                                            "return=representation, max-affected=1,"
                                                    + " handling=strict")
                                    .body())
                    .contains("21000"); // without a filter
            assertThat(
                            person.send(
                                            "PATCH",
                                            "/own?id=gt.0&select=n",
                                            "{\"n\":" + round + "}",
                                            "Prefer",
                                            "return=representation, max-affected=1,"
                                                    + " handling=strict")
                                    .body())
                    .isEqualTo("[{\"n\":" + round + "}]");
        }
    }

    @Test
    void what_was_written_through_the_pooler_is_heard_from_the_log() {
        CacheClient person = person(1);
        String path = "/own?select=id";
        assertThat(person.awaitHit(path).body()).isEqualTo("[{\"id\":1}]");
        assertThat(person.send("PATCH", "/own?id=eq.1", "{\"made\":null}").status()).isEqualTo(204);
        assertThat(person.get("/own?select=made").body()).isEqualTo("[{\"made\":null}]");
        person.send("PATCH", "/own?id=eq.1", "{\"made\":\"2026-01-01T10:00:00Z\"}");
    }

    @Test
    void transactions_and_snapshots_speak_our_language_and_leave_nothing_behind() {
        DatabaseConfig config =
                new DatabaseConfig(
                        pooler.url(database),
                        Roles.POOL,
                        TestDatabase.PASSWORDS.pool(),
                        2,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(9),
                        DatabaseConfig.Pooler.TRANSACTION);
        String sql =
                "select concat_ws(' ', current_setting('statement_timeout'),"
                        + " current_setting('transaction_isolation'),"
                        + " current_setting('transaction_read_only'))";
        try (Database pool = new Database(config)) {
            for (int i = 0; i < 8; i++) {
                assertThat(value(pool, sql, true)).isEqualTo("9s repeatable read on");
                assertThat(value(pool, sql, false)).isEqualTo("9s read committed off");
            }
            assertThat(pool.isRelayed()).isTrue();
        }
        try (Database straight = new Database(database.as(Roles.POOL))) {
            assertThat(straight.isRelayed()).isFalse();
        }
    }

    private static String value(Database pool, String sql, boolean snapshot) {
        SqlWork<String> work =
                connection -> {
                    try (var statement = connection.prepareStatement(sql);
                            var row = statement.executeQuery()) {
                        row.next();
                        return row.getString(1);
                    }
                };
        return snapshot ? pool.snapshot(work) : pool.transaction(work);
    }

    @Test
    void a_pooler_without_a_way_to_the_log_is_refused_before_anything_opens() {
        Settings settings = Settings.of(Map.of("database.pooler", "transaction"));
        ServerConfig.of(settings);
        assertThatThrownBy(settings::check)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "database.pooler (LOCKSTEP_DATABASE_POOLER) is"
                                + " \"transaction\" without replication.url");
    }
}
