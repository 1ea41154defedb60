package dev.lockstep.postgres.embedded;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What `postmaster.pid` says about a data folder's server.
///
/// @param started by PostgreSQL's word, to the second
/// @param status `starting`, `ready`, `stopping`; empty while the file is being written
record Postmaster(long pid, Instant started, int port, String status) {
    private static final Duration START_TOLERANCE = Duration.ofSeconds(5);

    /// What stands behind the number in the file.
    enum State {
        /// A server of this folder.
        ALIVE,
        /// Dead, its parent has not taken notice: the number still counts as taken.
        ZOMBIE,
        /// The number went to a program that has nothing to do with this folder.
        STRANGER,
        GONE
    }

    static Optional<Postmaster> read(Path data) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(data.resolve("postmaster.pid"));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Postmaster(
                            Long.parseLong(lines.get(0).strip()),
                            Instant.ofEpochSecond(number(lines, 2)),
                            (int) number(lines, 3),
                            line(lines, 7)));
        } catch (NumberFormatException | IndexOutOfBoundsException _) {
            return Optional.empty(); // cut off in the middle of a write
        }
    }

    boolean ready() {
        return status.equals("ready");
    }

    State state(Path data) throws IOException {
        return Platform.hasProc() ? stateFromProc(pid, data) : stateFromJdk();
    }

    /// The server processes of this folder, the children of a dead postmaster too: they all stand
    /// in the data folder. Empty where there is no `/proc`.
    static List<Long> processesIn(Path data) throws IOException {
        List<Long> found = new ArrayList<>();
        if (Platform.hasProc()) {
            try (DirectoryStream<Path> entries =
                    Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
                for (Path entry : entries) {
                    long pid = Long.parseLong(entry.getFileName().toString());
                    if (stateFromProc(pid, data) == State.ALIVE) {
                        found.add(pid);
                    }
                }
            }
        }
        return found;
    }

    private static State stateFromProc(long pid, Path data) throws IOException {
        try {
            Path process = Path.of("/proc", Long.toString(pid));
            String stat = Files.readString(process.resolve("stat"));
            char letter = stat.charAt(stat.lastIndexOf(')') + 2);
            if (letter == 'Z' || letter == 'X') {
                return State.ZOMBIE;
            }
            boolean postgres = Files.readString(process.resolve("comm")).contains("postgres");
            return postgres && standsIn(process, data) ? State.ALIVE : State.STRANGER;
        } catch (NoSuchFileException _) {
            return State.GONE;
        } catch (IOException e) {
            // The process ended between two reads: ESRCH has no exception of its own.
            if (ProcessHandle.of(pid).isEmpty()) {
                return State.GONE;
            }
            throw e;
        }
    }

    /// PostgreSQL's processes stand in their data folder. Root without the right to trace (as in a
    /// container) may not see where others stand; then the command line, which names the folder for
    /// the postmaster and not for its children, must do.
    private static boolean standsIn(Path process, Path data) throws IOException {
        try {
            return Files.readSymbolicLink(process.resolve("cwd")).equals(data.toRealPath());
        } catch (AccessDeniedException _) {
            return Files.readString(process.resolve("cmdline")).contains(data.toString());
        }
    }

    /// Without `/proc` a reused number is told by the program's name and its start.
    private State stateFromJdk() {
        Optional<ProcessHandle> handle = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        if (handle.isEmpty()) {
            return State.GONE;
        }
        ProcessHandle.Info info = handle.get().info();
        boolean postgres = info.command().filter(c -> c.endsWith("/postgres")).isPresent();
        boolean sameStart =
                info.startInstant()
                        .map(at -> Duration.between(at, started).abs())
                        .filter(apart -> apart.compareTo(START_TOLERANCE) <= 0)
                        .isPresent();
        return postgres && sameStart ? State.ALIVE : State.STRANGER;
    }

    private static long number(List<String> lines, int index) {
        String line = line(lines, index);
        return line.isEmpty() ? 0 : Long.parseLong(line);
    }

    private static String line(List<String> lines, int index) {
        return index < lines.size() ? lines.get(index).strip() : "";
    }
}
