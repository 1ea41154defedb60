package dev.lockstep.app.demo;

import dev.lockstep.app.Logging;
import dev.lockstep.app.demo.DemoOptions.Contents;
import dev.lockstep.app.demo.DemoOptions.Reach;
import dev.lockstep.postgres.embedded.EmbeddedPostgres;
import dev.lockstep.postgres.embedded.EmbeddedPostgres.Durability;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// Starts a demo that nobody sees, asks it something and stops it, so that the JVM can record which
/// classes a start needs (`-XX:AOTCacheOutput`). The launcher calls it once after each build.
@Command(
        name = "rehearse",
        hidden = true,
        description = "Starts and stops a demo in a temporary folder.")
public final class RehearseCommand implements Callable<Integer> {

    @Override
    public Integer call() throws IOException, InterruptedException {
        Logging.WARNINGS.apply();
        Path home = Files.createTempDirectory("lockstep-rehearsal");
        // As root, PostgreSQL runs as somebody else, who must be able to pass.
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        DemoFolder folder = DemoFolder.take(home.resolve("data"));
        DemoOptions options =
                new DemoOptions(
                        folder.root(),
                        OptionalInt.of(0),
                        Contents.DEMO_DATA,
                        Reach.THIS_MACHINE,
                        Durability.DISPOSABLE);
        try {
            try (Demo demo = Demo.in(folder, options, Progress.silent(), InstantSource.system())) {
                visit(demo.start().connection());
            }
        } finally {
            EmbeddedPostgres.erase(folder.postgres());
            remove(home);
        }
        return 0;
    }

    private static void visit(ConnectionFile connection) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String path : new String[] {"/", "/config", "/demo/people"}) {
                client.send(
                        HttpRequest.newBuilder(URI.create(connection.url() + path)).build(),
                        BodyHandlers.discarding());
            }
        }
    }

    private static void remove(Path home) throws IOException {
        try (var all = Files.walk(home)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
