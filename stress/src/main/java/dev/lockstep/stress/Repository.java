package dev.lockstep.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where the sources lie, for the peers that are built or installed from them.
final class Repository {
    private Repository() {}

    /// The nearest folder upwards that holds `stress/peers`.
    static Path root() throws IOException {
        @Nullable Path at = Path.of("").toAbsolutePath();
        while (at != null) {
            if (Files.isDirectory(at.resolve("stress/peers"))) {
                return at;
            }
            at = at.getParent();
        }
        throw new IOException("run this inside Lockstep's repository");
    }
}
