package dev.lockstep.http;

import dev.lockstep.wire.Frame;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// Whether and when messages are compressed, and the compressors of threads that are no loop. Any
/// thread.
final class Compression {
    /// The one answer that we give: nothing is remembered from message to message, on either side.
    static final String ANSWER =
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    /// Compressors that are kept; those who find none make one and let it go afterwards.
    private static final int SPARE = 8;

    private final boolean on;
    private final int above;
    private final BlockingQueue<MessageDeflate> spare = new ArrayBlockingQueue<>(SPARE);

    /// @param above shorter messages are sent as they are
    Compression(boolean on, int above) {
        this.on = on;
        this.above = above;
    }

    boolean isWorthIt(Frame frame) {
        return frame.size() >= above;
    }

    boolean isWorthIt(List<Frame> frames) {
        for (int i = 0; i < frames.size(); i++) {
            if (isWorthIt(frames.get(i))) {
                return true;
            }
        }
        return false;
    }

    /// Whether one of the offers of `Sec-WebSocket-Extensions` is one that [#ANSWER] answers (RFC
    /// 7692 §7.1). The JDK's deflater has one window size, so that a smaller one is declined.
    boolean accepts(String offers) {
        return on && Arrays.stream(offers.split(",", -1)).anyMatch(Compression::isAcceptable);
    }

    private static boolean isAcceptable(String offer) {
        String[] parts = offer.split(";", -1);
        List<String> seen = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            String[] pair = parts[i].strip().split("=", 2);
            String name = pair[0].strip();
            String value = pair.length < 2 ? "" : pair[1].strip().replace("\"", "");
            boolean fits =
                    switch (name) {
                        case "server_no_context_takeover", "client_no_context_takeover" ->
                                pair.length < 2;
                        case "client_max_window_bits" ->
                                pair.length < 2 || value.matches("[89]|1[0-5]");
                        case "server_max_window_bits" -> value.equals("15");
                        // Another extension's parameter, or of a future that we do not know.
                        default -> false;
                    };
            if (!fits || seen.contains(name)) {
                return false;
            }
            seen.add(name);
        }
        return parts[0].strip().equals("permessage-deflate");
    }

    /// Not on a loop, which has its own.
    void write(Frame frame, ByteBuf out) {
        MessageDeflate taken = spare.poll();
        MessageDeflate own = taken == null ? new MessageDeflate() : taken;
        own.write(frame, out);
        if (!spare.offer(own)) {
            own.close();
        }
    }
}
