package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.channel.Loop;
import dev.lockstep.channel.Outbox;
import dev.lockstep.channel.Session;
import dev.lockstep.error.Failure;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.Mark;
import dev.lockstep.wire.RawJson;
import dev.lockstep.wire.sse.EventCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Live feeds as `text/event-stream`. Lives on its connection's loop; only [#send], [#pendingBytes]
/// and [#close] may come from elsewhere. Hot: what is said to many streams of one feed is written
/// as the piece that they share; several feeds on one stream need an `id` of their own before each
/// step.
///
/// Joining → (answered with a failure: over) Open → (error, stop, client gone) Over
final class FeedStream implements Exchange, Outbox {
    private static final long JOIN_NANOS = Duration.ofSeconds(30).toNanos();

    /// Some proxies hold back an answer's first bytes until there are so many.
    private static final byte[] PADDING = (":" + " ".repeat(2_048) + "\n").getBytes(UTF_8);

    private static final byte[] HEARTBEAT = ":\n\n".getBytes(UTF_8);

    private enum Phase {
        JOINING,
        OPEN,
        OVER
    }

    private final Line line;
    private final FeedCall call;
    private final FeedStreams streams;
    private final boolean together;
    private final FeedPositions positions;
    private final long began = System.nanoTime();
    private Phase phase = Phase.JOINING;
    private @Nullable Session session;
    private String lastWords = "The server has ended this stream.";
    private long written;
    private long taken;
    private long lastSaid;
    private long lastTaken;

    FeedStream(Line line, FeedCall call, FeedStreams streams) {
        this.line = line;
        this.call = call;
        this.streams = streams;
        this.together = call.feeds().size() > 1;
        this.positions = call.positions();
    }

    @Override
    public void begin() {
        if (!streams.enter()) {
            phase = Phase.OVER;
            line.answer(streams.full(call.requestId()));
            return;
        }
        Session opened = call.open(this, together ? EventCodec.TOGETHER : EventCodec.ALONE);
        session = opened;
        opened.receive(call.join());
    }

    // What the channel says

    @Override
    public void send(Frame frame) {
        if (line.loop().isHere()) {
            say(frame);
        } else {
            line.loop().execute(() -> say(frame));
        }
    }

    private void say(Frame frame) {
        if (phase == Phase.OVER) {
            return;
        }
        switch (frame.mark()) {
            case Mark.Answer(var status, var response) -> answered(status, response);
            case Mark.Step step -> {
                position(step);
                put(Unpooled.wrappedBuffer(frame.payload()));
            }
            case Mark.Words(_, var payload) -> {
                remember(payload);
                put(Unpooled.wrappedBuffer(frame.payload()));
            }
            case Mark.End _ -> fail();
            case Mark.None() -> put(Unpooled.wrappedBuffer(frame.payload()));
        }
        line.flushSoon();
    }

    private void answered(Codec.Status status, String response) {
        if (status == Codec.Status.ERROR) {
            Response refusal = call.refused(response);
            over();
            line.answer(refusal);
            return;
        }
        phase = Phase.OPEN;
        String echo = FeedCall.echo(response);
        positions.name(FeedCall.ids(echo));
        line.open(FeedStreams.HEAD, streams.idle().toMillis());
        lastSaid = System.nanoTime();
        lastTaken = lastSaid;
        put(Unpooled.wrappedBuffer(PADDING));
        put(Unpooled.wrappedBuffer(streams.retry()));
        put(Unpooled.wrappedBuffer(EventCodec.event("joined", "{\"feeds\":" + echo + "}")));
    }

    /// Streams of one feed hear a piece whole; others have each step preceded by its `id`.
    @Override
    public void write(Loop.Prepared prepared) {
        if (phase != Phase.OPEN || !(prepared instanceof EventPiece piece)) {
            return;
        }
        if (!together) {
            put(piece.bytes().retainedDuplicate());
            return;
        }
        int at = 0;
        for (Frame frame : piece.frames()) {
            if (frame.mark() instanceof Mark.Step step) {
                position(step);
            }
            put(piece.bytes().retainedSlice(at, frame.size()));
            at += frame.size();
        }
    }

    /// The fields of an event may come in any order: the `id` of all feeds stands first.
    private void position(Mark.Step step) {
        if (together && step.token().isPresent()) {
            positions.move(step.feed(), step.token().get());
            put(Unpooled.wrappedBuffer(("id: " + positions.text() + "\n").getBytes(UTF_8)));
        }
    }

    private void put(ByteBuf bytes) {
        written += bytes.readableBytes();
        line.write(bytes);
    }

    @Override
    public void flush() {
        lastSaid = line.loop().now();
        line.flush();
    }

    private void remember(String payload) {
        Map<String, String> words = RawJson.members(payload);
        if (words.getOrDefault("status", "").equals("\"error\"")) {
            RawJson.text(words.getOrDefault("message", "")).ifPresent(text -> lastWords = text);
        }
    }

    /// The channel is over: says why, and ends.
    private void fail() {
        Response why =
                streams.hasExpired(call.handshake().identity())
                        ? FailureAnswer.of(
                                new Failure.Unauthenticated(Failure.Reason.EXPIRED, lastWords),
                                call.requestId())
                        : FailureAnswer.of(
                                410,
                                "feed.ended",
                                lastWords,
                                "Ask again: the answer says what has changed.",
                                call.requestId());
        end(EventCodec.event("error", new String(why.body(), UTF_8)));
    }

    private void end(byte[] last) {
        boolean wasOpen = phase == Phase.OPEN;
        over();
        if (wasOpen) {
            line.end(Unpooled.wrappedBuffer(last));
        } else {
            line.answer(call.unavailable("feed", lastWords));
        }
    }

    private void over() {
        if (phase == Phase.OVER) {
            return;
        }
        phase = Phase.OVER;
        streams.leave();
        Session ended = session;
        if (ended != null) {
            session = null;
            ended.closed();
        }
    }

    // What the connection says

    @Override
    public Loop loop() {
        return line.loop();
    }

    @Override
    public long pendingBytes() {
        return line.pendingBytes();
    }

    @Override
    public void close(int code, String reason) {
        if (line.loop().isHere()) {
            closeNow(reason);
        } else {
            line.loop().execute(() -> closeNow(reason));
        }
    }

    private void closeNow(String reason) {
        if (phase != Phase.OVER) {
            lastWords = reason.isEmpty() ? lastWords : reason;
            fail();
        }
    }

    @Override
    public void writable() {
        if (session != null) {
            session.writable();
        }
    }

    @Override
    public void look(long now) {
        switch (phase) {
            case JOINING -> {
                if (now - began > JOIN_NANOS) {
                    over();
                    line.answer(call.unavailable("feed", "The feed was not opened in time."));
                }
            }
            case OPEN -> lookAlive(now);
            case OVER -> {}
        }
    }

    /// A client that takes nothing for as long as one that says nothing elsewhere is gone.
    private void lookAlive(long now) {
        long pending = line.pendingBytes();
        if (pending == 0 || written - pending > taken) {
            taken = written - pending;
            lastTaken = now;
        } else if (now - lastTaken > streams.idle().toNanos()) {
            over();
            line.cut();
            return;
        }
        // What is looked at every quarter is said in time after three.
        if (now - lastSaid >= streams.heartbeat().toNanos() / 4 * 3) {
            lastSaid = now;
            put(Unpooled.wrappedBuffer(HEARTBEAT));
            line.flush();
        }
    }

    @Override
    public void stop() {
        if (phase == Phase.OPEN) {
            end(streams.retry());
        } else if (phase == Phase.JOINING) {
            over();
            line.answer(call.unavailable("server", "The server restarts."));
        }
    }

    @Override
    public void gone() {
        over();
    }
}
