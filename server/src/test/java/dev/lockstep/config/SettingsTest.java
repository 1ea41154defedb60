package dev.lockstep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir Path folder;

    @Test
    void a_setting_that_nobody_gave_has_its_default() {
        assertThat(Settings.of(Map.of()).duration("feed.retention", Duration.ofMinutes(10)))
                .isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void the_environment_wins_over_the_file() throws IOException {
        Settings settings =
                new Settings(
                        List.of(
                                SettingsSource.environment(
                                        Map.of("LOCKSTEP_FEED_MAX_BYTES", "2GiB")),
                                file("feed.max-bytes = 64MiB")));
        assertThat(settings.bytes("feed.max-bytes", 1)).isEqualTo(2L << 30);
        settings.check();
    }

    @Test
    void all_problems_are_reported_together_with_key_value_and_remedy() throws IOException {
        Settings settings = new Settings(List.of(file("http.port = 80800\nfeed.retention = ten")));
        settings.required("replication.slot", "name the replication slot, e.g. \"app_main\"");
        settings.number("http.port", 8620, 1, 65535);
        settings.duration("feed.retention", Duration.ofMinutes(10));
        assertThatThrownBy(settings::check)
                .hasMessage(
                        """
                        Configuration has 3 problems:
                          replication.slot (LOCKSTEP_REPLICATION_SLOT) is missing: name the \
                        replication slot, e.g. "app_main"
                          http.port (LOCKSTEP_HTTP_PORT) is "80800": give a whole number from 1 \
                        to 65535
                          feed.retention (LOCKSTEP_FEED_RETENTION) is "ten": give a duration such \
                        as 500ms, 30s, 10m or 2h\
                        """);
    }

    @Test
    void an_unknown_key_is_a_problem_that_names_the_nearest_known_one() throws IOException {
        Settings settings = new Settings(List.of(file("http.prot = 80")));
        settings.number("http.port", 8620, 1, 65535);
        assertThatThrownBy(settings::check)
                .hasMessageContaining("http.prot")
                .hasMessageContaining("is unknown: did you mean http.port?");
    }

    @Test
    void an_unknown_variable_of_ours_is_a_problem_too() {
        Settings settings =
                new Settings(
                        List.of(
                                SettingsSource.environment(
                                        Map.of("LOCKSTEP_HTP_PORT", "80", "HOME", "/"))));
        settings.number("http.port", 8620, 1, 65535);
        assertThatThrownBy(settings::check)
                .hasMessageContaining("LOCKSTEP_HTP_PORT (environment) is unknown")
                .hasMessageContaining("did you mean LOCKSTEP_HTTP_PORT?");
    }

    @Test
    void a_renamed_key_is_a_problem_that_names_the_new_one() throws IOException {
        Settings settings = new Settings(List.of(file("http.listen = 80")));
        settings.renamed("http.listen", "http.port");
        settings.number("http.port", 8620, 1, 65535);
        assertThatThrownBy(settings::check)
                .hasMessageContaining("was renamed: call it http.port (LOCKSTEP_HTTP_PORT)");
    }

    @Test
    void a_key_given_twice_is_a_problem() throws IOException {
        Settings settings = new Settings(List.of(file("a.b = 1\na.b = 2")));
        settings.text("a.b");
        assertThatThrownBy(settings::check).hasMessageContaining("is given twice");
    }

    @Test
    void a_file_that_is_not_there_is_a_problem() {
        Settings settings =
                new Settings(List.of(SettingsSource.file(folder.resolve("missing.properties"))));
        assertThatThrownBy(settings::check).hasMessageContaining("cannot be read");
    }

    @Test
    void a_secret_comes_from_the_file_that_the_environment_names() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "hush\n");
        Settings settings =
                new Settings(
                        List.of(
                                SettingsSource.environment(
                                        Map.of(
                                                "LOCKSTEP_AUTH_JWT_SECRET_FILE",
                                                secret.toString()))));
        assertThat(settings.secret("auth.jwt-secret")).contains(new Secret("hush"));
        settings.check();
    }

    @Test
    void a_secret_is_never_printed() {
        Settings settings = Settings.of(Map.of("auth.jwt-secret", "hush"));
        Secret secret = settings.secret("auth.jwt-secret").orElseThrow();
        assertThat(settings.print() + secret).contains("***").doesNotContain("hush");
    }

    @Test
    void the_print_out_says_where_each_value_came_from() {
        Settings settings =
                new Settings(
                        List.of(
                                SettingsSource.environment(Map.of("LOCKSTEP_HTTP_PORT", "80")),
                                SettingsSource.values("command line", Map.of("http.host", "::1"))));
        settings.number("http.port", 8620, 1, 65535);
        settings.text("http.host", "127.0.0.1");
        settings.bytes("http.max-body", 5L << 20);
        settings.text("http.name");
        assertThat(settings.print())
                .isEqualTo(
                        """
                        # command line
                        http.host = ::1
                        # default
                        http.max-body = 5MiB
                        # not set
                        #http.name =\s
                        # environment LOCKSTEP_HTTP_PORT
                        http.port = 80
                        """);
    }

    @Test
    void durations_and_sizes_print_as_they_are_read() {
        for (String text : List.of("500ms", "30s", "10m", "2h", "7d", "0s")) {
            assertThat(Quantity.print(Quantity.duration(text).orElseThrow())).isEqualTo(text);
        }
        for (String text : List.of("512", "8KiB", "64MiB", "1GiB", "0")) {
            assertThat(Quantity.print(Quantity.bytes(text).orElseThrow())).isEqualTo(text);
        }
        assertThat(Quantity.bytes("9999999999TiB")).isEmpty();
        assertThat(Quantity.duration("-3s")).isEmpty();
    }

    @Test
    void a_choice_is_one_word_of_its_set() {
        assertThat(Settings.of(Map.of("k", "variables")).choice("k", SettingsSource.Kind.KEYS))
                .isEqualTo(SettingsSource.Kind.VARIABLES);
    }

    private SettingsSource file(String content) throws IOException {
        return SettingsSource.file(
                Files.writeString(folder.resolve("lockstep.properties"), content));
    }
}
