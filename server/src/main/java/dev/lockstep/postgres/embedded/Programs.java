package dev.lockstep.postgres.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Runs PostgreSQL's programs in a clean environment.
final class Programs {
    private Programs() {}

    /// Runs to the end.
    ///
    /// @throws EmbeddedPostgresException with what it said, when it fails
    static void run(Account account, Path folder, List<String> words)
            throws IOException, InterruptedException {
        Process process = prepare(account, folder, words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new EmbeddedPostgresException(words.getFirst() + " failed: " + said);
        }
    }

    /// Starts and lets run; what it says goes to the file `words`.
    static Process start(Account account, Path folder, List<String> command, Path words)
            throws IOException {
        return prepare(account, folder, command)
                .redirectErrorStream(true)
                .redirectOutput(words.toFile())
                .start();
    }

    private static ProcessBuilder prepare(Account account, Path folder, List<String> words) {
        ProcessBuilder builder =
                new ProcessBuilder(account.command(words)).directory(folder.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(key -> key.startsWith("PG") || key.startsWith("LC_"));
        environment.put("LC_ALL", "C");
        return builder;
    }
}
