package dev.lockstep.app;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.cache.AnswerCache;
import dev.lockstep.cache.Touches;
import dev.lockstep.channel.Hub;
import dev.lockstep.channel.Limits;
import dev.lockstep.channel.Visitors;
import dev.lockstep.core.Lsn;
import dev.lockstep.data.DataApi;
import dev.lockstep.data.RestAnswer;
import dev.lockstep.data.schema.ReloadListener;
import dev.lockstep.data.schema.SchemaKeeper;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.feed.ResumeTokens;
import dev.lockstep.http.BroadcastRoutes;
import dev.lockstep.http.FeedRoutes;
import dev.lockstep.http.HttpServer;
import dev.lockstep.http.MetricsRoutes;
import dev.lockstep.http.PresenceRoutes;
import dev.lockstep.http.RestRoutes;
import dev.lockstep.http.Routes;
import dev.lockstep.http.StaticFiles;
import dev.lockstep.http.StorageRoutes;
import dev.lockstep.http.SystemRoutes;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Access;
import dev.lockstep.policy.PostgresOracle;
import dev.lockstep.policy.RowPolicies;
import dev.lockstep.policy.TopicRights;
import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.replication.ReplicationLog;
import dev.lockstep.replication.SlotReader;
import dev.lockstep.replication.SlotStatus;
import dev.lockstep.storage.StorageApi;
import dev.lockstep.storage.blob.BlobStore;
import dev.lockstep.storage.blob.FolderStore;
import dev.lockstep.storage.blob.S3Store;
import dev.lockstep.telemetry.Telemetry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One server: everything between a database that is installed and a port that is open. Starts in
/// the order of the package map and stops in reverse.
public final class LockstepServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LockstepServer.class);
    private static final Duration FIRST_STREAM = Duration.ofSeconds(10);
    private static final int CONTROL_CONNECTIONS = 4;

    /// By what these publish the catalogue says that a table is published whole.
    private static final List<String> FOLLOWED = List.of("supabase_realtime", "lockstep_internal");

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final SlotReader reader;
    private final ChangeFeed feed;
    private final HttpServer http;

    /// @param more routes beside the engine's own
    /// @throws dev.lockstep.error.FailureException when the database refuses, or the port is taken
    public static LockstepServer start(ServerConfig config, Consumer<Routes> more)
            throws InterruptedException {
        return new LockstepServer(config, more);
    }

    private LockstepServer(ServerConfig config, Consumer<Routes> more) throws InterruptedException {
        InstantSource clock = InstantSource.system();
        BuildInfo build = BuildInfo.current();
        SecureRandom random = new SecureRandom();
        try {
            Telemetry telemetry = opened(new Telemetry(build.version(), build.commit()));
            // Only the data API's own pool may lead through a pooler.
            DatabaseConfig direct = config.database().directly(config.replication().url());
            Database control =
                    opened(
                            new Database(
                                    direct.as(
                                                    config.replication().user(),
                                                    config.replication().password())
                                            .withPoolSize(CONTROL_CONNECTIONS)));
            Database database = opened(new Database(direct));
            CatalogueKeeper catalogue = opened(new CatalogueKeeper(control));
            FilterCompiler compiler = new FilterCompiler(new PostgresOracle(control, database));
            TokenVerifier verifier = new TokenVerifier(config.auth(), clock);
            Limits limits = new Limits(config.limits(), System::nanoTime);
            feed = opened(new ChangeFeed(config.feed(), folder(config, "feed"), steady(clock)));
            Touches touches = new Touches();
            SlotReader[] streaming = new SlotReader[1];
            Hub hub =
                    opened(
                            new Hub(
                                    config.channel(),
                                    new Hub.Ground(
                                            feed,
                                            new ResumeTokens(tokenKey(control)),
                                            database,
                                            catalogue,
                                            Access.underPolicies(catalogue::current),
                                            new RowPolicies(catalogue::current, database, control),
                                            new TopicRights(
                                                    database,
                                                    control,
                                                    config.channel().rooms().probesAtWork(),
                                                    config.channel().rooms().probeWait()),
                                            compiler,
                                            verifier,
                                            limits,
                                            () -> isStreaming(streaming[0].status()),
                                            clock,
                                            random)));
            Optional<AnswerCache<RestAnswer>> cache =
                    cache(
                            config,
                            new AnswerCache.Ground(
                                    touches,
                                    feed,
                                    () -> isStreaming(streaming[0].status()),
                                    catalogue::current,
                                    () -> flushed(control),
                                    telemetry.cache()));
            catalogue.onChange(_ -> cache.ifPresent(AnswerCache::redefined));
            FeedSink sink = new FeedSink(feed, hub, flushed(control), touches, cache);
            reader =
                    opened(
                            new SlotReader(
                                    config.replication(),
                                    catalogue,
                                    sink,
                                    folder(config, "running"),
                                    new ReplicationLog(),
                                    random));
            streaming[0] = reader;
            hub.start();
            reader.start();
            keepHouse(control, config.channel().rooms().retention());
            if (!sink.begun().await(FIRST_STREAM.toMillis(), TimeUnit.MILLISECONDS)) {
                log.atWarn().log("the log is not streaming yet; live data waits for it");
            }
            DataApi api = dataApi(config, control, catalogue, verifier, cache);
            StorageApi storage = storage(config, control, catalogue, verifier, clock);
            Consumer<Routes> data =
                    routes -> {
                        RestRoutes.addTo(routes, api);
                        StorageRoutes.addTo(routes, storage);
                        MetricsRoutes.addTo(routes, config.metrics(), verifier, telemetry);
                        routes.measuredBy(telemetry.http());
                    };
            http =
                    opened(
                            new HttpServer(
                                    config.http(),
                                    verifier,
                                    limits,
                                    hub,
                                    routes(
                                            config,
                                            verifier,
                                            limits,
                                            hub,
                                            random,
                                            data.andThen(more)),
                                    random));
            Gauges.add(telemetry, reader::status, feed::status, http::status);
            http.start();
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /// With connections of its own: who reads much must not keep others from joining.
    private DataApi dataApi(
            ServerConfig config,
            Database control,
            CatalogueKeeper catalogue,
            TokenVerifier verifier,
            Optional<AnswerCache<RestAnswer>> cache) {
        Database database =
                opened(new Database(config.database().withPoolSize(config.rest().poolSize())));
        SchemaKeeper schemas =
                opened(
                        new SchemaKeeper(
                                control, config.rest().schemas(), config.database().user()));
        catalogue.onChange(_ -> schemas.wake());
        Poolers.warn(config.database(), database);
        opened(
                new ReloadListener(
                        config.database()
                                .directly(config.replication().url())
                                .as(config.replication().user(), config.replication().password()),
                        schemas::wake));
        return new DataApi(
                config.rest(),
                database,
                schemas,
                verifier,
                () -> catalogue.current().roles(),
                feed,
                cache);
    }

    /// With connections of its own, and swept now and then.
    private StorageApi storage(
            ServerConfig config,
            Database control,
            CatalogueKeeper catalogue,
            TokenVerifier verifier,
            InstantSource clock) {
        Database database =
                opened(new Database(config.database().withPoolSize(config.storage().poolSize())));
        Path folder = config.storage().folder();
        BlobStore blobs =
                config.storage()
                        .s3()
                        .<BlobStore>map(store -> opened(new S3Store(store, folder)))
                        .orElseGet(() -> opened(new FolderStore(folder)));
        StorageApi storage =
                new StorageApi(
                        config.storage(),
                        database,
                        blobs,
                        new dev.lockstep.storage.Visitors(
                                verifier,
                                new TokenVerifier.RoleClaim(
                                        config.rest().roleClaim(), config.rest().anonRole()),
                                () -> catalogue.current().roles()),
                        tokenKey(control),
                        clock);
        var timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("storage-sweep").daemon().factory());
        opened((AutoCloseable) timer::shutdownNow);
        timer.scheduleWithFixedDelay(storage::sweep, 0, 60, TimeUnit.MINUTES);
        return storage;
    }

    /// Nothing where it is switched off, or where the slot does not read what it must.
    private Optional<AnswerCache<RestAnswer>> cache(
            ServerConfig config, AnswerCache.Ground ground) {
        if (!config.cache().enabled()) {
            return Optional.empty();
        }
        if (!config.replication().publications().containsAll(FOLLOWED)) {
            log.atWarn()
                    .addKeyValue("publications", config.replication().publications())
                    .log("the read cache is off: replication.publications must name both of ours");
            return Optional.empty();
        }
        return Optional.of(opened(new AnswerCache<>(config.cache(), ground, RestAnswer::bytes)));
    }

    private Routes routes(
            ServerConfig config,
            TokenVerifier verifier,
            Limits limits,
            Hub hub,
            SecureRandom random,
            Consumer<Routes> more) {
        Routes routes = new Routes();
        Visitors visitors = hub.visitors();
        BroadcastRoutes.addTo(routes, verifier, limits, from -> visitors.voice(from)::broadcast);
        PresenceRoutes.addTo(routes, verifier, limits, visitors::presence);
        FeedRoutes.addTo(routes, config.http(), verifier, hub, InstantSource.system(), random);
        SystemRoutes.addTo(routes, this::waitsFor, config.anonKey());
        more.accept(routes);
        return routes.pages(new StaticFiles("/web", random));
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    /// A clock that never jumps: what is ten minutes old is so whatever is done to the time of day.
    private static InstantSource steady(InstantSource clock) {
        Instant start = clock.instant();
        long nanos = System.nanoTime();
        return () -> start.plusNanos(System.nanoTime() - nanos);
    }

    private static Path folder(ServerConfig config, String name) {
        return config.folder().resolve(name);
    }

    private static boolean isStreaming(SlotStatus status) {
        return status.state() == SlotStatus.State.STREAMING;
    }

    private static byte[] tokenKey(Database control) {
        return control.call(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet result =
                            statement.executeQuery(
                                    "select value from lockstep.settings"
                                            + " where key = 'token.key'")) {
                if (!result.next()) {
                    throw new SQLException("lockstep.settings holds no token.key", "02000");
                }
                return HexFormat.of().parseHex(result.getString(1));
            }
        });
    }

    private static Lsn flushed(Database control) {
        return control.call(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet result =
                            statement.executeQuery("select pg_current_wal_flush_lsn()::text")) {
                result.next();
                return Lsn.parse(result.getString(1));
            }
        });
    }

    /// What has to be done again and again: the window lets old transactions go, and the messages
    /// of the coming days have a partition before they come.
    private void keepHouse(Database control, Duration retention) {
        var timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("house").daemon().factory());
        opened((AutoCloseable) timer::shutdownNow);
        timer.scheduleWithFixedDelay(feed::trim, 1, 1, TimeUnit.SECONDS);
        MessageDays days = new MessageDays(control, retention);
        days.keep();
        timer.scheduleWithFixedDelay(days::keep, 60, 60, TimeUnit.MINUTES);
    }

    /// What the server waits for before it is ready; empty when it is.
    private Optional<String> waitsFor() {
        SlotStatus status = reader.status();
        return isStreaming(status)
                ? Optional.empty()
                : Optional.of("the replication slot: " + status.state());
    }

    /// Where it listens; the port is the real one also when 0 was configured.
    public InetSocketAddress address() {
        return http.address();
    }

    /// Stops in the reverse order of starting; may be called twice.
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.atWarn().setCause(e).log("a part did not stop cleanly");
            }
        }
    }
}
