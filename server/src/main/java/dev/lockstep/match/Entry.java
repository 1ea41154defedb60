package dev.lockstep.match;

import dev.lockstep.core.Row;
import dev.lockstep.match.FilterCompiler.Bound;
import org.jspecify.annotations.Nullable;

/// A feed in the index, with all places where it is found.
final class Entry<F> {
    final F feed;
    final Bound bound;
    final Node node;
    final boolean asks;
    final Unseen unseen;

    /// When it was tested last: a change may find it at several places, and by both its images.
    long round;

    /// The first of its places, which hold on to one another.
    @Nullable Posting<F> postings;

    /// What it means that an image lacks a column that decides.
    enum Unseen {
        MISSES,
        HITS
    }

    Entry(F feed, Bound bound, Unseen unseen) {
        this.feed = feed;
        this.bound = bound;
        this.node = bound.node();
        this.asks = node.asks();
        this.unseen = unseen;
    }

    boolean watches() {
        return unseen == Unseen.HITS;
    }

    boolean takes(Row row) {
        return switch (unseen) {
            case MISSES -> node.test(row) == Truth.TRUE;
            case HITS -> node.may(row, true);
        };
    }
}
