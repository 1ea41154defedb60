package dev.lockstep.postgres.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// PostgreSQL's own log: one file that it appends to, and one older one, each bounded.
record ServerLog(Path file) {
    private static final long MAX_BYTES = 8L << 20;
    private static final int TAIL_LINES = 12;

    long length() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /// Keeps the last 8 MiB or so as `….1` and empties the file in place: PostgreSQL holds it open,
    /// appending, so it cannot be renamed away. Lines written in between are lost.
    void trim() throws IOException {
        if (length() < MAX_BYTES) {
            return;
        }
        Path older = file.resolveSibling(file.getFileName() + ".1");
        Files.copy(file, older, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(0);
        }
    }

    /// The last lines that were written after the file had that length.
    String since(long length) throws IOException {
        if (length() <= length) {
            return "";
        }
        try (FileChannel channel = FileChannel.open(file)) {
            channel.position(length);
            byte[] bytes = java.nio.channels.Channels.newInputStream(channel).readAllBytes();
            List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
            return String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        }
    }
}
