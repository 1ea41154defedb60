package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.channel.Loop;
import dev.lockstep.channel.Outbox;
import dev.lockstep.channel.Session;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.Mark;
import dev.lockstep.wire.RawJson;
import dev.lockstep.wire.sse.EventCodec;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// One long poll: gathers whole steps and answers with them. Lives on its connection's loop; only
/// [#send], [#pendingBytes] and [#close] may come from elsewhere.
///
/// It can answer while the client would stand somewhere in every feed: no step is half told, and
/// every load has been given its token. It does so a moment after the first change, so that what
/// comes behind it comes along; or when its time is over.
final class FeedPoll implements Exchange, Outbox {
    /// How long what follows the first change may come along.
    private static final Duration MOMENT = Duration.ofMillis(20);

    /// How much longer a poll may take whose feeds are being loaded or caught up.
    private static final Duration LOADING = Duration.ofSeconds(30);

    /// What is enough for one answer.
    private static final int ENOUGH = 256 * 1024;

    private final Line line;
    private final FeedCall call;
    private final FeedStreams streams;
    private final Duration wait;
    private final FeedPositions positions;
    private final ByteArrayOutputStream events = new ByteArrayOutputStream();
    private final Set<Integer> halfTold = new HashSet<>();
    private final Set<Integer> unplaced = new HashSet<>();
    private final Set<Integer> behind = new HashSet<>();
    private final List<Future<?>> timers = new ArrayList<>(3);
    private @Nullable Session session;
    private String echo = "[]";
    private boolean joined;
    private boolean due;
    private boolean over;
    private volatile int pending;

    /// @param wait how long it may take until something happens
    FeedPoll(Line line, FeedCall call, FeedStreams streams, Duration wait) {
        this.line = line;
        this.call = call;
        this.streams = streams;
        this.wait = wait;
        this.positions = call.positions();
    }

    @Override
    public void begin() {
        if (!streams.enter()) {
            over = true;
            line.answer(streams.full(call.requestId()));
            return;
        }
        Session opened = call.open(this, EventCodec.BARE);
        session = opened;
        timers.add(line.loop().after(wait, this::becomeDue));
        timers.add(line.loop().after(wait.plus(LOADING), this::giveUp));
        opened.receive(call.join());
    }

    // What the channel says

    @Override
    public void send(Frame frame) {
        if (line.loop().isHere()) {
            hear(frame);
        } else {
            line.loop().execute(() -> hear(frame));
        }
    }

    @Override
    public void write(Loop.Prepared prepared) {
        if (prepared instanceof EventPiece piece) {
            piece.frames().forEach(this::hear);
        }
    }

    @Override
    public void flush() {}

    private void hear(Frame frame) {
        if (over) {
            return;
        }
        switch (frame.mark()) {
            case Mark.Answer(var status, var response) -> answered(status, response);
            case Mark.Step step -> gather(step, frame.payload());
            // The next poll is told in its answer what has changed.
            case Mark.End _ -> answerOrRefuse("The feed has ended. Ask again.");
            case Mark.Words _, Mark.None _ -> {}
        }
    }

    private void answered(Codec.Status status, String response) {
        if (status == Codec.Status.ERROR) {
            Response refusal = call.refused(response);
            finish(refusal);
            return;
        }
        joined = true;
        echo = FeedCall.echo(response);
        List<Integer> ids = FeedCall.ids(echo);
        positions.name(ids);
        behind.addAll(ids);
        answerIfDue();
    }

    private void gather(Mark.Step step, byte[] payload) {
        step.token().ifPresent(token -> positions.move(step.feed(), token));
        switch (step.part()) {
            case MORE -> {
                add(payload);
                halfTold.add(step.feed());
            }
            case LAST -> {
                add(payload);
                halfTold.remove(step.feed());
                if (step.token().isPresent()) {
                    unplaced.remove(step.feed());
                } else {
                    unplaced.add(step.feed());
                }
            }
            case POSITION -> {
                unplaced.remove(step.feed());
                behind.remove(step.feed());
            }
        }
        if (events.size() > streams.pollBytes()) {
            finish(
                    call.unavailable(
                            "memory",
                            "There is more to tell than one poll may hold: ask for fewer rows, or"
                                    + " use a stream."));
            return;
        }
        pending = isPlaced() ? events.size() : 0;
        answerIfDue();
    }

    private void add(byte[] payload) {
        if (events.size() == 0) {
            timers.add(line.loop().after(MOMENT, this::becomeDue));
        } else {
            events.write(',');
        }
        events.writeBytes(payload);
    }

    /// Whether the client, told this, would stand somewhere in every feed.
    private boolean isPlaced() {
        return joined && halfTold.isEmpty() && unplaced.isEmpty() && positions.isComplete();
    }

    // When it answers

    private void becomeDue() {
        due = true;
        answerIfDue();
    }

    /// Never with nothing before it is known that there is nothing.
    private void answerIfDue() {
        boolean time = due && (events.size() > 0 || behind.isEmpty());
        if (!over && isPlaced() && (time || events.size() > ENOUGH)) {
            answer();
        }
    }

    private void answer() {
        String body =
                "{\"events\":["
                        + events.toString(UTF_8)
                        + "],\"feeds\":"
                        + echo
                        + ",\"token\":"
                        + RawJson.quote(positions.text())
                        + "}";
        finish(Response.json(200, body).with("cache-control", "no-store"));
    }

    private void giveUp() {
        answerOrRefuse("The feed could not be loaded in time.");
    }

    private void answerOrRefuse(String otherwise) {
        if (over) {
            return;
        }
        if (isPlaced()) {
            answer();
        } else {
            finish(call.unavailable("feed", otherwise));
        }
    }

    private void finish(Response response) {
        gone();
        line.answer(response);
    }

    @Override
    public void gone() {
        if (over) {
            return;
        }
        over = true;
        // They would hold the answer and its connection for as long as the poll might have taken.
        timers.forEach(timer -> timer.cancel(false));
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

    /// Nothing while a step is half told, since the poll cannot end before it is whole: such a step
    /// is bounded by what a transaction or a load may say.
    @Override
    public long pendingBytes() {
        return pending;
    }

    @Override
    public void close(int code, String reason) {
        line.loop().execute(() -> answerOrRefuse(reason));
    }

    @Override
    public void writable() {}

    @Override
    public void look(long now) {}

    @Override
    public void stop() {
        answerOrRefuse("The server restarts.");
    }
}
