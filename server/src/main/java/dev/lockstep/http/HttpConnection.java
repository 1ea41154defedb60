package dev.lockstep.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's HTTP/1.1 connection, until it ends or becomes a WebSocket. Lives on its loop.
///
/// Head → (bound, time limit) → Body → Answering (on a virtual thread; nothing more is read, save a
/// body that is taken as it comes) → Writing → Head. An answer that takes its time is an
/// [Exchange], begun when the virtual thread is done; it ends with a whole answer, or as a stream
/// with the connection.
///
/// A request that breaks a bound is answered and the connection ends: Draining takes what the
/// client still sends for 2 seconds, because closing at once would reset the connection under the
/// answer.
final class HttpConnection extends Watched {
    private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);
    private static final long BODY_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long DRAIN_NANOS = Duration.ofSeconds(2).toNanos();

    private enum Phase {
        HEAD,
        BODY,
        ANSWERING,
        WRITING,
        DRAINING
    }

    private final ServerParts parts;
    private final NettyLoop loop;
    private final Channel channel;
    private final ArrayDeque<Received> pipelined = new ArrayDeque<>();
    private final Refusals refusals;
    private final Receiving receiving;
    private final Sender sender;
    private @Nullable Received answering;
    private @Nullable Response refusal;
    private @Nullable Exchange exchange;
    private Phase phase = Phase.HEAD;
    private long since;
    private boolean first = true;
    private boolean stopping;
    private boolean redirecting;

    HttpConnection(ServerParts parts, NettyLoop loop, Channel channel) {
        this.parts = parts;
        this.loop = loop;
        this.channel = channel;
        this.refusals = new Refusals(parts);
        this.receiving = new Receiving(parts, channel, refusals, this::readOn);
        this.sender = new Sender(parts, channel);
        this.since = System.nanoTime();
    }

    /// What comes is not encrypted although it should be.
    void redirectToTls() {
        redirecting = true;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        loop.watch(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        ctx.fireChannelInactive();
    }

    private void end() {
        loop.forget(this);
        Exchange left = exchange;
        if (left != null) {
            exchange = null;
            left.gone();
        }
        receiving.drop();
        pipelined.forEach(receiving::release);
        pipelined.clear();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (phase == Phase.DRAINING || refusal != null) {
                return;
            }
            if (exchange != null && message instanceof HttpRequest) {
                channel.config().setAutoRead(false); // one request ahead is enough
            }
            switch (receiving.take(message)) {
                case Receiving.Step.More() -> {}
                case Receiving.Step.Began() -> began();
                case Receiving.Step.Full() -> channel.config().setAutoRead(false);
                case Receiving.Step.Ended() -> ended();
                case Receiving.Step.Came(var received) -> came(received);
                case Receiving.Step.Refused(var response) -> refuse(response);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void began() {
        if (phase == Phase.HEAD) {
            enter(Phase.BODY);
        }
    }

    /// The body that was coming is there: nothing more is read until it is answered.
    private void ended() {
        if (phase == Phase.ANSWERING && exchange == null) {
            channel.config().setAutoRead(false);
        }
    }

    private void came(Received received) {
        if (phase == Phase.HEAD || phase == Phase.BODY) {
            answer(received);
        } else {
            // Bounded by what one read brings: nothing is read while a request is answered.
            pipelined.add(received);
        }
    }

    /// The handler has taken what waited of a body that is coming.
    private void readOn() {
        Received current = answering;
        if (phase == Phase.ANSWERING && current != null && current.isComing()) {
            channel.config().setAutoRead(true);
        }
    }

    private void answer(Received received) {
        enter(Phase.ANSWERING);
        answering = received;
        channel.config().setAutoRead(received.isComing());
        parts.counts().requests.increment();
        String id = parts.nextRequestId();
        boolean keepAlive = HttpUtil.isKeepAlive(received.head()) && !stopping;
        Request request;
        try {
            request = RequestReader.read(id, peer(), received.head(), received.body());
        } catch (IllegalArgumentException _) {
            receiving.release(received);
            write(refusals.invalid("The query is not properly percent-encoded."), false, keepAlive);
            return;
        }
        if (redirecting) {
            receiving.release(received);
            write(refusals.toTls(request, received.head().uri()), false, false);
            return;
        }
        Thread.ofVirtual().name("request " + id).start(() -> work(request, received, keepAlive));
    }

    private String peer() {
        return channel.remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress().getHostAddress()
                : "";
    }

    /// On a virtual thread.
    private void work(Request request, Received received, boolean keepAlive) {
        Optional<Runnable> answer = Optional.empty();
        try {
            answer = Optional.of(answerOf(request, received.stream(), keepAlive));
        } finally {
            // Without an answer an error is on its way up: the client must not wait for ever.
            Runnable next = answer.orElse(channel::close);
            loop.execute(() -> {
                receiving.release(received);
                next.run();
            });
        }
    }

    private Runnable answerOf(Request request, InputStream body, boolean keepAlive) {
        if (parts.endpoint().isAt(request)) {
            return switch (parts.endpoint().decide(request)) {
                case WebSocketEndpoint.Decision.Accepted accepted -> () -> upgrade(accepted);
                case WebSocketEndpoint.Decision.Refused(var response) ->
                        () -> write(response, false, keepAlive);
            };
        }
        boolean headOnly = request.method().equals("HEAD");
        return switch (parts.answerer().answer(request, body)) {
            case Response response -> () -> write(response, headOnly, keepAlive);
            case Sending sending -> () -> send(sending, headOnly, keepAlive);
            case Waiting waiting when headOnly ->
                    () ->
                            sent(
                                    ResponseWriter.writeHead(channel, waiting.whole(), keepAlive),
                                    keepAlive);
            case Waiting waiting -> () -> begin(waiting, keepAlive, request.id());
        };
    }

    /// The answer takes its time. Reading goes on meanwhile, because a client's leaving is read.
    private void begin(Waiting waiting, boolean keepAlive, String requestId) {
        if (!channel.isActive()) {
            return;
        }
        Line line =
                new Line(
                        loop,
                        channel,
                        waiting.headers(),
                        response -> {
                            exchange = null;
                            channel.config().setAutoRead(false);
                            write(response, false, keepAlive);
                        });
        Exchange begun = waiting.start().apply(line);
        exchange = begun;
        channel.config().setAutoRead(true);
        try {
            begun.begin();
        } catch (RuntimeException e) {
            log.atError().addKeyValue("requestId", requestId).setCause(e).log("request failed");
            channel.close();
        }
        if (stopping && exchange != null) {
            begun.stop();
        }
    }

    private void upgrade(WebSocketEndpoint.Decision.Accepted accepted) {
        if (channel.isActive() && !stopping) {
            WebSocketUpgrade.carryOut(channel, loop, accepted, parts);
        } else {
            channel.close();
        }
    }

    private void send(Sending sending, boolean headOnly, boolean keepAlive) {
        if (!channel.isActive()) {
            sending.source().close();
            return;
        }
        boolean goesOn = keepAlive && !isUnread();
        answering = null;
        enter(Phase.WRITING);
        sent(sender.send(sending, headOnly, goesOn), goesOn);
    }

    /// Whether the answer is there before the body was.
    private boolean isUnread() {
        return answering != null && answering.isComing();
    }

    private void write(Response response, boolean headOnly, boolean keepAlive) {
        if (!channel.isActive()) {
            return;
        }
        if (isUnread()) {
            last(response);
            return;
        }
        answering = null;
        enter(Phase.WRITING);
        sent(ResponseWriter.write(channel, response, headOnly, keepAlive), keepAlive);
    }

    private void sent(ChannelFuture writing, boolean keepAlive) {
        writing.addListener(
                (ChannelFutureListener)
                        done -> {
                            if (done.isSuccess() && keepAlive) {
                                written();
                            } else {
                                channel.close();
                            }
                        });
    }

    private void written() {
        first = false;
        Received next = pipelined.poll();
        if (next != null) {
            answer(next);
        } else if (refusal != null) {
            Response late = refusal;
            phase = Phase.HEAD;
            channel.config().setAutoRead(true);
            refuse(late);
        } else if (stopping) {
            channel.close();
        } else {
            enter(receiving.hasBegun() ? Phase.BODY : Phase.HEAD);
            channel.config().setAutoRead(true);
        }
    }

    private void refuse(Response response) {
        receiving.drop();
        if (phase == Phase.ANSWERING || phase == Phase.WRITING) {
            refusal = response; // its turn comes after the good request before it
            return;
        }
        last(response);
    }

    /// Answers, then takes what the client still says for a moment, and ends.
    private void last(Response response) {
        answering = null;
        receiving.drop();
        enter(Phase.DRAINING);
        channel.config().setAutoRead(true);
        ResponseWriter.write(channel, response, false, false)
                .addListener(
                        (ChannelFutureListener)
                                _ -> {
                                    boolean isPlain = channel.pipeline().get("tls") == null;
                                    if (isPlain && channel instanceof DuplexChannel duplex) {
                                        duplex.shutdownOutput();
                                    } else {
                                        channel.close();
                                    }
                                });
    }

    private void enter(Phase next) {
        phase = next;
        since = System.nanoTime();
    }

    /// In a turn of its own: the mark is passed inside a flush.
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null && channel.isWritable()) {
            loop.execute(() -> {
                if (exchange != null && channel.isWritable()) {
                    exchange.writable();
                }
            });
        }
    }

    @Override
    void look(long now) {
        if (exchange != null) {
            exchange.look(now);
        }
        receiving.look(now);
        long age = now - since;
        long idle = parts.config().idleTimeout().toNanos();
        boolean over =
                switch (phase) {
                    case HEAD -> age > (first ? parts.config().headTimeout().toNanos() : idle);
                    case BODY -> age > BODY_NANOS;
                    case ANSWERING -> false; // its handler's time, or its exchange's
                    case WRITING -> sender.isSending() ? sender.isStuck(now) : age > idle;
                    case DRAINING -> age > DRAIN_NANOS;
                };
        if (!over) {
            return;
        }
        if (phase == Phase.HEAD && first || phase == Phase.BODY) {
            refuse(refusals.tooSlow());
        } else {
            channel.close();
        }
    }

    @Override
    void stop() {
        stopping = true;
        if (phase == Phase.HEAD) {
            channel.close();
        } else if (exchange != null) {
            exchange.stop();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        switch (cause) {
            // A peer that went away, or that does not get along with our TLS.
            case IOException _ -> {}
            case DecoderException _ -> {}
            default ->
                    log.atError()
                            .addKeyValue("connectionId", channel.id().asShortText())
                            .setCause(cause)
                            .log("connection failed");
        }
        channel.close();
    }
}
