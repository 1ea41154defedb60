package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import java.util.ArrayList;
import java.util.List;

/// What the index finds: a filter on a table under certain rights, shared by all who ask it. The
/// fan-out thread's.
abstract sealed class Matched {
    /// Whether nobody is left after this audience went.
    abstract boolean forget(Audience audience);

    /// Asked by bindings of `postgres_changes`.
    static final class Changes extends Matched {
        final List<TermOf> terms = new ArrayList<>();

        @Override
        boolean forget(Audience audience) {
            terms.removeIf(term -> term.audience() == audience);
            return terms.isEmpty();
        }
    }

    /// The place of a term among those of its audience.
    record TermOf(ChangesAudience audience, int term) {}

    /// Asked by live feeds.
    static final class Feed extends Matched {
        final Spec.Question asked;
        final List<FeedAudience> audiences = new ArrayList<>();
        final FeedFold fold;

        /// Whether the transaction that is being delivered concerns it.
        boolean touched;

        /// The last position that its members were given a token for.
        Lsn told = Lsn.NONE;

        Feed(Spec.Question asked) {
            this.asked = asked;
            this.fold = new FeedFold(asked);
        }

        @Override
        boolean forget(Audience audience) {
            audiences.removeIf(ours -> ours == audience);
            return audiences.isEmpty();
        }
    }
}
