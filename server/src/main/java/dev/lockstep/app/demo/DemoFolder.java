package dev.lockstep.app.demo;

import dev.lockstep.app.CommandFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A demo's data folder, held by one process at a time.
///
/// The kernel lets go of the lock however its holder ends, so there is no stale lock to explain
/// away. A marker file says that a folder is ours: a folder without it is neither filled nor ever
/// deleted.
final class DemoFolder implements AutoCloseable {
    private static final String MARKER = "lockstep-demo";
    private static final String LOCK = "lock";

    private final Path root;
    private final boolean fresh;
    private final FileChannel lockChannel;
    private final FileLock lock;

    private DemoFolder(Path root, boolean fresh, FileChannel lockChannel, FileLock lock) {
        this.root = root;
        this.fresh = fresh;
        this.lockChannel = lockChannel;
        this.lock = lock;
    }

    /// Takes the folder, making it where it is missing.
    ///
    /// @throws CommandFailure when another demo runs in it, or when it is somebody else's folder
    static DemoFolder take(Path folder) throws IOException {
        Path root = folder.toAbsolutePath().normalize();
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw new CommandFailure(root + " is not a folder. Choose another with --data.");
        }
        boolean fresh = !isOurs(root);
        if (fresh && Files.isDirectory(root) && !isEmpty(root)) {
            throw new CommandFailure(
                    root
                            + " holds files that are not from a Lockstep demo, so it is left"
                            + " alone. Choose another folder with --data.");
        }
        Files.createDirectories(root);
        FileChannel channel =
                FileChannel.open(
                        root.resolve(LOCK),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        FileLock lock = tryLock(channel);
        if (lock == null) {
            String holder = content(channel);
            channel.close();
            throw new CommandFailure("A demo is already running in " + root + holder + ".");
        }
        if (fresh) {
            Files.writeString(
                    root.resolve(MARKER),
                    "This folder belongs to `lockstep demo`, which may delete all of it when it is"
                            + " asked to with --reset.\n");
        }
        DemoFolder taken = new DemoFolder(root, fresh, channel, lock);
        taken.announce("");
        return taken;
    }

    /// Whether a demo has ever been in this folder.
    static boolean isOurs(Path root) {
        return Files.isRegularFile(root.resolve(MARKER));
    }

    /// Tells whoever comes second where this demo is.
    void announce(String url) throws IOException {
        String line =
                " (pid "
                        + ProcessHandle.current().pid()
                        + ")"
                        + (url.isEmpty() ? "" : ", at " + url);
        lockChannel.truncate(0);
        lockChannel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)), 0);
    }

    /// Deletes everything in the folder but the lock and the marker. The database must be stopped.
    void clear() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                if (!path.equals(root)
                        && !path.equals(root.resolve(LOCK))
                        && !path.equals(root.resolve(MARKER))) {
                    Files.delete(path);
                }
            }
        }
    }

    /// Whether this process made the folder its own only now.
    boolean fresh() {
        return fresh;
    }

    Path root() {
        return root;
    }

    Path postgres() {
        return root.resolve("postgres");
    }

    Path feed() {
        return root.resolve("feed");
    }

    Path tls() {
        return root.resolve("tls");
    }

    Path keys() {
        return root.resolve("keys.properties");
    }

    @Override
    public void close() throws IOException {
        if (lockChannel.isOpen()) {
            lock.release();
            lockChannel.close();
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null;
        }
    }

    private static String content(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(512);
        channel.read(bytes, 0);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.allMatch(entry -> entry.getFileName().toString().equals(LOCK));
        }
    }
}
