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

    /// `{"id":…,"at":…,"token":…` without its end: what one member's frames begin with.
    public static byte[] head(int id, long atMillis, Optional<String> token) {
        StringBuilder out = new StringBuilder("{\"id\":").append(id);
        if (atMillis > 0) {
            out.append(",\"at\":").append(atMillis);
        }
        token.ifPresent(text -> out.append(",\"token\":\"").append(text).append('"'));
        return out.toString().getBytes(UTF_8);
    }

    /// The head of a `reset`: all rows are replaced by those that follow.
    public static byte[] reset(int id, String reason, Optional<Long> total) {
        StringBuilder out = new StringBuilder("{\"id\":").append(id);
        out.append(",\"reset\":").append(RawJson.quote(reason));
        total.ifPresent(count -> out.append(",\"total\":").append(count));
        return out.toString().getBytes(UTF_8);
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

    /// The body of an event that only carries a token.
    public static byte[] nothing() {
        return END.clone();
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
