package dev.lockstep.app;

import dev.lockstep.app.demo.ConnectionFile;
import dev.lockstep.auth.TokenMaker;
import dev.lockstep.config.ConfigurationException;
import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import dev.lockstep.config.SettingsSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "token",
        description = "Makes a token (JWT), signed with the server's secret.",
        footer = {
            "",
            "The secret is that of the running demo, of --config FILE, or LOCKSTEP_AUTH_JWT_SECRET.",
            "",
            "Examples:",
            "  lockstep token --role anon --expires 3650d       a key for a public page",
            "  lockstep token --sub 7c1e… --claim tenant_id=42  somebody signed in, for an hour"
        })
final class TokenCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            defaultValue = "authenticated",
            description = "The database role: anon, authenticated, service_role or one of yours.")
    private String role = "authenticated";

    @Option(names = "--sub", paramLabel = "ID", description = "Who it is: the claim sub.")
    private @Nullable String subject;

    @Option(
            names = "--claim",
            paramLabel = "NAME=VALUE",
            description = "A further claim; true, false and whole numbers are not quoted.")
    private Map<String, String> claims = new LinkedHashMap<>();

    @Option(
            names = "--expires",
            paramLabel = "DURATION",
            defaultValue = "1h",
            description = "How long it counts: 15m, 1h, 365d.")
    private String expires = "1h";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = ".lockstep",
            description = "The demo's data folder.")
    private Path data = Path.of(".lockstep");

    @Option(names = "--config", paramLabel = "FILE", description = "The server's configuration.")
    private @Nullable Path config;

    @Override
    public Integer call() {
        Map<String, Object> all = new LinkedHashMap<>();
        claims.forEach((name, value) -> all.put(name, json(value)));
        all.put("role", role);
        Optional.ofNullable(subject).ifPresent(text -> all.put("sub", text));
        spec.commandLine()
                .getOut()
                .println(new TokenMaker(secret(), InstantSource.system()).mint(all, life()));
        return 0;
    }

    private Duration life() {
        Settings one = Settings.of(Map.of("expires", expires));
        Duration life = one.duration("expires", Duration.ofHours(1));
        try {
            one.check();
        } catch (ConfigurationException _) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--expires is \"" + expires + "\": give a duration such as 15m, 1h or 365d");
        }
        return life;
    }

    private Secret secret() {
        Settings settings =
                new Settings(
                        config == null
                                ? List.of(SettingsSource.environment(System.getenv()))
                                : List.of(
                                        SettingsSource.environment(System.getenv()),
                                        SettingsSource.file(config)));
        return settings.secret("auth.jwt-secret")
                .or(() -> ConnectionFile.read(data).map(file -> new Secret(file.jwtSecret())))
                .orElseThrow(() ->
                        new CommandFailure(
                                "There is no secret to sign with: no demo runs in "
                                        + data
                                        + ", and neither --config FILE nor"
                                        + " LOCKSTEP_AUTH_JWT_SECRET gives one."));
    }

    private static Object json(String text) {
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException _) {
            return text;
        }
    }
}
