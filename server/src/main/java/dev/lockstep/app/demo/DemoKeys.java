package dev.lockstep.app.demo;

import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.PrivateFile;
import dev.lockstep.auth.TokenMaker;
import dev.lockstep.config.Secret;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Properties;

/// The secrets of one demo, made once and kept, so that what a program was given yesterday works
/// today.
///
/// @param jwtSecret signs tokens, with HS256
/// @param anonKey a token of role `anon` for ten years
/// @param serviceRoleKey a token of role `service_role` for ten years
/// @param publishableKey new-style key that stands for `anon`
/// @param secretKey new-style key that stands for `service_role`
/// @param authenticatorPassword of the role that serves requests
/// @param replicatorPassword of the role that reads the log
record DemoKeys(
        String jwtSecret,
        String anonKey,
        String serviceRoleKey,
        String publishableKey,
        String secretKey,
        String authenticatorPassword,
        String replicatorPassword) {

    private static final Duration LIFE = Duration.ofDays(3652);

    /// Those of the folder, made now where there are none.
    static DemoKeys in(Path file, InstantSource clock) throws IOException {
        if (Files.exists(file)) {
            return read(file);
        }
        SecureRandom random = new SecureRandom();
        String jwtSecret = text(random, 48);
        TokenMaker maker = new TokenMaker(new Secret(jwtSecret), clock);
        DemoKeys keys =
                new DemoKeys(
                        jwtSecret,
                        maker.mint(Map.of("role", "anon", "iss", "lockstep"), LIFE),
                        maker.mint(Map.of("role", "service_role", "iss", "lockstep"), LIFE),
                        "sb_publishable_" + text(random, 24),
                        "sb_secret_" + text(random, 24),
                        text(random, 24),
                        text(random, 24));
        PrivateFile.write(file, keys.asProperties());
        return keys;
    }

    private String asProperties() {
        return """
        # Made by `lockstep demo`. Whoever has these has the demo's data.
        jwtSecret = %s
        anonKey = %s
        serviceRoleKey = %s
        publishableKey = %s
        secretKey = %s
        authenticatorPassword = %s
        replicatorPassword = %s
        """
                .formatted(
                        jwtSecret,
                        anonKey,
                        serviceRoleKey,
                        publishableKey,
                        secretKey,
                        authenticatorPassword,
                        replicatorPassword);
    }

    private static DemoKeys read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return new DemoKeys(
                field(properties, file, "jwtSecret"),
                field(properties, file, "anonKey"),
                field(properties, file, "serviceRoleKey"),
                field(properties, file, "publishableKey"),
                field(properties, file, "secretKey"),
                field(properties, file, "authenticatorPassword"),
                field(properties, file, "replicatorPassword"));
    }

    private static String field(Properties properties, Path file, String name) {
        String value = properties.getProperty(name, "");
        if (value.isBlank()) {
            throw new CommandFailure(
                    file + " has no " + name + ". Restore it, or start over with --reset.");
        }
        return value;
    }

    private static String text(SecureRandom random, int bytes) {
        byte[] raw = new byte[bytes];
        random.nextBytes(raw);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
    }

    @Override
    public String toString() {
        return "DemoKeys[***]";
    }
}
