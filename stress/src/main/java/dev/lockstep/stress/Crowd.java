package dev.lockstep.stress;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Many sockets on one thread, from several addresses of the loopback network. Frames go to the
/// listener on that thread.
final class Crowd implements AutoCloseable {
    /// Ports of one address pair end near 28,000; keep well below.
    private static final int MEMBERS_PER_ADDRESS = 4_000;

    private static final int CONNECTING_AT_ONCE = 200;
    // Larger pieces are not kept in the allocator's thread cache.
    private static final int READ_BYTES = 16_384;

    interface Listener {
        /// A text or binary message: `length` bytes from `at`. On the crowd's thread.
        void frame(int member, ByteBuf buffer, int at, int length);
    }

    /// How a member's life goes; on the crowd's thread.
    interface Events {
        void live();

        /// Refused with these words, or cut.
        void lost(String why);
    }

    private final EventLoopGroup group;
    private final Bootstrap bootstrap;
    private final Target target;
    private final Listener listener;
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicReference<String> lastWords = new AtomicReference<>("");
    private final ConcurrentLinkedQueue<Channel> channels = new ConcurrentLinkedQueue<>();
    private final long threadId;
    private final Events events =
            new Events() {
                @Override
                public void live() {
                    live.incrementAndGet();
                }

                @Override
                public void lost(String why) {
                    lost.incrementAndGet();
                    lastWords.set(why);
                }
            };

    private Crowd(Target target, Listener listener)
            throws InterruptedException, ExecutionException {
        this.target = target;
        this.listener = listener;
        IoHandlerFactory io =
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        group = new MultiThreadIoEventLoopGroup(1, io);
        threadId = group.submit(() -> Thread.currentThread().threadId()).get();
        bootstrap =
                new Bootstrap()
                        .group(group)
                        .channel(
                                Epoll.isAvailable()
                                        ? EpollSocketChannel.class
                                        : NioSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(READ_BYTES));
    }

    /// Connects and joins all members, a few at a time, and returns when the last is live.
    static Crowd join(Target target, int members, Duration within, Listener listener)
            throws InterruptedException, ExecutionException {
        Crowd crowd = new Crowd(target, listener);
        long deadline = System.nanoTime() + within.toNanos();
        for (int member = 0; member < members; member++) {
            while (member - crowd.live.get() >= CONNECTING_AT_ONCE) {
                crowd.pause(deadline, members);
            }
            crowd.connect(member);
        }
        while (crowd.live.get() < members) {
            crowd.pause(deadline, members);
        }
        return crowd;
    }

    private void pause(long deadline, int members) throws InterruptedException {
        if (lost.get() > 0 || System.nanoTime() > deadline) {
            int joined = live.get();
            close();
            throw new IllegalStateException(
                    "%d of %d members joined, %d were refused or lost: %s"
                            .formatted(joined, members, lost.get(), lastWords.get()));
        }
        TimeUnit.MILLISECONDS.sleep(1);
    }

    private void connect(int member) {
        String source = "127.0.0." + (2 + member / MEMBERS_PER_ADDRESS);
        bootstrap
                .clone()
                .handler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                channel.pipeline()
                                        .addLast(new Member(member, target, listener, events));
                            }
                        })
                .connect(
                        new InetSocketAddress("127.0.0.1", target.port()),
                        new InetSocketAddress(source, 0))
                .addListener((io.netty.channel.ChannelFuture done) -> {
                    if (done.isSuccess()) {
                        channels.add(done.channel());
                    } else {
                        events.lost(String.valueOf(done.cause()));
                    }
                });
    }

    /// Members whose connection ended without us.
    int lost() {
        return lost.get();
    }

    /// CPU time of the crowd's thread: what the measuring itself costs.
    long cpuMicros() {
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(threadId) / 1_000;
    }

    /// Keeps connections alive that hear nothing.
    void heartbeat() {
        for (Channel channel : channels) {
            channel.writeAndFlush(
                    Member.text(channel.alloc(), "[null,\"h\",\"phoenix\",\"heartbeat\",{}]"));
        }
    }

    /// Returns when the crowd's thread has done all that it was given, so that others may read what
    /// its listener wrote.
    void settle() throws InterruptedException, ExecutionException {
        group.submit(() -> {}).get();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
