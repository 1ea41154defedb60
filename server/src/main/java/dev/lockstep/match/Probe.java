package dev.lockstep.match;

import dev.lockstep.core.Row;
import dev.lockstep.match.MatchIndex.Hits;
import org.jspecify.annotations.Nullable;

/// A change on its way through the index. Hot; used again and again.
final class Probe<F> {
    @Nullable Row before;
    @Nullable Row after;
    private @Nullable Hits<F> hits;
    private long round;

    void begin(@Nullable Row before, @Nullable Row after, Hits<F> hits) {
        this.before = before;
        this.after = after;
        this.hits = hits;
        round++;
    }

    /// Holds on to nothing.
    void end() {
        before = null;
        after = null;
        hits = null;
    }

    /// Tells of the entry if the change concerns it, the first time that it is found.
    void test(Entry<F> entry) {
        Hits<F> taker = hits;
        if (entry.round == round || taker == null) {
            return;
        }
        entry.round = round;
        if (entry.asks && taker.defers(entry.feed, entry.node)) {
            return;
        }
        boolean then;
        boolean now;
        try {
            then = before != null && entry.takes(before);
            now = after != null && entry.takes(after);
        } catch (RuntimeException problem) {
            taker.failed(entry.feed, problem);
            return;
        }
        if (then || now) {
            taker.hit(entry.feed, then, now);
        }
    }
}
