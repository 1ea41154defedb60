package dev.lockstep.channel;

import org.jspecify.annotations.Nullable;

/// One member's place in one audience. A seat that fell behind or was dropped is never used again;
/// the member takes another.
///
/// `audience` is the owner's of that audience (the fan-out thread or a topic's shard); `index`
/// belongs to the connection's loop.
final class Seat {
    private final Member member;
    private volatile @Nullable Spec spec;
    @Nullable Audience audience;
    int index = -1;
    private volatile boolean closed;
    private volatile boolean recalled;

    Seat(Member member, @Nullable Spec spec) {
        this.member = member;
        this.spec = spec;
    }

    Member member() {
        return member;
    }

    /// What it hears of the log; only a topic's own seats have none.
    Spec spec() {
        return java.util.Objects.requireNonNull(spec);
    }

    /// Lets go of its own copy for the equal one that its audience holds: thousands of members ask
    /// the same.
    void share(Spec equal) {
        spec = equal;
    }

    /// What it hears is known only now.
    void hears(Spec.Feed resolved) {
        spec = resolved;
    }

    /// What it hears may not hold any more: whoever is about to say something to it gives it back
    /// instead, with its place in the log.
    void recall() {
        recalled = true;
    }

    boolean isRecalled() {
        return recalled;
    }

    /// Given up for good: whoever still works for it stops at the next look.
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }
}
