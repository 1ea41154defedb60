package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Transaction;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.match.MatchIndex;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who listens at the head: the audiences of all specs, and the index from changes to them. The
/// fan-out thread's. Hot in [Pass].
final class Audiences {
    private static final Logger log = LoggerFactory.getLogger(Audiences.class);

    /// What is asked of a table under certain rights, whoever asks: the key by which it is shared.
    private record Question(
            TableName table,
            int oid,
            Filter filter,
            Set<String> readable,
            Optional<Spec.Question> feed) {}

    private final FilterCompiler compiler;
    private final MatchIndex<Matched> index;
    private final Function<TableName, Optional<Relation>> relations;
    private final ResumeTokenSource tokens;
    private final Audience.Overflow overflow;
    private final Map<Spec, LogAudience> bySpec = new HashMap<>();
    private final Map<Question, Matched> byQuestion = new HashMap<>();
    private final Set<Audience> pending = new LinkedHashSet<>();
    private final Map<Integer, Relation> met = new HashMap<>();

    /// What a feed's members return with.
    interface ResumeTokenSource {
        String token(Spec.Question question, Lsn position);
    }

    /// @param relations a table's shape by the catalogue, for tables that the log has not shown yet
    Audiences(
            FilterCompiler compiler,
            Function<TableName, Optional<Relation>> relations,
            ResumeTokenSource tokens,
            Audience.Overflow overflow) {
        this.compiler = compiler;
        this.index = new MatchIndex<>(compiler);
        this.relations = relations;
        this.tokens = tokens;
        this.overflow = overflow;
    }

    /// Seats a member; `first` is said to it alone before anything else.
    ///
    /// @throws dev.lockstep.error.FailureException when the spec no longer fits its tables
    void add(Seat seat, List<Frame> first, LaneBatches batches) {
        LogAudience audience = bySpec.get(seat.spec());
        if (audience == null) {
            audience = open(seat.spec());
        } else {
            seat.share(audience.spec());
        }
        // What was collected before this member came is not for it.
        audience.flushTo(batches);
        audience.add(seat);
        batches.add(seat.member().lane(), new LaneCommand.Take(seat, audience, first));
    }

    private LogAudience open(Spec spec) {
        LogAudience audience =
                switch (spec) {
                    case Spec.Changes changes -> openChanges(changes);
                    case Spec.Feed feed -> openFeed(feed);
                };
        bySpec.put(spec, audience);
        return audience;
    }

    private LogAudience openChanges(Spec.Changes spec) {
        ChangesAudience audience = new ChangesAudience(spec, overflow);
        try {
            for (int i = 0; i < spec.terms().size(); i++) {
                Spec.Term term = spec.terms().get(i);
                if (matched(questionOf(term)) instanceof Matched.Changes matched) {
                    matched.terms.add(new Matched.TermOf(audience, i));
                }
            }
        } catch (RuntimeException e) {
            forget(spec, audience);
            throw e;
        }
        return audience;
    }

    private LogAudience openFeed(Spec.Feed spec) {
        FeedAudience audience = new FeedAudience(spec, overflow);
        if (matched(questionOf(spec)) instanceof Matched.Feed matched) {
            matched.audiences.add(audience);
        }
        return audience;
    }

    private Matched matched(Question question) {
        Matched matched = byQuestion.get(question);
        if (matched == null) {
            matched =
                    question.feed().isPresent()
                            ? new Matched.Feed(question.feed().get())
                            : new Matched.Changes();
            index.put(
                    matched,
                    compiler.bind(question.filter(), relation(question), question.readable()));
            byQuestion.put(question, matched);
        }
        return matched;
    }

    /// The table's shape as the log last showed it, else as the catalogue has it.
    private Relation relation(Question question) {
        Relation shown = met.get(question.oid());
        if (shown != null) {
            return shown;
        }
        return relations
                .apply(question.table())
                .filter(relation -> relation.oid() == question.oid())
                .orElseThrow(() ->
                        new FailureException(new Failure.NotFound("table " + question.table())));
    }

    void remove(Seat seat, LaneBatches batches) {
        Audience audience = seat.audience;
        if (audience != null) {
            batches.add(seat.member().lane(), new LaneCommand.Drop(seat, audience));
            audience.remove(seat);
            if (audience.isEmpty()) {
                pending.remove(audience);
                bySpec.remove(seat.spec());
                forget(seat.spec(), audience);
            }
        }
    }

    /// Takes an audience out of the index.
    private void forget(Spec spec, Audience audience) {
        for (Question question : questionsOf(spec)) {
            Matched matched = byQuestion.get(question);
            if (matched != null && matched.forget(audience)) {
                byQuestion.remove(question);
                index.remove(matched);
            }
        }
    }

    private static List<Question> questionsOf(Spec spec) {
        return switch (spec) {
            case Spec.Changes changes ->
                    changes.terms().stream().map(Audiences::questionOf).distinct().toList();
            case Spec.Feed feed -> List.of(questionOf(feed));
        };
    }

    private static Question questionOf(Spec.Term term) {
        return new Question(
                term.table(), term.oid(), term.filter(), term.readable(), Optional.empty());
    }

    private static Question questionOf(Spec.Feed feed) {
        Spec.Question asked = feed.question();
        return new Question(
                asked.table(), asked.oid(), asked.where(), asked.readable(), Optional.of(asked));
    }

    void recheck(FanOut.SpecCheck check, Lsn position, LaneBatches batches) {
        List.copyOf(bySpec.keySet()).stream()
                .filter(spec -> !check.holds(spec))
                .forEach(spec -> dismiss(spec, Dismissal.RIGHTS, position, batches));
    }

    void dismissAll(Dismissal reason, Lsn position, LaneBatches batches) {
        List.copyOf(bySpec.keySet()).forEach(spec -> dismiss(spec, reason, position, batches));
        met.clear();
    }

    private void dismiss(Spec spec, Dismissal reason, Lsn position, LaneBatches batches) {
        LogAudience audience = bySpec.remove(spec);
        if (audience != null) {
            audience.flushTo(batches);
            pending.remove(audience);
            for (Lane lane : audience.lanes()) {
                batches.add(lane, new LaneCommand.Dismiss(audience, reason, position));
            }
            forget(spec, audience);
        }
    }

    /// Hands all that was collected to the lanes' batches.
    void flush(LaneBatches batches) {
        for (Audience audience : pending) {
            audience.flushTo(batches);
        }
        pending.clear();
    }

    private void collect(Audience audience, Frame frame, Position position) {
        if (!audience.hasPending()) {
            pending.add(audience);
        }
        audience.collect(frame, position);
    }

    /// Tells every feed that was told nothing since `position` where the log stands.
    void tellQuietFeeds(Lsn position) {
        for (Matched matched : byQuestion.values()) {
            if (matched instanceof Matched.Feed feed && feed.told.isBefore(position)) {
                feed.told = position;
                String token = tokens.token(feed.asked, position);
                for (FeedAudience audience : feed.audiences) {
                    collect(
                            audience,
                            FeedPayload.token(audience.envelope, audience.spec.id(), token),
                            Position.after(position));
                }
            }
        }
    }

    /// @param position everything up to here was delivered before
    Pass begin(Transaction transaction, Lsn position) {
        return new Pass(transaction, position);
    }

    /// One transaction on its way to the audiences.
    final class Pass implements MatchIndex.Hits<Matched> {
        private final Transaction transaction;
        private final Lsn before;
        private final List<ChangesAudience> touched = new ArrayList<>();
        private final List<Matched.Feed> feeds = new ArrayList<>();
        private final Bodies bodies;
        private final List<Matched> failed = new ArrayList<>();
        private @Nullable Change current;
        private int largest;

        private Pass(Transaction transaction, Lsn before) {
            this.transaction = transaction;
            this.before = before;
            this.bodies = new Bodies(transaction.commitMicros());
        }

        /// The most bytes that wait for one audience.
        int largest() {
            return largest;
        }

        /// After what was collected has been handed on.
        void flushed() {
            largest = 0;
        }

        void row(Change change, LaneBatches batches) {
            Relation relation = Changes.relation(change);
            if (met.get(relation.oid()) != relation) {
                meet(relation, batches);
            }
            bodies.next(change);
            current = change;
            if (ChangesFrames.ignoresFilters(change)) {
                byQuestion.forEach((question, matched) -> {
                    if (question.oid() == relation.oid()) {
                        hit(matched, true, true);
                    }
                });
            } else {
                index.match(change, this);
            }
            for (Matched broken : failed) {
                specsOf(broken).forEach(spec -> dismiss(spec, Dismissal.SCHEMA, before, batches));
            }
            failed.clear();
            for (ChangesAudience audience : touched) {
                audience.touched = false;
                audience.frames.encode(audience.hits, bodies, frame -> say(audience, frame));
            }
            touched.clear();
        }

        @Override
        public void failed(Matched matched, RuntimeException problem) {
            log.atWarn().setCause(problem).log("a filter failed; its members load afresh");
            failed.add(matched);
        }

        @Override
        public void hit(Matched matched, boolean was, boolean is) {
            Change change = Objects.requireNonNull(current);
            switch (matched) {
                case Matched.Changes changes -> {
                    for (int i = 0; i < changes.terms.size(); i++) {
                        Matched.TermOf term = changes.terms.get(i);
                        ChangesAudience audience = term.audience();
                        if (ChangesFrames.concerns(
                                audience.spec.terms().get(term.term()), change, was, is)) {
                            audience.hits[term.term()] = true;
                            if (!audience.touched) {
                                audience.touched = true;
                                touched.add(audience);
                            }
                        }
                    }
                }
                case Matched.Feed feed -> {
                    if (!feed.touched) {
                        feed.touched = true;
                        feeds.add(feed);
                    }
                    feed.fold.accept(change, was, is);
                }
            }
        }

        private void say(ChangesAudience audience, Frame frame) {
            int place = audience.nextFrameOf(transaction.endLsn().value());
            collect(audience, frame, new Position(before, place));
            largest = Math.max(largest, audience.pendingBytes());
        }

        /// The table was emptied: its feeds load afresh.
        void truncated(Relation relation, LaneBatches batches) {
            dismissFeeds(relation, Dismissal.TRUNCATED, batches);
        }

        private void meet(Relation relation, LaneBatches batches) {
            met.put(relation.oid(), relation);
            for (Matched broken : index.rebind(relation)) {
                specsOf(broken).forEach(spec -> dismiss(spec, Dismissal.SCHEMA, before, batches));
            }
        }

        private void dismissFeeds(Relation table, Dismissal reason, LaneBatches batches) {
            for (Matched matched : List.copyOf(byQuestion.values())) {
                if (matched instanceof Matched.Feed feed && feed.asked.oid() == table.oid()) {
                    feed.fold.clear();
                    specsOf(feed).forEach(spec -> dismiss(spec, reason, before, batches));
                }
            }
        }

        /// After the last change: what the feeds have folded is said.
        void end(LaneBatches batches) {
            for (Matched.Feed feed : feeds) {
                feed.touched = false;
                if (feed.fold.isLarge()) {
                    feed.fold.clear();
                    specsOf(feed).forEach(spec -> dismiss(spec, Dismissal.LARGE, before, batches));
                } else {
                    sayFeed(feed);
                }
            }
            feeds.clear();
        }

        private void sayFeed(Matched.Feed feed) {
            FeedPayload payload = feed.fold.finish();
            if (payload.isEmpty() || feed.audiences.isEmpty()) {
                return;
            }
            feed.told = transaction.endLsn();
            List<byte[]> parts = payload.bodies();
            Optional<String> token = Optional.of(tokens.token(feed.asked, transaction.endLsn()));
            for (FeedAudience audience : feed.audiences) {
                FeedPayload.Head head =
                        FeedPayload.Head.of(
                                audience.spec.id(), transaction.commitMicros() / 1_000, token);
                List<Frame> frames = FeedPayload.frames(audience.envelope, head, parts);
                for (int i = 0; i < frames.size(); i++) {
                    collect(audience, frames.get(i), new Position(before, i));
                }
                largest = Math.max(largest, audience.pendingBytes());
            }
        }
    }

    private static List<Spec> specsOf(Matched matched) {
        return switch (matched) {
            case Matched.Changes changes ->
                    changes.terms.stream().<Spec>map(t -> t.audience().spec).distinct().toList();
            case Matched.Feed feed ->
                    feed.audiences.stream().<Spec>map(audience -> audience.spec).toList();
        };
    }
}
