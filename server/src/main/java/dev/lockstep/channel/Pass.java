package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.Transaction;
import dev.lockstep.match.MatchIndex;
import dev.lockstep.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One transaction on its way to the audiences. Hot; the fan-out thread's.
final class Pass implements MatchIndex.Hits<Matched> {
    private static final Logger log = LoggerFactory.getLogger(Pass.class);

    private final Audiences audiences;
    private final Transaction transaction;
    private final Lsn before;
    private final List<ChangesAudience> touched = new ArrayList<>();
    private final List<Matched.Feed> feeds = new ArrayList<>();
    private final Bodies bodies;
    private final List<Matched> failed = new ArrayList<>();
    private @Nullable Change current;
    private boolean ignoresFilters;
    private int largest;

    /// @param before everything up to here was delivered before
    Pass(Audiences audiences, Transaction transaction, Lsn before) {
        this.audiences = audiences;
        this.transaction = transaction;
        this.before = before;
        this.bodies = new Bodies(transaction.commitMicros());
        audiences.steps().bodies().clear();
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
        for (Matched broken : audiences.meet(relation)) {
            audiences.dismiss(broken, Dismissal.SCHEMA, before, batches);
        }
        bodies.next(change);
        current = change;
        ignoresFilters = ChangesFrames.ignoresFilters(change);
        if (ignoresFilters) {
            audiences.eachOf(relation, this::tell);
        }
        audiences.index().match(change, this);
        for (Matched broken : failed) {
            audiences.dismiss(broken, Dismissal.SCHEMA, before, batches);
        }
        failed.clear();
        for (int i = 0; i < touched.size(); i++) {
            say(touched.get(i));
        }
        touched.clear();
    }

    /// A change that cannot be shown, of a table without row security.
    private void tell(Matched matched) {
        if (matched instanceof Matched.Changes changes && !changes.secured) {
            hit(changes, true, true, true);
        }
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
                if (!changes.secured) {
                    if (!ignoresFilters) {
                        hit(changes, was, is, true);
                    }
                } else {
                    hitSecured(changes, change, was, is);
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

    private void hitSecured(Matched.Changes changes, Change change, boolean was, boolean is) {
        switch (change) {
            case Change.Insert(var relation, var row) -> {
                if (sees(changes, relation, row)) {
                    hit(changes, was, is, true);
                }
            }
            case Change.Update(var relation, var old, var row) -> {
                if (is && sees(changes, relation, row)) {
                    hit(changes, was, true, changes.sees(audiences.compiler(), relation, old));
                }
            }
            case Change.Delete(var relation, var old) -> {
                boolean seen = sees(changes, relation, old);
                if (seen || audiences.deletes() == Deletes.EVERYONE) {
                    hit(changes, was, is, seen);
                }
            }
            case Change.Truncate _, Change.Message _ -> {}
        }
    }

    /// What the index found it has tested already, unless it looked for deletes by filter alone.
    private boolean sees(Matched.Changes changes, Relation relation, Row row) {
        return audiences.deletes() == Deletes.SEEN
                || changes.sees(audiences.compiler(), relation, row);
    }

    /// @param old whether the old image may be shown
    private void hit(Matched.Changes changes, boolean was, boolean is, boolean old) {
        Change change = Objects.requireNonNull(current);
        for (int i = 0; i < changes.terms.size(); i++) {
            Matched.TermOf term = changes.terms.get(i);
            ChangesAudience audience = term.audience();
            if (ChangesFrames.concerns(audience.spec.terms().get(term.term()), change, was, is)) {
                audience.hits.add(term.term(), old);
                if (!audience.touched) {
                    audience.touched = true;
                    touched.add(audience);
                }
            }
        }
    }

    private void say(ChangesAudience audience) {
        audience.touched = false;
        List<Frame> frames = audience.frames.of(audience.hits, bodies);
        audience.hits.clear();
        for (int i = 0; i < frames.size(); i++) {
            int place = audience.nextFrameOf(transaction.endLsn().value());
            audiences.book().collect(audience, frames.get(i), new Position(before, place));
        }
        largest = Math.max(largest, audience.pendingBytes());
    }

    /// The table was emptied: its feeds load afresh.
    void truncated(Relation relation, LaneBatches batches) {
        List<Matched> concerned = new ArrayList<>();
        audiences.eachOf(relation, concerned::add);
        for (Matched matched : concerned) {
            if (matched instanceof Matched.Feed feed) {
                audiences.steps().drop(feed);
                audiences.dismiss(feed, Dismissal.TRUNCATED, before, batches);
            }
        }
    }

    /// After the last change: what the feeds have folded is said.
    void end(LaneBatches batches) {
        for (Matched.Feed feed : feeds) {
            feed.touched = false;
            if (feed.fold.isLarge()) {
                audiences.steps().drop(feed);
                audiences.dismiss(feed, Dismissal.LARGE, before, batches);
            } else {
                largest = Math.max(largest, audiences.steps().end(feed, transaction, before));
            }
        }
        feeds.clear();
    }
}
