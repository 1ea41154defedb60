package dev.lockstep.app.doctor;

import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.DatabaseUrl;
import dev.lockstep.app.demo.ConnectionFile;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.config.SettingsSource;
import dev.lockstep.feed.FeedConfig;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.Installation;
import dev.lockstep.replication.ReplicationConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        description =
                "Says everything that a PostgreSQL database lacks for Lockstep, with the SQL that"
                        + " mends it.",
        footer = {
            "",
            "Exit status 1 when something essential is missing, else 0.",
            "Without --url it examines database.admin-url of --config or of the environment,",
            "else the demo that runs in --data."
        })
public final class DoctorCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "postgresql://user:password@host:5432/name, best of a superuser.")
    private @Nullable String url;

    @Option(names = "--config", paramLabel = "FILE", description = "The server's configuration.")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = ".lockstep",
            description = "The demo's data folder.")
    private Path data = Path.of(".lockstep");

    @Option(
            names = "--fix",
            description = "Runs the SQL, and says what must be done by hand or needs a restart.")
    private boolean fix;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        DatabaseUrl database = database();
        try (Connection connection = database.connect()) {
            Doctor doctor = new Doctor(connection, expected());
            out.printf("PostgreSQL %s at %s%n%n", doctor.serverVersion(), database.place());
            List<Finding> findings = doctor.examine();
            if (fix) {
                findings = mend(doctor, findings, out);
            }
            out.print(Prescription.of(findings));
            out.println(Prescription.summary(findings));
            out.flush();
            return Prescription.healthy(findings) ? 0 : 1;
        } catch (SQLException e) {
            throw new CommandFailure(
                    "The database at " + database.place() + " cannot be asked: " + e.getMessage(),
                    e);
        }
    }

    private List<Finding> mend(Doctor doctor, List<Finding> found, PrintWriter out)
            throws SQLException {
        List<Finding> findings = found;
        if (!doctor.installed()) {
            install(out);
            findings = doctor.examine();
        }
        doctor.mend(findings).forEach(treatment -> out.println(Prescription.of(treatment)));
        List<Finding> left = doctor.examine();
        if (!left.isEmpty()) {
            out.printf("%nWhat is left:%n%n");
        }
        return left;
    }

    /// New accounts need passwords: those of the configuration, else new ones, which are shown
    /// once.
    private void install(PrintWriter out) {
        DatabaseUrl admin = database();
        Settings settings = settings();
        Optional<Secret> pool = settings.secret("database.password");
        Optional<Secret> replicator = settings.secret("replication.password");
        Installation.Passwords passwords =
                new Installation.Passwords(
                        pool.orElseGet(DoctorCommand::password),
                        replicator.orElseGet(DoctorCommand::password));
        Installation.install(
                new DatabaseConfig(admin.jdbc(), admin.user(), admin.password()), passwords);
        out.println("  ✓ Lockstep's schemas and roles are installed");
        if (pool.isEmpty() || replicator.isEmpty()) {
            out.println("    Keep these for the server's configuration; they are not shown again:");
            out.println("      database.password = " + passwords.pool().reveal());
            out.println("      replication.password = " + passwords.replicator().reveal());
        }
    }

    private static Secret password() {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(random));
    }

    private DatabaseUrl database() {
        return Optional.ofNullable(url)
                .or(this::configured)
                .or(() -> ConnectionFile.read(data).map(ConnectionFile::adminDatabaseUrl))
                .map(DatabaseUrl::parse)
                .orElseThrow(() ->
                        new CommandFailure(
                                "Which database? Give --url"
                                        + " postgresql://user:password@host:5432/name, or a"
                                        + " --config with database.admin-url. (No demo runs"
                                        + " in "
                                        + data
                                        + ".)"));
    }

    private Expectations expected() {
        Settings settings = settings();
        return Expectations.of(ReplicationConfig.of(settings), FeedConfig.of(settings).maxWal());
    }

    private Optional<String> configured() {
        return settings().secret("database.admin-url").map(Secret::reveal);
    }

    private Settings settings() {
        SettingsSource environment = SettingsSource.environment(System.getenv());
        return new Settings(
                config == null
                        ? List.of(environment)
                        : List.of(environment, SettingsSource.file(config)));
    }
}
