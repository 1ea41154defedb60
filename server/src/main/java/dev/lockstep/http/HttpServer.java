package dev.lockstep.http;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.channel.Limits;
import dev.lockstep.channel.Loop;
import dev.lockstep.channel.SessionFactory;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The port: WebSockets and HTTP/1.1, encrypted where a certificate is configured. Started and
/// closed by one thread.
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final int MAX_HEAD = 65_536;

    /// Connections beyond the bounds of WebSockets and streams, so that refusals can be said.
    private static final int SPARE_CONNECTIONS = 1_000;

    private static final int LOW_MARK = 256 * 1024;
    private static final int HIGH_MARK = 1024 * 1024;
    private static final Duration GRACE = Duration.ofSeconds(5);

    /// What is going on.
    ///
    /// @param malformed messages that were dropped since the start
    /// @param unfinished bytes of WebSocket messages that are not whole yet
    public record Status(
            int connections, int webSockets, long requests, long malformed, long unfinished) {}

    private final HttpConfig config;
    private final ServerCounts counts = new ServerCounts();
    private final ServerParts parts;
    private final MultiThreadIoEventLoopGroup group;
    private final Map<EventLoop, NettyLoop> loops = new IdentityHashMap<>();
    private @Nullable Channel port;
    private boolean closed;

    /// @param random for request ids
    public HttpServer(
            HttpConfig config,
            TokenVerifier tokens,
            Limits limits,
            SessionFactory sessions,
            Routes routes,
            RandomGenerator random) {
        this.config = config;
        Compression compression = new Compression(config.compression(), config.compressAbove());
        this.parts =
                new ServerParts(
                        config,
                        new Answerer(
                                routes,
                                new Cors(config),
                                new Gzip(config.compression(), config.compressAbove())),
                        new WebSocketEndpoint(config, compression, tokens, limits, counts),
                        sessions,
                        counts,
                        new AtomicLong(random.nextLong(1L << 40)));
        IoHandlerFactory waiting =
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.group =
                new MultiThreadIoEventLoopGroup(
                        config.loops(), new DefaultThreadFactory("loop"), waiting);
        group.forEach(executor -> {
            if (executor instanceof EventLoop events) {
                loops.put(events, new NettyLoop(events, compression));
            }
        });
    }

    /// Listens.
    ///
    /// @throws FailureException `Unavailable` that names the port when it is taken, or `Invalid`
    ///   when the certificate cannot be used
    public void start() {
        try {
            listen(config.tls().map(HttpServer::context));
        } catch (FailureException e) {
            close(); // or the loops' threads would keep the process alive
            throw e;
        }
        loops.values().forEach(loop -> loop.watchEvery(lookPeriod()));
        log.atInfo().addKeyValue("address", address()).log("listening");
    }

    private void listen(Optional<SslContext> tls) {
        Class<? extends ServerChannel> kind =
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(group)
                        .channel(kind)
                        .option(ChannelOption.SO_BACKLOG, 4096)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(LOW_MARK, HIGH_MARK))
                        .childOption(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new AdaptiveRecvByteBufAllocator(128, 1024, 65_536))
                        .childHandler(new Initializer(tls))
                        .bind(new InetSocketAddress(config.host(), config.port()))
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw notBound(bound.cause());
        }
        port = bound.channel();
    }

    /// A quarter of the shortest time limit, at most 5 seconds.
    private Duration lookPeriod() {
        Duration shortest =
                Collections.min(
                        List.of(
                                config.headTimeout(),
                                config.idleTimeout(),
                                config.feeds().heartbeat()));
        Duration quarter = shortest.dividedBy(4);
        Duration most = Duration.ofSeconds(5);
        return quarter.compareTo(most) < 0 ? quarter : most;
    }

    private FailureException notBound(Throwable cause) {
        String where = config.host() + " port " + config.port();
        boolean taken = String.valueOf(cause.getMessage()).contains("in use");
        String message =
                taken
                        ? where
                                + " is in use by another program. Stop it, or give another port"
                                + " with http.port (LOCKSTEP_HTTP_PORT)."
                        : "Cannot listen on " + where + ": " + cause;
        return new FailureException(
                new Failure.Unavailable("port", message, Duration.ofSeconds(5)), cause);
    }

    private static SslContext context(HttpConfig.Tls tls) {
        try {
            return SslContextBuilder.forServer(tls.certificate().toFile(), tls.key().toFile())
                    .sslProvider(SslProvider.JDK)
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new FailureException(
                    new Failure.Invalid(
                            "http.tls",
                            "certificate "
                                    + tls.certificate()
                                    + " and key "
                                    + tls.key()
                                    + " cannot be used: "
                                    + e.getMessage()),
                    e);
        }
    }

    /// Where we listen; the port is the real one also when 0 was asked for.
    ///
    /// @throws IllegalStateException before [#start]
    public InetSocketAddress address() {
        if (port == null || !(port.localAddress() instanceof InetSocketAddress address)) {
            throw new IllegalStateException("not started");
        }
        return address;
    }

    /// Every loop that connections can belong to.
    public Collection<Loop> loops() {
        return List.copyOf(loops.values());
    }

    /// Any thread.
    public Status status() {
        return new Status(
                counts.connections.get(),
                counts.webSockets.get(),
                counts.requests.sum(),
                counts.malformed.sum(),
                counts.unfinishedBytes.get());
    }

    /// Stops listening, tells WebSockets that the service restarts (1012), ends streams, lets
    /// running requests end, all within 5 seconds; then cuts what is left.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (port != null) {
            port.close().awaitUninterruptibly();
        }
        for (NettyLoop loop : new ArrayList<>(loops.values())) {
            loop.execute(loop::stop);
        }
        long deadline = System.nanoTime() + GRACE.toNanos();
        try {
            while (counts.connections.get() > 0 && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        group.shutdownGracefully(0, GRACE.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(2 * GRACE.toMillis());
        if (port != null) {
            log.atInfo().log("port closed");
        }
    }

    /// Sets up each new connection.
    private final class Initializer extends ChannelInitializer<Channel> {
        private final Optional<SslContext> tls;

        Initializer(Optional<SslContext> tls) {
            this.tls = tls;
        }

        private int maxOpen() {
            return config.maxConnections() + config.feeds().maxStreams() + SPARE_CONNECTIONS;
        }

        @Override
        protected void initChannel(Channel channel) {
            int open = counts.connections.incrementAndGet();
            channel.closeFuture().addListener(_ -> counts.connections.decrementAndGet());
            NettyLoop loop = loops.get(channel.eventLoop());
            if (loop == null || open > maxOpen()) {
                channel.close();
                return;
            }
            HttpConnection connection = new HttpConnection(parts, loop, channel);
            ChannelPipeline pipeline = channel.pipeline();
            tls.ifPresent(context -> pipeline.addLast("gate", new TlsGate(context, connection)));
            pipeline.addLast(
                    "decoder",
                    new HttpRequestDecoder(
                            new HttpDecoderConfig()
                                    .setMaxInitialLineLength(MAX_HEAD)
                                    .setMaxHeaderSize(MAX_HEAD)));
            pipeline.addLast("encoder", new HttpResponseEncoder());
            pipeline.addLast("http", connection);
        }
    }
}
