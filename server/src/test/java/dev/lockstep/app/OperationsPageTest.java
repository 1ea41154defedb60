package dev.lockstep.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OperationsPageTest {
    private static final Pattern KEY = Pattern.compile("`([a-z]+(?:\\.[a-z0-9-]+)+)`");

    @Test
    void every_setting_is_in_the_manual_and_the_manual_names_no_other() throws IOException {
        Settings settings = Settings.of(Map.of());
        ServerConfig.of(settings);
        Set<String> asked = new TreeSet<>();
        settings.print()
                .lines()
                .filter(line -> !line.startsWith("# "))
                .map(line -> line.replaceFirst("^#", "").split(" ")[0])
                .forEach(asked::add);
        asked.add("database.admin-url"); // asked for by the commands
        assertThat(documented()).isEqualTo(asked);
    }

    /// The first column of the table of settings.
    private static Set<String> documented() throws IOException {
        Set<String> keys = new TreeSet<>();
        String page = Files.readString(Path.of("..", "docs", "operations.md"));
        page.lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|")[1])
                .forEach(cell ->
                        KEY.matcher(cell).results().forEach(found -> keys.add(found.group(1))));
        return keys;
    }
}
