package dev.lockstep.channel;

import dev.lockstep.wire.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an audience is to be told, as a path of frames from the last flush on. Audiences that are
/// told the same frames stand at the same place, however different their rights, and share one
/// delivery. Hot; one thread's.
final class Script {
    private final @Nullable Script before;
    private final Frame frame;
    private final Position position;
    private final int length;
    private final int bytes;
    private @Nullable Script next;
    private @Nullable Map<Frame, Script> others;

    /// Who stands here when it is delivered.
    private final List<LogAudience> audiences = new ArrayList<>(1);

    private Script(@Nullable Script before, Frame frame, Position position) {
        this.before = before;
        this.frame = frame;
        this.position = position;
        this.length = before == null ? 1 : before.length + 1;
        this.bytes = (before == null ? 0 : before.bytes) + frame.size();
    }

    /// The first frames since the last flush, and who is told what.
    static final class Book {
        private final Map<Frame, Script> first = new IdentityHashMap<>();
        private final List<LogAudience> told = new ArrayList<>();
        private final List<Script> scripts = new ArrayList<>();

        /// @param position where the frame stands in the log for this audience
        void collect(LogAudience audience, Frame frame, Position position) {
            Script at = audience.script;
            if (at == null) {
                told.add(audience);
                audience.script = begin(frame, position);
            } else {
                audience.script = at.then(frame);
            }
        }

        private Script begin(Frame frame, Position position) {
            Script known = first.get(frame);
            if (known == null) {
                known = new Script(null, frame, position);
                first.put(frame, known);
            }
            // Who missed it goes on from its own place.
            return known.position.equals(position) ? known : new Script(null, frame, position);
        }

        /// One delivery for all who are told the same.
        void flushTo(LaneBatches batches) {
            for (LogAudience audience : told) {
                Script script = audience.script;
                if (script != null) {
                    if (script.audiences.isEmpty()) {
                        scripts.add(script);
                    }
                    script.audiences.add(audience);
                    audience.script = null;
                }
            }
            for (Script script : scripts) {
                batches.tell(script.audiences, script.frames(), script.position());
            }
            scripts.clear();
            told.clear();
            first.clear();
        }
    }

    private Script then(Frame frame) {
        Script known = next;
        if (known == null) {
            known = new Script(this, frame, position);
            next = known;
            return known;
        }
        if (known.frame == frame) {
            return known;
        }
        if (others == null) {
            others = new IdentityHashMap<>();
        }
        return others.computeIfAbsent(frame, _ -> new Script(this, frame, position));
    }

    /// Where the first of the frames stands.
    Position position() {
        return position;
    }

    int bytes() {
        return bytes;
    }

    List<Frame> frames() {
        Frame[] frames = new Frame[length];
        for (Script at = this; at != null; at = at.before) {
            frames[at.length - 1] = at.frame;
        }
        return Arrays.asList(frames);
    }
}
