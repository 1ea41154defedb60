package dev.lockstep.journey;

import static org.assertj.core.api.Assertions.fail;

import dev.lockstep.app.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `lockstep serve` in a JVM of its own, with a stated heap: it can be killed as a crash kills, and
/// what it takes of the machine is its own.
final class ServerProcess implements ServerRig.Running {
    private static final Pattern SERVES = Pattern.compile("serves .* at http://[^:]+:(\\d+)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final Process process;
    private final int port;

    private ServerProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// @param heap like `512m`
    static ServerProcess start(Map<String, String> settings, String heap) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx" + heap,
                                "-XX:+ExitOnOutOfMemoryError",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "serve"));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        settings.forEach((key, value) -> builder.environment().put(variable(key), value));
        try {
            Process process = builder.start();
            return new ServerProcess(process, awaitPort(process));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String variable(String key) {
        return "LOCKSTEP_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static int awaitPort(Process process) throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            said.append(line).append('\n');
            Matcher serves = SERVES.matcher(line);
            if (serves.find()) {
                // What it says from here on is read and let go, so that it never waits for us.
                Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {}));
                return Integer.parseInt(serves.group(1));
            }
        }
        return fail("the server ended before it served: " + said);
    }

    @Override
    public int port() {
        return port;
    }

    /// Memory that it holds at this moment, in bytes.
    long residentBytes() {
        try {
            Matcher line =
                    RESIDENT.matcher(
                            Files.readString(
                                    Path.of("/proc", Long.toString(process.pid()), "status")));
            return line.find() ? Long.parseLong(line.group(1)) * 1024 : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// As `kill -9`: nothing is said to anybody, and nothing is put away.
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                fail("the server did not die");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
