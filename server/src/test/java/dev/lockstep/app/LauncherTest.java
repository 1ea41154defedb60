package dev.lockstep.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher's search for a JDK, among folders that look like JDKs.
class LauncherTest {
    private static final Path LAUNCHER = Path.of("..", "lockstep").toAbsolutePath().normalize();

    @TempDir Path folder;
    private final Map<String, String> environment = new LinkedHashMap<>();

    private record Answer(int status, String out, String err) {}

    @BeforeEach
    void with_nothing_but_the_tools_that_every_system_has() throws IOException {
        Files.createDirectories(folder.resolve("home"));
        Path bin = Files.createDirectories(folder.resolve("bin"));
        for (String tool :
                List.of("bash", "env", "sed", "head", "dirname", "readlink", "uname", "id")) {
            link(bin, tool);
        }
        environment.put("PATH", bin.toString());
        environment.put("HOME", folder.resolve("home").toString());
        environment.put("LOCKSTEP_JVM_FOLDER", folder.resolve("jvm").toString());
    }

    @Test
    void java_25_home_wins_over_java_home() throws Exception {
        environment.put("JAVA25_HOME", jdk("a", "25.0.1"));
        environment.put("JAVA_HOME", jdk("b", "26"));
        assertThat(javaHome().out()).isEqualTo(folder.resolve("a").toString());
    }

    @Test
    void a_java_home_that_is_too_old_is_passed_over() throws Exception {
        environment.put("JAVA_HOME", jdk("old", "17.0.15"));
        jdk("jvm/temurin-25-jdk-amd64", "25.0.1");
        assertThat(javaHome().out())
                .isEqualTo(folder.resolve("jvm/temurin-25-jdk-amd64").toString());
    }

    @Test
    void a_folder_without_a_compiler_is_no_jdk() throws Exception {
        String jre = jdk("jvm/jre-25", "25.0.1");
        Files.delete(Path.of(jre, "bin", "javac"));
        jdk("home/.jdks/openjdk-25", "25");
        assertThat(javaHome().out()).isEqualTo(folder.resolve("home/.jdks/openjdk-25").toString());
    }

    @Test
    void what_sdkman_installed_is_found() throws Exception {
        jdk("home/.sdkman/candidates/java/25-tem", "25");
        assertThat(javaHome().out())
                .isEqualTo(folder.resolve("home/.sdkman/candidates/java/25-tem").toString());
    }

    @Test
    void a_newer_one_is_fine_when_there_is_no_25() throws Exception {
        jdk("jvm/java-17", "17.0.1");
        jdk("jvm/java-27", "27");
        assertThat(javaHome().out()).isEqualTo(folder.resolve("jvm/java-27").toString());
    }

    @Test
    void the_compiler_on_the_path_is_followed_through_its_links() throws Exception {
        Path javac = Path.of(jdk("far", "25"), "bin", "javac");
        Files.createSymbolicLink(folder.resolve("bin").resolve("javac"), javac);
        assertThat(javaHome().out()).isEqualTo(folder.resolve("far").toString());
    }

    @Test
    void without_a_jdk_it_says_what_is_missing_and_how_to_get_it() throws Exception {
        Answer answer = javaHome();
        assertThat(answer.status()).isEqualTo(1);
        assertThat(answer.err())
                .contains("JDK 25 or newer")
                .contains("Debian, Ubuntu:")
                .contains("macOS:");
    }

    private Answer javaHome() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/bash", LAUNCHER.toString(), "java-home");
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = text(process.getInputStream().readAllBytes());
        String err = text(process.getErrorStream().readAllBytes());
        return new Answer(process.waitFor(), out, err);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }

    private String jdk(String name, String version) throws IOException {
        Path home = folder.resolve(name);
        Path bin = Files.createDirectories(home.resolve("bin"));
        for (String program : List.of("java", "javac")) {
            executable(bin.resolve(program));
        }
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        return home.toString();
    }

    /// A script, not a link: JUnit warns of links that lead out of its folder.
    private static void link(Path bin, String tool) throws IOException {
        for (String place : List.of("/usr/bin", "/bin")) {
            Path program = Path.of(place, tool);
            if (Files.exists(program)) {
                Path script = executable(bin.resolve(tool));
                Files.writeString(script, "#!/bin/sh\nexec " + program + " \"$@\"\n");
                return;
            }
        }
    }

    private static Path executable(Path file) throws IOException {
        return Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }
}
