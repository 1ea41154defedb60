package dev.lockstep.app;

import dev.lockstep.app.doctor.Checkup;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.config.SettingsSource;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.Installation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        description = "Serves an existing PostgreSQL 15 or newer.",
        footer = {
            "",
            "Settings come from the file and from the environment, which wins. The least it",
            "needs:",
            "  database.url = jdbc:postgresql://host:5432/name",
            "  database.password, replication.password, auth.jwt-secret  (or …-file)",
            "With database.admin-url it also installs what the database lacks.",
            "",
            "Before it opens a port it examines the database as `lockstep doctor` does, and",
            "refuses to start where something essential is missing."
        })
final class ServeCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(names = "--config", paramLabel = "FILE", description = "A properties file in UTF-8.")
    private @Nullable Path file;

    @Option(
            names = "--print-config",
            description = "Prints every setting with its value and origin, and ends.")
    private boolean printConfig;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Settings settings = settings();
        ServerConfig config = ServerConfig.of(settings);
        Optional<Secret> admin = settings.secret("database.admin-url");
        if (printConfig) {
            out.print(settings.print());
            out.flush();
            settings.check();
            return 0;
        }
        settings.check();
        admin.ifPresent(url -> install(DatabaseUrl.parse(url.reveal()), config));
        examine(admin, config);
        AtomicReference<LockstepServer> running = new AtomicReference<>();
        Signals signals = Signals.stopWith(() -> stop(running));
        try {
            LockstepServer server = LockstepServer.start(config, _ -> {});
            running.set(server);
            boolean tls = config.http().tls().isPresent();
            out.printf(
                    "Lockstep %s serves %s at %s://%s:%d%n",
                    BuildInfo.current(),
                    config.database().url().replaceFirst("\\?.*", ""),
                    tls ? "https" : "http",
                    config.http().host(),
                    server.address().getPort());
            out.flush();
        } catch (RuntimeException | InterruptedException e) {
            signals.disarm();
            throw e;
        }
        signals.await();
        return 0;
    }

    private Settings settings() {
        List<SettingsSource> sources = new ArrayList<>();
        sources.add(SettingsSource.environment(System.getenv()));
        if (file != null) {
            sources.add(SettingsSource.file(file));
        }
        return new Settings(sources);
    }

    private static void install(DatabaseUrl admin, ServerConfig config) {
        Installation.install(
                new DatabaseConfig(admin.jdbc(), admin.user(), admin.password()),
                new Installation.Passwords(
                        config.database().password(), config.replication().password()));
    }

    /// As the administrator where one is known: others do not see everything.
    private static void examine(Optional<Secret> admin, ServerConfig config) {
        DatabaseUrl database =
                admin.map(url -> DatabaseUrl.parse(url.reveal()))
                        .orElseGet(() ->
                                new DatabaseUrl(
                                        config.replication().url(),
                                        config.replication().user(),
                                        config.replication().password(),
                                        config.replication()
                                                .url()
                                                .replaceFirst("^jdbc:postgresql://", "")
                                                .replaceFirst("\\?.*", "")));
        Checkup.refuseIfEssentialsAreMissing(
                database, config.replication(), config.feed().maxWal());
    }

    private static void stop(AtomicReference<LockstepServer> running) {
        LockstepServer server = running.get();
        if (server != null) {
            server.close();
        }
    }
}
