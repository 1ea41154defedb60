package dev.lockstep.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's HTTP/1.1 connection, until it ends or becomes a WebSocket. Lives on its loop.
///
/// Head → (bound, time limit) → Body → Answering (on a virtual thread; nothing more is read) →
/// Head. An answer that takes its time is an [Exchange], begun when the virtual thread is done; it
/// ends with a whole answer, or as a stream with the connection.
///
/// A request that breaks a bound is answered and the connection ends: Draining takes what the
/// client still sends for 2 seconds, because closing at once would reset the connection under the
/// answer.
final class HttpConnection extends Watched {
    private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);
    private static final long BODY_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long DRAIN_NANOS = Duration.ofSeconds(2).toNanos();
    private static final DefaultFullHttpResponse CONTINUE =
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);

    private enum Phase {
        HEAD,
        BODY,
        ANSWERING,
        WRITING,
        DRAINING
    }

    /// A request that came while another was being answered.
    private record Received(HttpRequest head, byte[] body) {}

    private final ServerParts parts;
    private final NettyLoop loop;
    private final Channel channel;
    private final ArrayDeque<Received> pipelined = new ArrayDeque<>();
    private final RequestBody body;
    private final Refusals refusals;
    private @Nullable HttpRequest head;
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
        this.body =
                new RequestBody(
                        parts.config().maxBody(), parts.config().maxBodies(), parts.counts());
        this.refusals = new Refusals(parts);
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
        body.drop();
        pipelined.forEach(received -> body.release(received.body));
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
            if (message instanceof HttpRequest request) {
                begin(request);
            }
            if (message instanceof HttpContent content && head != null) {
                more(head, content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            refuse(refusals.unreadable(request.decoderResult().cause()));
            return;
        }
        if (HttpUtil.getContentLength(request, 0L) > parts.config().maxBody()) {
            refuse(refusals.tooLarge());
            return;
        }
        if (HttpUtil.is100ContinueExpected(request)) {
            channel.writeAndFlush(CONTINUE.retainedDuplicate());
        }
        head = request;
        if (phase == Phase.HEAD) {
            enter(Phase.BODY);
        }
    }

    private void more(HttpRequest request, HttpContent content) {
        if (!content.decoderResult().isSuccess()) {
            refuse(refusals.unreadable(content.decoderResult().cause()));
            return;
        }
        switch (body.add(content.content())) {
            case TOO_LARGE -> refuse(refusals.tooLarge());
            case NO_ROOM -> refuse(refusals.noRoom());
            case ADDED -> {
                if (content instanceof LastHttpContent) {
                    head = null;
                    whole(new Received(request, body.take()));
                }
            }
        }
    }

    private void whole(Received received) {
        if (phase == Phase.BODY) {
            answer(received);
        } else {
            // Bounded by what one read brings: nothing is read while a request is answered.
            pipelined.add(received);
        }
    }

    private void answer(Received received) {
        enter(Phase.ANSWERING);
        channel.config().setAutoRead(false);
        parts.counts().requests.increment();
        String id = parts.nextRequestId();
        boolean keepAlive = HttpUtil.isKeepAlive(received.head) && !stopping;
        Request request;
        try {
            request = RequestReader.read(id, peer(), received.head, received.body);
        } catch (IllegalArgumentException _) {
            body.release(received.body);
            write(refusals.invalid("The query is not properly percent-encoded."), false, keepAlive);
            return;
        }
        if (redirecting) {
            body.release(received.body);
            write(refusals.toTls(request, received.head.uri()), false, false);
            return;
        }
        Thread.ofVirtual()
                .name("request " + id)
                .start(() -> work(request, received.body, keepAlive));
    }

    private String peer() {
        return channel.remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress().getHostAddress()
                : "";
    }

    /// On a virtual thread.
    private void work(Request request, byte[] received, boolean keepAlive) {
        Optional<Runnable> answer = Optional.empty();
        try {
            answer = Optional.of(answerOf(request, keepAlive));
        } finally {
            // Without an answer an error is on its way up: the client must not wait for ever.
            Runnable next = answer.orElse(channel::close);
            loop.execute(() -> {
                body.release(received);
                next.run();
            });
        }
    }

    private Runnable answerOf(Request request, boolean keepAlive) {
        if (parts.endpoint().isAt(request)) {
            return switch (parts.endpoint().decide(request)) {
                case WebSocketEndpoint.Decision.Accepted accepted -> () -> upgrade(accepted);
                case WebSocketEndpoint.Decision.Refused(var response) ->
                        () -> write(response, false, keepAlive);
            };
        }
        boolean headOnly = request.method().equals("HEAD");
        return switch (parts.answerer().answer(request)) {
            case Response response -> () -> write(response, headOnly, keepAlive);
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

    private void write(Response response, boolean headOnly, boolean keepAlive) {
        if (!channel.isActive()) {
            return;
        }
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
            enter(head == null ? Phase.HEAD : Phase.BODY);
            channel.config().setAutoRead(true);
        }
    }

    private void refuse(Response response) {
        head = null;
        body.drop();
        if (phase == Phase.ANSWERING || phase == Phase.WRITING) {
            refusal = response; // its turn comes after the good request before it
            return;
        }
        enter(Phase.DRAINING);
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
        long age = now - since;
        long idle = parts.config().idleTimeout().toNanos();
        boolean over =
                switch (phase) {
                    case HEAD -> age > (first ? parts.config().headTimeout().toNanos() : idle);
                    case BODY -> age > BODY_NANOS;
                    case ANSWERING -> false; // its handler's time, or its exchange's
                    case WRITING -> age > idle;
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
