package dev.lockstep.postgres.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's home folder and the account that runs it.
///
/// When root starts us in a folder that other accounts cannot reach (`/root` is closed to all), the
/// server, which must not be root, could not reach its data. Then the home is a folder under
/// `/var/lib/lockstep`, named by the folder asked for, which becomes a link to it.
record Home(Path folder, Account account) {
    private static final Logger log = LoggerFactory.getLogger(Home.class);
    private static final Path ELSEWHERE = Path.of("/var/lib/lockstep");

    static Home of(Path asked) throws IOException, InterruptedException {
        Path folder = asked.toAbsolutePath().normalize();
        Account account = Account.of(folder.resolve("data"));
        if (Files.isSymbolicLink(folder) && !Files.exists(folder)) {
            Files.createDirectories(Files.readSymbolicLink(folder)); // the link's target was erased
        }
        Files.createDirectories(folder);
        if (account.other().isEmpty()) {
            return new Home(folder.toRealPath(), account);
        }
        Folders.passable(folder.toRealPath());
        if (Folders.passableByAll(folder)) {
            return new Home(folder.toRealPath(), account);
        }
        return new Home(moveElsewhere(folder, account), account);
    }

    /// Stops the server that runs in the folder, at once, and removes the folder; where it is a
    /// link to another home, that too.
    static void erase(Path asked) throws IOException {
        Path folder = asked.toAbsolutePath().normalize();
        if (Files.exists(folder)) {
            Path real = folder.toRealPath();
            Postmasters.kill(real.resolve("data"), Duration.ofSeconds(10));
            Folders.delete(real);
        }
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(folder);
        }
    }

    private static Path moveElsewhere(Path folder, Account account) throws IOException {
        if (Files.exists(folder.resolve("data"))) {
            throw new EmbeddedPostgresException(
                    "PostgreSQL runs as user "
                            + account.other().orElseThrow().getName()
                            + ", who cannot reach "
                            + folder
                            + ": let others pass its parent folders (chmod o+x), or choose another"
                            + " with --data.");
        }
        UUID name = UUID.nameUUIDFromBytes(folder.toString().getBytes(StandardCharsets.UTF_8));
        Path elsewhere = ELSEWHERE.resolve(name.toString());
        Files.createDirectories(elsewhere);
        Folders.passable(elsewhere);
        if (!Folders.passableByAll(elsewhere)) {
            throw new EmbeddedPostgresException(
                    "PostgreSQL does not run as root, and other users can reach neither "
                            + folder
                            + " nor "
                            + ELSEWHERE
                            + ": choose a folder that they can pass with --data.");
        }
        Files.delete(folder);
        Files.createSymbolicLink(folder, elsewhere);
        log.atInfo()
                .addKeyValue("asked", folder)
                .addKeyValue("home", elsewhere)
                .log("PostgreSQL cannot run as root nor reach the folder; its home is elsewhere");
        return elsewhere;
    }
}
