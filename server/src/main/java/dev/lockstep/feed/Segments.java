package dev.lockstep.feed;

import dev.lockstep.spool.ChangeFile;
import dev.lockstep.spool.Changes;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves the older part of the window from the heap into files of about 8 MiB, several transactions
/// in each. A file goes with the last of its transactions. Used under the feed's lock.
///
/// A disk that refuses is no failure of the feed: the transactions stay in the heap, which the feed
/// then keeps within its bound by letting the oldest go, and the next call tries again.
final class Segments {
    private static final Logger log = LoggerFactory.getLogger(Segments.class);
    private static final long SEGMENT = 8 << 20;

    private final Path folder;
    private final List<Move> moves = new ArrayList<>();
    private @Nullable ChangeFile current;
    private @Nullable Entry moved;
    private volatile boolean refused;

    private record Move(Entry entry, Changes stored) {}

    Segments(Path folder) {
        this.folder = folder;
        ChangeFile.clear(folder);
    }

    boolean refused() {
        return refused;
    }

    /// Moves the oldest transactions until no more than `target` bytes are in the heap.
    void move(Window window, long target) {
        try {
            long left = window.heapBytes() - target;
            for (Entry at = start(window); at != null && left > 0; at = at.next()) {
                Changes content = at.content();
                if (content != null && content.inHeap()) {
                    moves.add(new Move(at, file().store(content)));
                    left -= content.bytes();
                }
                if (current != null && current.length() >= SEGMENT) {
                    current.finish();
                    current = null;
                    publish(window);
                }
            }
            if (current != null) {
                current.flush();
            }
            publish(window);
            noteRefusal(null);
        } catch (UncheckedIOException e) {
            giveUp();
            noteRefusal(e);
        }
    }

    /// Lets go of the file that is being written.
    void close() {
        giveUp();
    }

    private @Nullable Entry start(Window window) {
        Entry last = moved;
        return last == null || !last.standsIn(window) ? window.first() : last.next();
    }

    private ChangeFile file() {
        ChangeFile into = current;
        if (into == null) {
            into = ChangeFile.create(folder);
            current = into;
        }
        return into;
    }

    /// Only what was flushed may be read from the file.
    private void publish(Window window) {
        for (Move move : moves) {
            window.replace(move.entry, move.stored);
            moved = move.entry;
        }
        moves.clear();
    }

    private void giveUp() {
        ChangeFile broken = current;
        current = null;
        try {
            if (broken != null) {
                broken.abandon();
            }
        } catch (UncheckedIOException e) {
            log.atWarn().setCause(e).log("a segment of the change window could not be closed");
        } finally {
            moves.forEach(move -> move.stored.release());
            moves.clear();
        }
    }

    private void noteRefusal(@Nullable UncheckedIOException failure) {
        if (failure != null && !refused) {
            log.atWarn()
                    .setCause(failure)
                    .log("the change window cannot be written to disk and is cut to the heap");
        } else if (failure == null && refused) {
            log.info("the change window is written to disk again");
        }
        refused = failure != null;
    }
}
