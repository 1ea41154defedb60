package dev.lockstep.stress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Another program that does the same, in a process of its own. It prints `port N` when it serves.
final class Peer implements AutoCloseable {
    private final Process process;
    private final int port;

    private Peer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// A script of `stress/peers`, run by Node or Bun; its packages are installed at first use.
    static Peer script(String runtime, String script, Database database)
            throws IOException, InterruptedException {
        Path folder = Repository.root().resolve("stress/peers");
        if (!Files.exists(folder.resolve("node_modules/pg"))) {
            run(folder, "npm", "ci", "--silent");
        }
        Path local = folder.resolve("node_modules/.bin").resolve(runtime);
        ProcessBuilder builder =
                new ProcessBuilder(Files.exists(local) ? local.toString() : runtime, script)
                        .directory(folder.toFile());
        builder.environment().put("BENCH_DATABASE", database.url());
        return start(builder);
    }

    /// The C loop, which writes `frame` to everybody for each [#go].
    static Peer floor(Path frame, Path scratch) throws IOException, InterruptedException {
        Path source = Repository.root().resolve("stress/peers/floor.c");
        Path program = scratch.resolve("floor");
        run(scratch, "cc", "-O2", "-o", program.toString(), source.toString());
        return start(new ProcessBuilder(program.toString(), frame.toString()));
    }

    private static Peer start(ProcessBuilder builder) throws IOException {
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        @Nullable String first = lines.readLine();
        if (first == null || !first.startsWith("port ")) {
            process.destroyForcibly();
            throw new IOException(builder.command() + " did not start");
        }
        return new Peer(process, Integer.parseInt(first.substring(5)));
    }

    private static void run(Path folder, String... command)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(Arrays.toString(command) + " failed");
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /// Asks the C loop for one round.
    void go() throws IOException {
        Writer out = process.outputWriter(StandardCharsets.US_ASCII);
        out.write("go\n");
        out.flush();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
