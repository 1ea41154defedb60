package dev.lockstep.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.auth.AuthConfig;
import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFolderTest {
    @TempDir Path parent;

    @Test
    void a_second_demo_in_the_same_folder_is_told_where_the_first_is() throws IOException {
        Path root = parent.resolve("data");
        try (DemoFolder first = DemoFolder.take(root)) {
            first.announce("http://127.0.0.1:8620");
            assertThatThrownBy(() -> DemoFolder.take(root))
                    .hasMessageContaining("already running in " + root)
                    .hasMessageContaining("pid " + ProcessHandle.current().pid())
                    .hasMessageContaining("http://127.0.0.1:8620");
        }
    }

    @Test
    void a_folder_is_free_again_when_its_demo_has_ended() throws IOException {
        Path root = parent.resolve("data");
        DemoFolder.take(root).close();
        try (DemoFolder second = DemoFolder.take(root)) {
            assertThat(second.fresh()).isFalse();
        }
    }

    @Test
    void somebody_elses_folder_is_left_alone() throws IOException {
        Path letters = Files.writeString(parent.resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> DemoFolder.take(parent))
                .hasMessageContaining("are not from a Lockstep demo");
        assertThat(parent).isDirectoryContaining(path -> path.equals(letters));
        assertThat(DemoFolder.isOurs(parent)).isFalse();
    }

    @Test
    void clearing_leaves_only_what_makes_the_folder_ours() throws IOException {
        try (DemoFolder folder = DemoFolder.take(parent.resolve("data"))) {
            Files.createDirectories(folder.feed().resolve("deep"));
            Files.writeString(folder.keys(), "x");
            folder.clear();
            try (var left = Files.list(folder.root())) {
                assertThat(left.map(path -> path.getFileName().toString()))
                        .containsExactlyInAnyOrder("lock", "lockstep-demo");
            }
        }
    }

    @Test
    void keys_are_made_once_and_readable_by_their_owner_alone() throws IOException {
        Path file = parent.resolve("keys.properties");
        DemoKeys made = DemoKeys.in(file, InstantSource.system());
        assertThat(DemoKeys.in(file, InstantSource.system())).isEqualTo(made);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void the_service_key_is_a_token_that_the_secret_verifies() throws IOException {
        DemoKeys keys = DemoKeys.in(parent.resolve("k"), InstantSource.system());
        TokenVerifier verifier =
                new TokenVerifier(
                        AuthConfig.of(new Secret(keys.jwtSecret())), InstantSource.system());
        assertThat(verifier.verify(keys.serviceRoleKey()).role()).isEqualTo("service_role");
    }

    @Test
    void the_connection_file_is_private_and_reads_back() throws IOException {
        ConnectionFile file =
                new ConnectionFile("http://127.0.0.1:1", "a", "d", "k", "s", "j", Optional.empty());
        file.write(parent);
        assertThat(ConnectionFile.read(parent)).contains(file);
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(parent.resolve(ConnectionFile.NAME))))
                .isEqualTo("rw-------");
        assertThat(Files.readString(parent.resolve(ConnectionFile.NAME))).contains("\"accounts\"");
    }

    @Test
    void without_a_demo_there_is_no_connection() {
        assertThat(ConnectionFile.read(parent)).isEmpty();
    }
}
