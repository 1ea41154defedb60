package dev.lockstep.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The payloads of the `feeds` extension. A body is made once per feed and transaction and shared
/// by all its members; the short head before it names the member's id.
public final class FeedPayload {
    /// Rows and bytes that one frame may hold before the rest goes into a further one.
    private static final int ROWS_A_FRAME = 1_000;

    private static final int BYTES_A_FRAME = 512 * 1024;
    private static final byte[] MORE = ",\"more\":true}".getBytes(UTF_8);
    private static final byte[] END = "}".getBytes(UTF_8);

    private final List<byte[]> enter = new ArrayList<>();
    private final List<byte[]> update = new ArrayList<>();
    private final List<byte[]> leave = new ArrayList<>();

    /// A row, as [dev.lockstep.wire.row.ChangeJson#row] writes it.
    public void enter(byte[] row) {
        enter.add(row);
    }

    public void update(byte[] change) {
        update.add(change);
    }

    public void leave(byte[] key) {
        leave.add(key);
    }

    public boolean isEmpty() {
        return enter.isEmpty() && update.isEmpty() && leave.isEmpty();
    }

    /// What stands around the bodies for the members of one id.
    ///
    /// @param first in the first frame of a step
    /// @param token in its last
    public record Head(int id, String first, Optional<String> token) {

        /// Of a transaction.
        ///
        /// @param atMillis commit time
        /// @param token where the client stands behind it; none while a snapshot is handed over
        public static Head of(int id, long atMillis, Optional<String> token) {
            return new Head(id, ",\"at\":" + atMillis, token);
        }

        /// Of a `reset`: all rows are replaced by those that follow.
        public static Head reset(int id, String reason, Optional<Long> total) {
            return new Head(
                    id,
                    ",\"reset\":"
                            + RawJson.quote(reason)
                            + total.map(count -> ",\"total\":" + count).orElse(""),
                    Optional.empty());
        }
    }

    /// The frames of one step: head and body, body and body, until there is no `more`.
    public static List<Frame> frames(Envelope envelope, Head head, List<byte[]> bodies) {
        List<Frame> frames = new ArrayList<>(bodies.size());
        for (int i = 0; i < bodies.size(); i++) {
            boolean last = i == bodies.size() - 1;
            Mark.Step step =
                    new Mark.Step(
                            head.id(),
                            last ? head.token() : Optional.empty(),
                            last ? Mark.Part.LAST : Mark.Part.MORE);
            String text = "{\"id\":" + head.id() + (i == 0 ? head.first() : "") + token(step);
            frames.add(envelope.step(step, text.getBytes(UTF_8), bodies.get(i)));
        }
        return frames;
    }

    /// A frame that says only where the client stands.
    public static Frame token(Envelope envelope, int id, String token) {
        Mark.Step step = new Mark.Step(id, Optional.of(token), Mark.Part.POSITION);
        return envelope.step(step, ("{\"id\":" + id + token(step) + "}").getBytes(UTF_8));
    }

    private static String token(Mark.Step step) {
        return step.token().map(text -> ",\"token\":\"" + text + "\"").orElse("");
    }

    /// The bodies that follow a head, in order; one at least. All but the last say `more`.
    public List<byte[]> bodies() {
        List<byte[]> bodies = new ArrayList<>();
        Part part = new Part();
        part.addAll("enter", enter, bodies);
        part.addAll("update", update, bodies);
        part.addAll("leave", leave, bodies);
        bodies.add(part.close(END));
        return bodies;
    }

    /// One frame's worth.
    private static final class Part {
        private final java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream(1024);
        private int rows;

        void addAll(String name, List<byte[]> items, List<byte[]> bodies) {
            boolean open = false;
            for (byte[] item : items) {
                if (rows == ROWS_A_FRAME || out.size() > BYTES_A_FRAME) {
                    if (open) {
                        out.write(']');
                        open = false;
                    }
                    bodies.add(close(MORE));
                    out.reset();
                    rows = 0;
                }
                if (open) {
                    out.write(',');
                } else {
                    out.writeBytes((",\"" + name + "\":[").getBytes(UTF_8));
                    open = true;
                }
                out.writeBytes(item);
                rows++;
            }
            if (open) {
                out.write(']');
            }
        }

        byte[] close(byte[] end) {
            out.writeBytes(end);
            return out.toByteArray();
        }
    }
}
