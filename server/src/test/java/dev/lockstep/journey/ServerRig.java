package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.fail;

import dev.lockstep.app.LockstepServer;
import dev.lockstep.app.ServerConfig;
import dev.lockstep.auth.TokenMaker;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.Installation;
import dev.lockstep.postgres.TestDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// A real server on a real database, in this process.
final class ServerRig implements AutoCloseable {
    private static final String SECRET = "a secret of these tests, of 32 bytes or more";
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final TestDatabase database;
    private final Map<String, String> settings = new HashMap<>();
    private final TokenMaker tokens = new TokenMaker(new Secret(SECRET), InstantSource.system());
    private final Host host;
    private Running server;

    private ServerRig(TestDatabase database, Map<String, String> more, Path folder, Host host) {
        this.database = database;
        // Accounts belong to the server, which the tests share: another password locks others out.
        Installation.Passwords passwords = TestDatabase.PASSWORDS;
        Installation.install(
                new DatabaseConfig(
                        database.jdbcUrl(), database.user(), new Secret(database.password())),
                passwords);
        settings.put("database.url", database.jdbcUrl());
        settings.put("database.password", passwords.pool().reveal());
        settings.put("replication.password", passwords.replicator().reveal());
        settings.put("replication.slot", "slot_" + database.name());
        settings.put("auth.jwt-secret", SECRET);
        settings.put("http.port", "0");
        settings.put("server.folder", folder.toString());
        settings.put("storage.folder", folder.resolve("files").toString());
        settings.putAll(more);
        this.host = host;
        server = host.serve(Map.copyOf(settings));
    }

    /// A server that runs.
    interface Running extends AutoCloseable {
        int port();

        @Override
        void close();
    }

    /// Where servers run: in this process, or in one of their own.
    interface Host {
        Running serve(Map<String, String> settings);
    }

    static ServerRig start() {
        return start(Map.of());
    }

    static ServerRig start(Map<String, String> settings) {
        return new ServerRig(TestDatabase.create(), settings, folder(), ServerRig::here);
    }

    /// On a PostgreSQL of its own, that the test may restart.
    static ServerRig startOn(TestDatabase database) {
        return startOn(database, Map.of());
    }

    /// On a database that the settings lead to.
    static ServerRig startOn(TestDatabase database, Map<String, String> settings) {
        return new ServerRig(database, settings, folder(), ServerRig::here);
    }

    /// In a process of its own, that the test may kill and measure.
    static ServerRig startProcess(TestDatabase database, Map<String, String> settings, Host host) {
        return new ServerRig(database, settings, folder(), host);
    }

    private static Path folder() {
        try {
            return java.nio.file.Files.createTempDirectory("lockstep-rig");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Running here(Map<String, String> settings) {
        Settings read = Settings.of(settings);
        ServerConfig config = ServerConfig.of(read);
        read.check();
        try {
            LockstepServer server = LockstepServer.start(config, _ -> {});
            return new Running() {
                @Override
                public int port() {
                    return server.address().getPort();
                }

                @Override
                public void close() {
                    server.close();
                }
            };
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The server ends and another begins on the same slot, at the same port.
    void restart() {
        settings.put("http.port", Integer.toString(url().getPort()));
        server.close();
        server = host.serve(Map.copyOf(settings));
    }

    /// The slot is gone, as after a switch to a standby that never had it.
    void dropSlot() {
        String slot = settings.get("replication.slot");
        await(
                "the slot to be dropped",
                () -> {
                    try {
                        sql(
                                "select pg_terminate_backend(active_pid) from pg_replication_slots"
                                        + " where active",
                                "select pg_drop_replication_slot('" + slot + "')");
                        return true;
                    } catch (RuntimeException e) {
                        // The server was back before we were.
                        return false;
                    }
                });
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    TestDatabase database() {
        return database;
    }

    void sql(String... statements) {
        database.execute(statements);
    }

    String anonKey() {
        return token("anon", Duration.ofHours(1));
    }

    String serviceKey() {
        return token("service_role", Duration.ofHours(1));
    }

    String userToken() {
        return token("authenticated", Duration.ofHours(1));
    }

    String token(String role, Duration life) {
        return tokens.mint(
                Map.of("role", role, "sub", "7c1e0000-0000-4000-8000-000000000001"), life);
    }

    /// A user whom no other test is.
    String tokenOf(String subject) {
        return tokens.mint(Map.of("role", "authenticated", "sub", subject), Duration.ofHours(1));
    }

    /// Of a user with these claims beside the role's.
    String token(Map<String, Object> claims) {
        return tokens.mint(claims, Duration.ofHours(1));
    }

    /// Until the server serves the table.
    void awaitPublished(String table) {
        await(table + " to be served", () -> answer(table, serviceKey()).equals("ok"));
    }

    /// Until the server refuses the table to the key.
    void awaitRefused(String table, String key) {
        await(table + " to be refused", () -> answer(table, key).equals("error"));
    }

    private String answer(String table, String key) {
        try (LiveClient client = LiveClient.connect(url(), key)) {
            client.join(
                    "realtime:probe",
                    "{\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"public\",\"table\":\""
                            + table
                            + "\"}]}");
            return client.await("an answer", f -> f.get(3).asString().equals("system"))
                    .get(4)
                    .get("status")
                    .asString();
        }
    }

    /// Until the query's one number is at least this.
    void awaitCount(String query, long least) {
        await(
                query + " >= " + least,
                () -> {
                    String value = database.value(query);
                    return value != null && Long.parseLong(value) >= least;
                });
    }

    static void await(String what, BooleanSupplier condition) {
        await(what, PATIENCE.toSeconds(), condition);
    }

    static void await(String what, long seconds, BooleanSupplier condition) {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("waited for " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
    }

    @Override
    public void close() {
        server.close();
        database.close();
    }
}
