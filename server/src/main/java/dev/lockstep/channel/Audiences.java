package dev.lockstep.channel;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Who listens at the head: the audiences of all specs, and the index from changes to them. The
/// fan-out thread's; [Pass] is its hot half.
final class Audiences {
    /// Members who are told the same share its making.
    private static final class SharedFrames {
        private final ChangesFrames frames;
        private int users;

        SharedFrames(ChangesFrames.Form form) {
            frames = new ChangesFrames(form);
        }
    }

    private final FilterCompiler compiler;
    private final MatchIndex<Matched> index;
    private final Watchers rights;
    private final Function<TableName, Optional<Relation>> relations;
    private final ResumeTokenSource tokens;
    private final Deletes deletes;
    private final Audience.Overflow overflow;
    private final Map<Spec, LogAudience> bySpec = new HashMap<>();
    private final Map<TableQuestion, Matched> byQuestion = new HashMap<>();
    private final Map<ChangesFrames.Form, SharedFrames> byForm = new HashMap<>();
    private final Script.Book book = new Script.Book();
    private final FeedSteps steps;
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
            Deletes deletes,
            Audience.Overflow overflow) {
        this.compiler = compiler;
        this.index = new MatchIndex<>(compiler);
        this.rights = new Watchers(compiler);
        this.relations = relations;
        this.tokens = tokens;
        this.steps = new FeedSteps(book, tokens);
        this.deletes = deletes;
        this.overflow = overflow;
    }

    /// Whether somebody hears this already.
    boolean has(Spec spec) {
        return bySpec.containsKey(spec);
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
        sayGathered(audience);
        audience.flushTo(batches);
        audience.add(seat);
        batches.add(seat.member().lane(), new LaneCommand.Take(seat, audience, first));
    }

    private void sayGathered(LogAudience audience) {
        if (audience instanceof FeedAudience feed
                && byQuestion.get(TableQuestion.of(feed.spec)) instanceof Matched.Feed matched
                && matched.isOpen
                && !matched.touched) {
            steps.say(matched);
        }
    }

    private LogAudience open(Spec spec) {
        LogAudience audience =
                switch (spec) {
                    case Spec.Changes changes -> openChanges(changes);
                    case Spec.Feed feed -> openFeed(feed);
                };
        bySpec.put(spec, audience);
        rights.add(audience);
        return audience;
    }

    private LogAudience openChanges(Spec.Changes spec) {
        SharedFrames shared =
                byForm.computeIfAbsent(ChangesFrames.Form.of(spec), SharedFrames::new);
        shared.users++;
        ChangesAudience audience = new ChangesAudience(spec, shared.frames, overflow);
        try {
            for (int i = 0; i < spec.terms().size(); i++) {
                if (matched(TableQuestion.of(spec.terms().get(i)))
                        instanceof Matched.Changes matched) {
                    matched.terms.add(new Matched.TermOf(audience, i));
                }
            }
        } catch (RuntimeException e) {
            forget(audience);
            throw e;
        }
        return audience;
    }

    private LogAudience openFeed(Spec.Feed spec) {
        FeedAudience audience = new FeedAudience(spec, overflow);
        if (matched(TableQuestion.of(spec)) instanceof Matched.Feed matched) {
            matched.audiences.add(audience);
        }
        return audience;
    }

    private Matched matched(TableQuestion question) {
        Matched matched = byQuestion.get(question);
        if (matched == null) {
            matched =
                    question.feed().isPresent()
                            ? new Matched.Feed(question.feed().get(), steps.bodies())
                            : new Matched.Changes(question.secured(), question.visible());
            index.put(matched, bound(question));
            byQuestion.put(question, matched);
        }
        return matched;
    }

    private FilterCompiler.Bound bound(TableQuestion question) {
        // Where deletes go to everyone the filter alone finds them; rights are looked at then.
        Filter visible =
                question.feed().isEmpty() && deletes == Deletes.EVERYONE
                        ? Filter.ALL
                        : question.visible();
        return compiler.bind(question.filter(), question.readable(), visible, relation(question));
    }

    /// The table's shape as the log last showed it, else as the catalogue has it.
    private Relation relation(TableQuestion question) {
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
        LogAudience audience = audienceOf(seat);
        if (audience != null) {
            batches.add(seat.member().lane(), new LaneCommand.Drop(seat, audience));
            leave(seat, audience);
        }
    }

    /// The member has been told everything up to `position`, and asks again.
    void release(Seat seat, Dismissal reason, Lsn position, LaneBatches batches) {
        LogAudience audience = audienceOf(seat);
        if (audience != null) {
            sayGathered(audience);
            audience.flushTo(batches);
            batches.add(
                    seat.member().lane(),
                    new LaneCommand.Release(seat, audience, reason, position));
            leave(seat, audience);
        }
    }

    private static @Nullable LogAudience audienceOf(Seat seat) {
        return seat.audience instanceof LogAudience audience ? audience : null;
    }

    private void leave(Seat seat, LogAudience audience) {
        audience.remove(seat);
        if (audience.isEmpty() && bySpec.remove(audience.spec(), audience)) {
            forget(audience);
        }
    }

    /// Takes an audience out of the indexes.
    private void forget(LogAudience audience) {
        Spec spec = audience.spec();
        audience.script = null;
        for (TableQuestion question : TableQuestion.allOf(spec)) {
            Matched matched = byQuestion.get(question);
            if (matched != null && matched.forget(audience)) {
                byQuestion.remove(question);
                index.remove(matched);
                if (matched instanceof Matched.Feed feed) {
                    steps.drop(feed);
                }
            }
        }
        rights.remove(audience);
        if (audience instanceof ChangesAudience changes) {
            ChangesFrames.Form form = changes.frames.form();
            SharedFrames shared = byForm.get(form);
            if (shared != null && --shared.users == 0) {
                byForm.remove(form);
            }
        }
    }

    void recheck(FanOut.SpecCheck check, Lsn position, LaneBatches batches) {
        List.copyOf(bySpec.keySet()).stream()
                .filter(spec -> !check.holds(spec))
                .forEach(spec -> dismiss(spec, Dismissal.RIGHTS, position, batches));
    }

    /// What was gathered belongs to the life of the log that ends, and is not said.
    void dismissAll(Dismissal reason, Lsn position, LaneBatches batches) {
        byQuestion
                .values()
                .forEach(matched -> {
                    if (matched instanceof Matched.Feed feed) {
                        steps.drop(feed);
                    }
                });
        List.copyOf(bySpec.keySet()).forEach(spec -> dismiss(spec, reason, position, batches));
        met.clear();
    }

    private void dismiss(Spec spec, Dismissal reason, Lsn position, LaneBatches batches) {
        LogAudience audience = bySpec.remove(spec);
        if (audience != null) {
            sayGathered(audience);
            audience.flushTo(batches);
            for (Lane lane : audience.lanes()) {
                batches.add(lane, new LaneCommand.Dismiss(audience, reason, position));
            }
            forget(audience);
        }
    }

    /// Hands all that was collected to the lanes' batches.
    void flush(LaneBatches batches) {
        book.flushTo(batches);
    }

    /// Tells every feed that was told nothing since `position` where the log stands.
    void tellQuietFeeds(Lsn position) {
        for (Matched matched : byQuestion.values()) {
            if (matched instanceof Matched.Feed feed
                    && !feed.isOpen
                    && feed.told.isBefore(position)) {
                feed.told = position;
                String token = tokens.token(feed.asked, position);
                for (FeedAudience audience : feed.audiences) {
                    Frame frame = FeedPayload.token(audience.envelope, audience.spec.id(), token);
                    book.collect(audience, frame, Position.after(position));
                }
            }
        }
    }

    /// Those whose rights the transaction may change are dismissed before anything of it is told.
    ///
    /// @param position everything up to here was delivered before
    void dismissConcerned(Transaction transaction, Lsn position, LaneBatches batches) {
        rights.concernedBy(transaction)
                .forEach(spec -> dismiss(spec, Dismissal.RIGHTS, position, batches));
    }

    /// Dismisses those whose rights are too old: something in them cannot be watched.
    void endAged(Lsn position, LaneBatches batches) {
        rights.aged().forEach(spec -> dismiss(spec, Dismissal.RIGHTS, position, batches));
    }

    /// @param position everything up to here was delivered before
    Pass begin(Transaction transaction, Lsn position) {
        return new Pass(this, transaction, position);
    }

    // For the transaction that is on its way

    MatchIndex<Matched> index() {
        return index;
    }

    FilterCompiler compiler() {
        return compiler;
    }

    Deletes deletes() {
        return deletes;
    }

    Script.Book book() {
        return book;
    }

    FeedSteps steps() {
        return steps;
    }

    /// @return those whose filters no longer fit the table's shape
    List<Matched> meet(Relation relation) {
        if (met.get(relation.oid()) == relation) {
            return List.of();
        }
        met.put(relation.oid(), relation);
        // Rows of two shapes are not folded into one step.
        eachOf(
                relation,
                matched -> {
                    if (matched instanceof Matched.Feed feed && feed.isOpen && !feed.touched) {
                        steps.say(feed);
                    }
                });
        return index.rebind(relation);
    }

    void eachOf(Relation table, Consumer<Matched> action) {
        byQuestion.forEach((question, matched) -> {
            if (question.oid() == table.oid()) {
                action.accept(matched);
            }
        });
    }

    void dismiss(Matched matched, Dismissal reason, Lsn position, LaneBatches batches) {
        specsOf(matched).forEach(spec -> dismiss(spec, reason, position, batches));
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
