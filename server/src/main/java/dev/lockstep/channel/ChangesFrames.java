package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.lockstep.core.Change;
import dev.lockstep.core.Topic;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Envelope;
import dev.lockstep.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Frames of a channel's `postgres_changes`: one per change with the ids of all bindings that it
/// matches, save that bindings which show different columns get frames of their own. Hot.
///
/// What a frame says does not depend on whose rights let it through, so audiences of one [Form]
/// share it: a change is put into frames once for all whom it concerns in the same way.
final class ChangesFrames {
    private static final byte[] END = "}".getBytes(US_ASCII);

    private final Form form;
    private final Envelope envelope;
    private final List<Made> made = new ArrayList<>();
    private @Nullable Change change;

    /// What decides the bytes of a frame, besides the change and whom it concerns.
    record Form(Codec codec, Topic topic, List<Shown> terms) {
        static Form of(Spec.Changes spec) {
            return new Form(
                    spec.codec(),
                    spec.topic(),
                    spec.terms().stream().map(t -> new Shown(t.id(), t.columns())).toList());
        }
    }

    /// A term as its listeners know it.
    record Shown(int id, List<String> columns) {}

    private record Made(Hits hits, List<Frame> frames) {}

    ChangesFrames(Form form) {
        this.form = form;
        this.envelope = form.codec().envelope(form.topic(), "postgres_changes");
    }

    Form form() {
        return form;
    }

    /// Whether the term takes this change, given what its filter and its rights say of both images.
    /// A row that leaves the filter is not reported here; live feeds do that.
    static boolean concerns(Spec.Term term, Change change, boolean before, boolean after) {
        return term.wants(Changes.operation(change))
                && (change instanceof Change.Delete ? before : after);
    }

    /// A row without a key is told, but not shown, to all who listen to its table, as long as row
    /// security does not hide it from them.
    static boolean ignoresFilters(Change change) {
        return !(change instanceof Change.Delete) && !Changes.relation(change).hasKey();
    }

    /// The frames of the change that `bodies` stands at.
    List<Frame> of(Hits hits, Bodies bodies) {
        if (change != bodies.change()) {
            change = bodies.change();
            made.clear();
        }
        for (int i = 0; i < made.size(); i++) {
            if (made.get(i).hits().same(hits)) {
                return made.get(i).frames();
            }
        }
        List<Frame> frames = make(hits, bodies);
        made.add(new Made(hits.copy(), frames));
        return frames;
    }

    private List<Frame> make(Hits hits, Bodies bodies) {
        List<Shown> terms = form.terms();
        boolean[] said = new boolean[hits.terms()];
        List<Frame> frames = new ArrayList<>(1);
        for (int i = 0; i < said.length; i++) {
            if (hits.has(i) && !said[i]) {
                List<String> columns = terms.get(i).columns();
                StringBuilder ids = new StringBuilder("{\"ids\":[").append(terms.get(i).id());
                for (int j = i + 1; j < said.length; j++) {
                    if (hits.has(j)
                            && hits.showsOld(j) == hits.showsOld(i)
                            && terms.get(j).columns().equals(columns)) {
                        said[j] = true;
                        if (terms.get(j).id() != terms.get(i).id()) {
                            ids.append(',').append(terms.get(j).id());
                        }
                    }
                }
                byte[] head = ids.append("],\"data\":").toString().getBytes(US_ASCII);
                frames.add(envelope.wrap(head, bodies.showing(columns, hits.showsOld(i)), END));
            }
        }
        return frames;
    }
}
