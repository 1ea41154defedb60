package dev.lockstep.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLineTest {
    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    @Test
    void a_mistyped_command_is_answered_with_the_one_that_was_meant() {
        assertThat(run("docter")).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "lockstep: there is no command \"docter\". Did you mean \"doctor\"?",
                        "Try: lockstep --help");
    }

    @Test
    void a_mistyped_option_is_answered_with_the_one_that_was_meant() {
        assertThat(run("doctor", "--fxi")).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("doctor: there is no option \"--fxi\". Did you mean \"--fix\"?");
    }

    @Test
    void a_missing_table_is_said_in_one_line() {
        assertThat(run("tail")).isEqualTo(2);
        assertThat(err.toString().lines()).first().asString().contains("'TABLE'");
    }

    @Test
    void help_names_every_command() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString())
                .contains("demo", "serve", "doctor", "tail", "token", "track", "untrack");
    }

    @Test
    void what_a_server_lacks_is_reported_together_before_anything_opens() throws Exception {
        Path file =
                java.nio.file.Files.writeString(
                        folder.resolve("lockstep.properties"),
                        "htp.port = 1\nfeed.retention = 10\n");
        assertThat(run("serve", "--config", file.toString())).isEqualTo(1);
        assertThat(err.toString())
                .contains("3 problems")
                .contains("auth.jwt-secret (LOCKSTEP_AUTH_JWT_SECRET)")
                .contains("feed.retention (LOCKSTEP_FEED_RETENTION) is \"10\"")
                .contains("did you mean http.port?");
    }

    @Test
    void tail_without_a_demo_says_how_to_get_one() {
        assertThat(run("tail", "orders", "--data", folder.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("Start one with `lockstep demo`");
    }

    @Test
    void an_address_that_is_none_is_not_repeated() {
        assertThat(run("doctor", "--url", "mysql://me:hush@host/db")).isEqualTo(1);
        assertThat(err.toString()).contains("postgresql://").doesNotContain("hush");
    }

    @Test
    void an_address_is_read_with_its_escapes_and_parameters() {
        DatabaseUrl url =
                DatabaseUrl.parse("postgres://a%40b:p%2Fw+d@db.example:6432/shop?sslmode=require");
        assertThat(url.jdbc()).isEqualTo("jdbc:postgresql://db.example:6432/shop?sslmode=require");
        assertThat(url.user()).isEqualTo("a@b");
        assertThat(url.password().reveal()).isEqualTo("p/w+d");
        assertThat(DatabaseUrl.parse(url.withPassword()).password()).isEqualTo(url.password());
    }
}
