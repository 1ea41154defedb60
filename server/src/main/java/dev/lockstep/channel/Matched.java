package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.match.Predicate;
import dev.lockstep.match.Truth;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the index finds: a filter on a table under certain rights, shared by all who ask it. The
/// fan-out thread's.
abstract sealed class Matched {
    /// Whether nobody is left after this audience went.
    abstract boolean forget(Audience audience);

    /// Asked by bindings of `postgres_changes`.
    static final class Changes extends Matched {
        final List<TermOf> terms = new ArrayList<>();

        /// Whether row policies bind those who ask.
        final boolean secured;

        private final Filter visible;
        private @Nullable Relation relation;
        private @Nullable Predicate sees;

        Changes(boolean secured, Filter visible) {
            this.secured = secured;
            this.visible = visible;
        }

        /// Whether those who ask may see this image, whatever else they ask for. Undecided is no.
        boolean sees(FilterCompiler compiler, Relation met, Row row) {
            Predicate compiled = sees;
            if (compiled == null || relation != met) {
                compiled = compiler.sees(visible, met);
                relation = met;
                sees = compiled;
            }
            return compiled.test(row) == Truth.TRUE;
        }

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

        /// Of what is folded: everything up to `since` was said before it, and `until` is behind
        /// it.
        Lsn since = Lsn.NONE;

        Lsn until = Lsn.NONE;
        long untilMillis;

        /// Whether something is gathered, and when ([System#nanoTime]) the next step may be said.
        boolean isOpen;

        long nextAt = System.nanoTime();

        Feed(Spec.Question asked, RowBodies bodies) {
            this.asked = asked;
            this.fold = new FeedFold(asked, bodies);
        }

        /// Whether several transactions may be one step.
        boolean gathers() {
            return asked.batchMs() > 0;
        }

        @Override
        boolean forget(Audience audience) {
            audiences.removeIf(ours -> ours == audience);
            return audiences.isEmpty();
        }
    }
}
