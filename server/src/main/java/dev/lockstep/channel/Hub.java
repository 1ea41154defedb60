package dev.lockstep.channel;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Topic;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.feed.Fingerprint;
import dev.lockstep.feed.ResumeTokens;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Access;
import dev.lockstep.policy.RowPolicies;
import dev.lockstep.policy.TopicRights;
import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.Table;
import dev.lockstep.wire.Codec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// All channels of this server: opens sessions, and holds what their members share. Any thread.
public final class Hub implements SessionFactory, AutoCloseable {
    private static final long SWEEP = 10;

    /// How often it is looked after what is visible.
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final ChannelConfig config;
    private final ChangeFeed feed;
    private final ResumeTokens tokens;
    private final TokenVerifier verifier;
    private final BooleanSupplier streaming;
    private final Limits limits;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Visibility visibility;
    private final Resolver resolver;
    private final Cursors cursors;
    private final FanOut fanOut;
    private final Snapshots snapshots;
    private final List<TopicShard> shards;
    private final TopicRights rights;
    private final RightsWatch rightsWatch;
    private final Replays replays;
    private final Map<Loop, Lane> lanes = new ConcurrentHashMap<>();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledThreadPoolExecutor timer;

    /// What the channels stand on.
    ///
    /// @param streaming whether PostgreSQL is sending its log at this moment
    public record Ground(
            ChangeFeed feed,
            ResumeTokens tokens,
            Database database,
            CatalogueKeeper catalogue,
            Access access,
            RowPolicies policies,
            TopicRights rights,
            FilterCompiler compiler,
            TokenVerifier verifier,
            Limits limits,
            BooleanSupplier streaming,
            InstantSource clock,
            RandomGenerator random) {}

    public Hub(ChannelConfig config, Ground ground) {
        this.config = config;
        this.feed = ground.feed();
        this.tokens = ground.tokens();
        this.verifier = ground.verifier();
        this.limits = ground.limits();
        this.streaming = ground.streaming();
        this.clock = ground.clock();
        this.random = ground.random();
        this.visibility = new Visibility(feed, ground.database());
        this.resolver =
                new Resolver(
                        ground.access(),
                        ground.policies(),
                        new RightsReader(ground.database(), visibility),
                        ground.compiler(),
                        ground.catalogue());
        this.cursors = new Cursors(feed, ground.compiler(), tokens, config);
        CatalogueKeeper catalogue = ground.catalogue();
        Audiences audiences =
                new Audiences(
                        ground.compiler(),
                        name -> catalogue.current().table(name).map(Table::relation),
                        cursors::token,
                        config.deletes(),
                        this::missed);
        this.rights = ground.rights();
        this.rightsWatch = new RightsWatch(rights);
        DatabaseMessages messages = new DatabaseMessages(this::shard, config.broadcastBytes());
        this.fanOut =
                new FanOut(
                        feed,
                        audiences,
                        cursors,
                        messages,
                        rightsWatch,
                        resolver::holds,
                        config.tokenEvery());
        this.snapshots = new Snapshots(ground.database(), visibility, resolver, config);
        cursors.bind(fanOut, resolver::holds, catalogue::current);
        catalogue.onChange(_ -> fanOut.post(new FanOut.Command.Recheck()));
        this.replays = new Replays(ground.database(), config);
        catalogue.onChange(_ -> work(rightsWatch::look));
        String refs = Long.toString(random.nextLong() & Long.MAX_VALUE, 36) + "-";
        this.shards =
                IntStream.range(0, Math.max(1, Runtime.getRuntime().availableProcessors() / 2))
                        .mapToObj(number -> new TopicShard(number, refs, config.rooms()))
                        .toList();
        this.timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("channel-timer").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    public void start() {
        rightsWatch.look();
        shards.forEach(TopicShard::start);
        long every = Math.max(1, config.rooms().rightsEvery().toMillis());
        timer.scheduleWithFixedDelay(
                () -> work(rightsWatch::look), every, every, TimeUnit.MILLISECONDS);
        fanOut.start();
        timer.scheduleWithFixedDelay(limits::sweep, SWEEP, SWEEP, TimeUnit.SECONDS);
        timer.scheduleWithFixedDelay(
                () -> work(visibility::look),
                LOOK.toMillis(),
                LOOK.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /// The log began a new life: all who listen load afresh.
    ///
    /// @param present what was committed up to here is not news to those who begin to listen,
    ///   though the log may tell it again
    public void begin(Lsn present) {
        fanOut.post(new FanOut.Command.Begin(present));
    }

    /// How far the members at the head were told.
    public Lsn position() {
        return fanOut.position();
    }

    @Override
    public Session open(Outbox outbox, Codec codec, Handshake handshake) {
        Lane lane =
                lanes.computeIfAbsent(outbox.loop(), loop -> new Lane(loop, config.outboxBytes()));
        return new ConnectionSession(this, outbox, lane, codec, handshake);
    }

    /// Where a client that returns goes on.
    sealed interface Return {
        record From(Lsn position) implements Return {}

        record Afresh(Dismissal reason) implements Return {}
    }

    Return returning(String token, Spec.Question question) {
        var read = tokens.read(token);
        long differs = read.map(its -> its.fingerprint() ^ question.fingerprint()).orElse(-1L);
        if (read.isEmpty() || differs >>> 32 != 0) {
            return new Return.Afresh(Dismissal.CHANGED);
        }
        // What must be read again from time to time was not looked after since.
        if (differs != 0 || question.asks() && question.rights().readAgain().isPresent()) {
            return new Return.Afresh(Dismissal.RIGHTS);
        }
        if (read.get().epochHash() != Fingerprint.of(feed.epoch())) {
            return new Return.Afresh(Dismissal.SLOT);
        }
        if (read.get().end().isBefore(feed.oldest())) {
            return new Return.Afresh(Dismissal.EXPIRED);
        }
        return new Return.From(read.get().end());
    }

    /// On the member's lane: it becomes a cursor where it stopped.
    private void missed(Audience audience, Seat seat, @Nullable Position position) {
        seat.member().lane().drop(seat, audience);
        seat.member().stalled(seat, Objects.requireNonNull(position));
    }

    /// Speaks for callers that are no members.
    public Visitors visitors() {
        return new Visitors(this);
    }

    TopicRights rights() {
        return rights;
    }

    RightsWatch rightsWatch() {
        return rightsWatch;
    }

    Replays replays() {
        return replays;
    }

    /// On the member's lane: it is to give the seat back with its place in the log, and hears
    /// nothing more on it from here on.
    void recall(Seat seat) {
        seat.recall();
        fanOut.post(new FanOut.Command.Release(seat));
    }

    /// On the member's lane: it gives the seat up.
    void detach(Seat seat) {
        seat.close();
        fanOut.post(new FanOut.Command.Detach(seat));
    }

    ChannelConfig config() {
        return config;
    }

    Limits limits() {
        return limits;
    }

    Resolver resolver() {
        return resolver;
    }

    Cursors cursors() {
        return cursors;
    }

    FanOut fanOut() {
        return fanOut;
    }

    Snapshots snapshots() {
        return snapshots;
    }

    TokenVerifier verifier() {
        return verifier;
    }

    TopicShard shard(Topic topic) {
        return shards.get(Math.floorMod(topic.hashCode(), shards.size()));
    }

    /// Runs on a virtual thread.
    void work(Runnable task) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException e) {
            // Closing: the connection ends too.
            return;
        }
    }

    /// Runs at some moment within the time, so that many do not come at once.
    void workWithin(Duration spread, Runnable task) {
        if (spread.isZero()) {
            work(task);
        } else {
            timer.schedule(
                    () -> work(task), random.nextLong(spread.toNanos()), TimeUnit.NANOSECONDS);
        }
    }

    Future<?> at(Instant time, Runnable task) {
        return after(Duration.between(clock.instant(), time), task);
    }

    /// Runs on the timer's thread: must not wait.
    Future<?> after(Duration wait, Runnable task) {
        return timer.schedule(task, Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS);
    }

    /// Runs on a virtual thread.
    void workAfter(Duration wait, Runnable task) {
        if (wait.isZero()) {
            work(task);
        } else {
            timer.schedule(() -> work(task), wait.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    boolean isStreaming() {
        return streaming.getAsBoolean();
    }

    long secondsSince(Instant time) {
        return Math.max(0, Duration.between(time, clock.instant()).toSeconds());
    }

    @Override
    public void close() {
        timer.shutdownNow();
        fanOut.close();
        shards.forEach(TopicShard::close);
        workers.shutdownNow();
    }
}
