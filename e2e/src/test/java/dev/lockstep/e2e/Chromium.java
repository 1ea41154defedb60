package dev.lockstep.e2e;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The system's Chromium: `$CHROMIUM`, then the usual names on PATH. Journeys are never skipped.
final class Chromium {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    private static final List<String> FLAGS =
            List.of(
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--disable-dev-shm-usage");

    private Chromium() {}

    static Browser launch(Playwright playwright) {
        return playwright
                .chromium()
                .launch(
                        new BrowserType.LaunchOptions()
                                .setExecutablePath(find())
                                .setArgs(FLAGS)
                                .setTimeout(30_000));
    }

    private static Path find() {
        Optional<String> named = Optional.ofNullable(System.getenv("CHROMIUM"));
        if (named.isPresent()) {
            Path program = Path.of(named.get());
            if (!Files.isExecutable(program)) {
                throw new IllegalStateException(
                        "CHROMIUM is \"" + program + "\", which is no program");
            }
            return program;
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException(
                                "no Chromium on PATH: install it (Debian: apt-get install"
                                        + " chromium) or name it in CHROMIUM"));
    }
}
