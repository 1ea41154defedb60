package dev.lockstep.app.demo;

import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.DatabaseUrl;
import dev.lockstep.app.LockstepServer;
import dev.lockstep.app.ServerConfig;
import dev.lockstep.app.demo.DemoOptions.Contents;
import dev.lockstep.app.demo.DemoOptions.Reach;
import dev.lockstep.auth.TokenMaker;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.config.SettingsSource;
import dev.lockstep.http.Response;
import dev.lockstep.http.Routes;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.Installation;
import dev.lockstep.postgres.Roles;
import dev.lockstep.postgres.embedded.EmbeddedPostgres;
import dev.lockstep.postgres.embedded.EmbeddedPostgresException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A demo that runs: a data folder of its own, PostgreSQL in it, and a server on it.
///
/// Starts folder, database, server, and stops in reverse; [#close] may come from another thread
/// than the one that started it, also while it starts.
final class Demo implements AutoCloseable {
    static final String DATABASE = "postgres";
    private static final Logger log = LoggerFactory.getLogger(Demo.class);

    private final DemoOptions options;
    private final DemoFolder folder;
    private final Progress progress;
    private final InstantSource clock;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private boolean closed;

    private Demo(DemoOptions options, DemoFolder folder, Progress progress, InstantSource clock) {
        this.options = options;
        this.folder = folder;
        this.progress = progress;
        this.clock = clock;
    }

    /// What came of a start.
    ///
    /// @param taken the usual port, where another program had it
    /// @param lan what other devices need, in `--lan` only
    record Started(ConnectionFile connection, OptionalInt taken, Optional<Lan> lan) {}

    /// @param url for other devices
    /// @param fingerprint of the authority that they must trust
    record Lan(String url, String fingerprint) {}

    /// @param folder becomes the demo's to close
    static Demo in(DemoFolder folder, DemoOptions options, Progress progress, InstantSource clock) {
        Demo demo = new Demo(options, folder, progress, clock);
        demo.opened(folder);
        return demo;
    }

    Started start() throws IOException, InterruptedException {
        ConnectionFile.remove(folder.root());
        DemoKeys keys = DemoKeys.in(folder.keys(), clock);
        EmbeddedPostgres postgres = progress.step("PostgreSQL", this::postgres);
        DatabaseConfig admin =
                new DatabaseConfig(
                        postgres.jdbcUrl(DATABASE),
                        EmbeddedPostgres.SUPERUSER,
                        new Secret(postgres.password()));
        List<DemoPeople.Person> people =
                progress.step("Schemas and data", () -> install(admin, keys));
        return progress.step("Server", () -> serve(admin, keys, people));
    }

    private EmbeddedPostgres postgres() {
        EmbeddedPostgres.Options where = EmbeddedPostgres.Options.in(folder.postgres());
        try {
            return opened(
                    EmbeddedPostgres.start(
                            switch (options.durability()) {
                                case DURABLE -> where;
                                case DISPOSABLE -> where.disposable();
                            }));
        } catch (EmbeddedPostgresException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private List<DemoPeople.Person> install(DatabaseConfig admin, DemoKeys keys) {
        Installation.install(
                admin,
                new Installation.Passwords(
                        new Secret(keys.authenticatorPassword()),
                        new Secret(keys.replicatorPassword())));
        if (options.contents() == Contents.DEMO_DATA) {
            Installation.loadDemo(admin);
        }
        try (Connection connection = url(admin).connect()) {
            return DemoPeople.read(connection);
        } catch (SQLException e) {
            throw new CommandFailure("The demo's people cannot be read: " + e.getMessage(), e);
        }
    }

    private Started serve(DatabaseConfig admin, DemoKeys keys, List<DemoPeople.Person> people)
            throws IOException, InterruptedException {
        Path remembered = folder.root().resolve("port");
        Ports ports = Ports.choose(options.port(), options.reach().host(), remembered);
        LanAddresses addresses = LanAddresses.find();
        Optional<LanCertificate> certificate =
                options.reach() == Reach.LOCAL_NETWORK
                        ? Optional.of(LanCertificate.in(folder.tls(), addresses.all(), clock))
                        : Optional.empty();
        ServerConfig config = config(admin, keys, ports.port(), certificate);
        TokenMaker tokens = new TokenMaker(new Secret(keys.jwtSecret()), clock);
        LockstepServer server =
                opened(
                        LockstepServer.start(
                                config, routes -> addRoutes(routes, people, tokens, certificate)));
        int port = server.address().getPort();
        Files.writeString(remembered, port + "\n");
        String url = (certificate.isPresent() ? "https" : "http") + "://127.0.0.1:" + port;
        ConnectionFile connection =
                new ConnectionFile(
                        url,
                        url(admin).withPassword(),
                        url(admin.as(Roles.POOL, new Secret(keys.authenticatorPassword())))
                                .withPassword(),
                        keys.anonKey(),
                        keys.serviceRoleKey(),
                        keys.jwtSecret(),
                        certificate.map(LanCertificate::authority));
        opened(() -> ConnectionFile.remove(folder.root()));
        connection.write(folder.root());
        folder.announce(url);
        return new Started(connection, ports.taken(), lan(certificate, addresses, port));
    }

    private ServerConfig config(
            DatabaseConfig admin, DemoKeys keys, int port, Optional<LanCertificate> certificate) {
        Map<String, String> values = new HashMap<>();
        values.put("database.url", admin.url());
        values.put("database.password", keys.authenticatorPassword());
        values.put("replication.password", keys.replicatorPassword());
        values.put("auth.jwt-secret", keys.jwtSecret());
        values.put("auth.anon-key", keys.anonKey());
        values.put("auth.publishable-key", keys.publishableKey());
        values.put("auth.secret-key", keys.secretKey());
        values.put("http.host", options.reach().host());
        values.put("http.port", Integer.toString(port));
        values.put("server.folder", folder.root().toString());
        values.put("storage.folder", folder.root().resolve("files").toString());
        certificate.ifPresent(files -> {
            values.put("http.tls.certificate", files.certificate().toString());
            values.put("http.tls.key", files.key().toString());
        });
        // What makes it this demo is ours; bounds and the like may be tried from the environment.
        Settings settings =
                new Settings(
                        List.of(
                                SettingsSource.values("demo", values),
                                SettingsSource.environment(System.getenv())));
        ServerConfig config = ServerConfig.of(settings);
        settings.check();
        return config;
    }

    private void addRoutes(
            Routes routes,
            List<DemoPeople.Person> people,
            TokenMaker tokens,
            Optional<LanCertificate> certificate) {
        if (options.reach() == Reach.THIS_MACHINE) {
            new DemoPeople(people, tokens).addTo(routes);
        }
        certificate.ifPresent(files -> routes.add("GET", "/demo/ca.crt", _ -> authority(files)));
    }

    private static Response authority(LanCertificate files) {
        try {
            return new Response(
                    200,
                    Map.of(
                            "content-type", "application/x-x509-ca-cert",
                            "content-disposition", "attachment; filename=\"lockstep-demo.crt\""),
                    Files.readAllBytes(files.authority()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Optional<Lan> lan(
            Optional<LanCertificate> certificate, LanAddresses addresses, int port)
            throws IOException {
        if (certificate.isEmpty()) {
            return Optional.empty();
        }
        String host = addresses.primary().orElse("127.0.0.1");
        return Optional.of(
                new Lan("https://" + host + ":" + port, certificate.get().fingerprint()));
    }

    private static DatabaseUrl url(DatabaseConfig config) {
        String place = config.url().substring("jdbc:postgresql://".length());
        return new DatabaseUrl(config.url(), config.user(), config.password(), place);
    }

    /// Remembers what must be closed; what comes after the end is closed at once.
    private <T extends AutoCloseable> T opened(T part) {
        synchronized (parts) {
            if (!closed) {
                parts.push(part);
                return part;
            }
        }
        close(part);
        throw new CommandFailure("The demo was stopped while it started.");
    }

    /// Server first, database after it, the folder last; may be called twice.
    @Override
    public void close() {
        Deque<AutoCloseable> left;
        synchronized (parts) {
            closed = true;
            left = new ArrayDeque<>(parts);
            parts.clear();
        }
        left.forEach(Demo::close);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            log.atWarn().setCause(e).log("a part of the demo did not stop cleanly");
        }
    }
}
