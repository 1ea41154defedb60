package dev.lockstep.spool;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A temporary file of changes. One thread writes; what was flushed may be read by any thread. The
/// file lives while somebody holds a share of it: its writer until [#finish] or [#abandon], and
/// each stored list until it is released.
///
/// Relations stay in memory, by identity; rows read back hold the same instances.
///
/// Readers open the file for a moment per chunk of 64 KiB, and a few chunks are kept for readers
/// that go side by side. An open channel would be quicker, but an interrupt of one reader closes it
/// under all the others, and abandoned iterators would keep descriptors.
public final class ChangeFile {
    static final int CHUNK = 1 << 16;

    private static final Logger log = LoggerFactory.getLogger(ChangeFile.class);

    private static final String PREFIX = "changes-";
    private static final String SUFFIX = ".spool";
    private static final int CACHED_CHUNKS = 4;

    private final Path path;
    private final RandomAccessFile out;
    private final byte[] buffer = new byte[CHUNK];
    private final Map<Relation, Integer> numbers = new IdentityHashMap<>();
    private final AtomicInteger shares = new AtomicInteger(1);
    private final AtomicReferenceArray<Chunk> chunks = new AtomicReferenceArray<>(CACHED_CHUNKS);

    private volatile Relation[] relations = {};
    private volatile boolean gone;
    private boolean finished;
    private int used;
    private long flushed;

    /// Bytes of the file from `number * CHUNK`; fewer than a whole chunk at the file's end.
    record Chunk(long number, byte[] data) {}

    private ChangeFile(Path path) throws IOException {
        this.path = path;
        this.out = new RandomAccessFile(path.toFile(), "rw");
    }

    /// Creates an empty file, and the folder where it is missing.
    ///
    /// @throws UncheckedIOException when the disk refuses
    public static ChangeFile create(Path folder) {
        try {
            Files.createDirectories(folder);
            return new ChangeFile(Files.createTempFile(folder, PREFIX, SUFFIX));
        } catch (IOException e) {
            throw failed("create a file of changes in " + folder, e);
        }
    }

    /// Deletes what an earlier run left in the folder.
    public static void clear(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw failed("clear " + folder, e);
        }
    }

    /// Writes all changes of the list; they may be read once [#flush] has returned.
    ///
    /// @throws UncheckedIOException when the disk refuses; then only [#abandon] is left to do
    public Changes store(Changes changes) {
        long start = length();
        for (Change change : changes) {
            ChangeCodec.write(change, this);
        }
        return new StoredChanges(this, start, length(), changes.count());
    }

    /// Bytes written so far, flushed or not.
    public long length() {
        return flushed + used;
    }

    /// Makes all that was written readable.
    ///
    /// @throws UncheckedIOException when the disk refuses; then only [#abandon] is left to do
    public void flush() {
        if (used == 0) {
            return;
        }
        try {
            out.write(buffer, 0, used);
        } catch (IOException e) {
            throw failed("write " + path, e);
        }
        flushed += used;
        used = 0;
    }

    /// Flushes and ends writing. The stored lists keep the file.
    ///
    /// @throws UncheckedIOException when the disk refuses; then only [#abandon] is left to do
    public void finish() {
        flush();
        abandon();
    }

    /// Ends writing, without caring for what was not flushed. May be called twice.
    public void abandon() {
        if (finished) {
            return;
        }
        finished = true;
        try {
            out.close();
        } catch (IOException e) {
            throw failed("close " + path, e);
        } finally {
            release();
        }
    }

    /// Forgets all from `length` on. Nobody may have been given that part to read.
    void truncate(long length) {
        if (length >= flushed) {
            used = Math.toIntExact(length - flushed);
            return;
        }
        try {
            out.setLength(length);
            out.seek(length);
        } catch (IOException e) {
            throw failed("cut " + path, e);
        }
        flushed = length;
        used = 0;
    }

    void share() {
        shares.incrementAndGet();
    }

    void release() {
        if (shares.decrementAndGet() > 0) {
            return;
        }
        gone = true;
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // It only takes room; the next start clears the folder.
            log.atWarn()
                    .addKeyValue("file", path)
                    .setCause(e)
                    .log("a temporary file could not be deleted");
        }
    }

    void write(int value) {
        if (used == buffer.length) {
            flush();
        }
        buffer[used++] = (byte) value;
    }

    void write(byte[] source, int offset, int length) {
        int done = 0;
        while (done < length) {
            if (used == buffer.length) {
                flush();
            }
            int step = Math.min(length - done, buffer.length - used);
            System.arraycopy(source, offset + done, buffer, used, step);
            used += step;
            done += step;
        }
    }

    /// The relation's number in this file.
    int number(Relation relation) {
        Integer known = numbers.get(relation);
        if (known != null) {
            return known;
        }
        int number = relations.length;
        Relation[] more = Arrays.copyOf(relations, number + 1);
        more[number] = relation;
        relations = more;
        numbers.put(relation, number);
        return number;
    }

    Relation relation(int number) {
        return relations[number];
    }

    /// The chunk that holds the byte at `position`, at least up to that byte.
    ///
    /// @throws ReleasedException when the file is gone
    Chunk chunk(long position) {
        long number = position / CHUNK;
        int needed = (int) (position % CHUNK) + 1;
        int slot = (int) (number % CACHED_CHUNKS);
        Chunk cached = chunks.get(slot);
        if (cached != null && cached.number == number && cached.data.length >= needed) {
            return cached;
        }
        if (gone) {
            throw new ReleasedException();
        }
        try {
            Chunk read = new Chunk(number, read(number * CHUNK));
            if (read.data.length < needed) {
                throw new EOFException("the file ends before byte " + position);
            }
            chunks.set(slot, read);
            return read;
        } catch (IOException e) {
            if (gone) {
                throw new ReleasedException();
            }
            throw failed("read " + path, e);
        }
    }

    private byte[] read(long from) throws IOException {
        byte[] data = new byte[CHUNK];
        int end = 0;
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            in.seek(from);
            while (end < CHUNK) {
                int read = in.read(data, end, CHUNK - end);
                if (read < 0) {
                    break;
                }
                end += read;
            }
        }
        return end == CHUNK ? data : Arrays.copyOf(data, end);
    }

    private static UncheckedIOException failed(String what, IOException cause) {
        return new UncheckedIOException("could not " + what + ": " + cause.getMessage(), cause);
    }
}
