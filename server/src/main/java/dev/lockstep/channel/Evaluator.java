package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.Transaction;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.match.Predicate;
import dev.lockstep.match.Truth;
import dev.lockstep.policy.RowRights;
import dev.lockstep.wire.Envelope;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One spec over transactions of the window, without the index: how a member catches up, and how a
/// filter that has to ask PostgreSQL is answered. Makes the very frames that the fan-out would. One
/// thread's; may wait for the database.
final class Evaluator {
    /// What a transaction asks of a feed that frames cannot say.
    static final class DismissedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final Dismissal reason;

        DismissedException(Dismissal reason) {
            super(reason.word());
            this.reason = reason;
        }

        Dismissal reason() {
            return reason;
        }
    }

    private final Spec spec;
    private final FilterCompiler compiler;
    private final Deletes deletes;
    private final Function<Lsn, String> tokens;
    private final WatchIndex watches;
    private final List<Bound> bound = new ArrayList<>();

    /// @param tokens the token of a feed for a position
    Evaluator(Spec spec, FilterCompiler compiler, Deletes deletes, Function<Lsn, String> tokens) {
        this.spec = spec;
        this.compiler = compiler;
        this.deletes = deletes;
        this.tokens = tokens;
        this.watches = new WatchIndex(compiler);
        spec.watches().forEach(watches::add);
        switch (spec) {
            case Spec.Changes changes ->
                    changes.terms()
                            .forEach(t ->
                                    bound.add(new Bound(t.filter(), t.readable(), t.rights())));
            case Spec.Feed(_, _, var q, _) ->
                    bound.add(new Bound(q.where(), q.readable(), q.rights()));
        }
    }

    /// A term's filter and rights, compiled for the relation that was last met.
    private final class Bound {
        private final Filter filter;
        private final Set<String> readable;
        private final RowRights rights;
        private @Nullable Relation relation;
        private FilterCompiler.@Nullable Bound compiled;

        Bound(Filter filter, Set<String> readable, RowRights rights) {
            this.filter = filter;
            this.readable = readable;
            this.rights = rights;
        }

        private FilterCompiler.Bound on(Relation met) {
            FilterCompiler.Bound now = compiled;
            if (now == null || relation != met) {
                now = compiler.bind(filter, readable, rights.visible(), met);
                relation = met;
                compiled = now;
            }
            return now;
        }

        /// Asked for, and to be seen.
        boolean takes(Relation met, Row row) {
            return isTrue(on(met).predicate(), row);
        }

        boolean sees(Relation met, Row row) {
            return isTrue(on(met).visible(), row);
        }

        /// Asked for, whoever may see it.
        boolean asks(Relation met, Row row) {
            return isTrue(compiler.compile(filter, met, readable), row);
        }

        private static boolean isTrue(Predicate predicate, Row row) {
            return predicate.test(row) == Truth.TRUE;
        }
    }

    /// Whether the transaction may change the rights under which this spec was made.
    boolean endsRights(Transaction transaction) {
        return !watches.concernedBy(transaction).isEmpty();
    }

    /// Hands the transaction's frames to `out`, in order.
    ///
    /// @param withToken whether a feed's frames may name the position behind the transaction
    /// @throws DismissedException when a feed must be loaded afresh instead
    void frames(Transaction transaction, boolean withToken, Consumer<Frame> out)
            throws DismissedException {
        switch (spec) {
            case Spec.Changes changes -> changesFrames(changes, transaction, out);
            case Spec.Feed feed -> feedFrames(feed, transaction, withToken, out);
        }
    }

    private void changesFrames(Spec.Changes spec, Transaction transaction, Consumer<Frame> out) {
        ChangesFrames frames = new ChangesFrames(ChangesFrames.Form.of(spec));
        Hits hits = new Hits(spec.terms().size());
        Bodies bodies = new Bodies(transaction.commitMicros());
        Iterator<Change> changes = transaction.changes();
        while (changes.hasNext()) {
            Change change = changes.next();
            if (Changes.isRow(change)) {
                for (int i = 0; i < spec.terms().size(); i++) {
                    look(spec.terms().get(i), i, change, hits);
                }
                if (hits.any()) {
                    bodies.next(change);
                    frames.of(hits, bodies).forEach(out);
                    hits.clear();
                }
            }
        }
    }

    private void look(Spec.Term term, int place, Change change, Hits hits) {
        if (Changes.relation(change).oid() != term.oid()) {
            return;
        }
        boolean secured = term.rights().secured();
        if (!secured && ChangesFrames.ignoresFilters(change)) {
            if (ChangesFrames.concerns(term, change, true, true)) {
                hits.add(place, true);
            }
            return;
        }
        boolean before = before(place, change);
        boolean after = after(place, change);
        if (ChangesFrames.concerns(term, change, before, after)) {
            hits.add(place, before || !secured || seesOld(place, change));
        } else if (secured
                && deletes == Deletes.EVERYONE
                && change instanceof Change.Delete(var relation, var old)
                && bound.get(place).asks(relation, old)
                && ChangesFrames.concerns(term, change, true, true)) {
            hits.add(place, false);
        }
    }

    private void feedFrames(
            Spec.Feed feed, Transaction transaction, boolean withToken, Consumer<Frame> out)
            throws DismissedException {
        FeedFold fold = new FeedFold(feed.question());
        Iterator<Change> changes = transaction.changes();
        while (changes.hasNext()) {
            Change change = changes.next();
            if (change instanceof Change.Truncate(var relations, _, _)) {
                if (relations.stream().anyMatch(r -> r.oid() == feed.question().oid())) {
                    throw new DismissedException(Dismissal.TRUNCATED);
                }
            } else if (Changes.isRow(change)
                    && Changes.relation(change).oid() == feed.question().oid()) {
                boolean before = before(0, change);
                boolean after = after(0, change);
                if (before || after) {
                    fold.accept(change, before, after);
                }
            }
            if (fold.isLarge()) {
                throw new DismissedException(Dismissal.LARGE);
            }
        }
        FeedPayload payload = fold.finish();
        if (!payload.isEmpty()) {
            Envelope envelope = feed.codec().envelope(feed.topic(), "feed");
            Optional<String> token =
                    withToken ? Optional.of(tokens.apply(transaction.endLsn())) : Optional.empty();
            FeedPayload.Head head =
                    FeedPayload.Head.of(feed.id(), transaction.commitMicros() / 1_000, token);
            FeedPayload.frames(envelope, head, payload.bodies()).forEach(out);
        }
    }

    private boolean before(int term, Change change) {
        return switch (change) {
            case Change.Update(var relation, var old, _) -> bound.get(term).takes(relation, old);
            case Change.Delete(var relation, var old) -> bound.get(term).takes(relation, old);
            case Change.Insert _, Change.Truncate _, Change.Message _ -> false;
        };
    }

    private boolean after(int term, Change change) {
        return switch (change) {
            case Change.Insert(var relation, var row) -> bound.get(term).takes(relation, row);
            case Change.Update(var relation, _, var row) -> bound.get(term).takes(relation, row);
            case Change.Delete _, Change.Truncate _, Change.Message _ -> false;
        };
    }

    private boolean seesOld(int term, Change change) {
        return switch (change) {
            case Change.Update(var relation, var old, _) -> bound.get(term).sees(relation, old);
            case Change.Delete(var relation, var old) -> bound.get(term).sees(relation, old);
            case Change.Insert _, Change.Truncate _, Change.Message _ -> true;
        };
    }
}
