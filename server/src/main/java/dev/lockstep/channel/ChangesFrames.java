package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.lockstep.core.Change;
import dev.lockstep.wire.Envelope;
import dev.lockstep.wire.Frame;
import java.util.List;
import java.util.function.Consumer;

/// Frames of a channel's `postgres_changes`: one per change with the ids of all bindings that it
/// matches, save that bindings which show different columns get frames of their own. Hot.
final class ChangesFrames {
    private static final byte[] END = "}".getBytes(US_ASCII);

    private final Spec.Changes spec;
    private final Envelope envelope;

    ChangesFrames(Spec.Changes spec) {
        this.spec = spec;
        this.envelope = spec.codec().envelope(spec.topic(), "postgres_changes");
    }

    /// Whether the term takes this change, given what its filter says of both images. A row that
    /// leaves the filter is not reported here; live feeds do that.
    static boolean concerns(Spec.Term term, Change change, boolean before, boolean after) {
        return term.wants(Changes.operation(change))
                && (change instanceof Change.Delete ? before : after);
    }

    /// A row without a key is told, but not shown, to all who listen to its table.
    static boolean ignoresFilters(Change change) {
        return !(change instanceof Change.Delete) && !Changes.relation(change).hasKey();
    }

    /// @param hits by the place of each term: whether the change concerns it; cleared on return
    void encode(boolean[] hits, Bodies bodies, Consumer<Frame> out) {
        List<Spec.Term> terms = spec.terms();
        for (int i = 0; i < hits.length; i++) {
            if (hits[i]) {
                List<String> columns = terms.get(i).columns();
                StringBuilder ids = new StringBuilder("{\"ids\":[").append(terms.get(i).id());
                for (int j = i + 1; j < hits.length; j++) {
                    if (hits[j] && terms.get(j).columns().equals(columns)) {
                        hits[j] = false;
                        if (terms.get(j).id() != terms.get(i).id()) {
                            ids.append(',').append(terms.get(j).id());
                        }
                    }
                }
                hits[i] = false;
                byte[] head = ids.append("],\"data\":").toString().getBytes(US_ASCII);
                out.accept(envelope.wrap(head, bodies.showing(columns), END));
            }
        }
    }
}
