package dev.lockstep.data;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.cache.AnswerCache;
import dev.lockstep.core.Identity;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.TableName;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.SchemaCache;
import dev.lockstep.data.schema.SchemaKeeper;
import dev.lockstep.error.FailureException;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.postgres.Database;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tables, views and functions over HTTP: who asks, what is meant, one statement, an answer. Any
/// thread that may wait; keeps nothing between requests but what the cache does.
public final class DataApi {
    private static final Logger log = LoggerFactory.getLogger(DataApi.class);

    private final RestConfig config;
    private final SchemaKeeper schemas;
    private final Callers callers;
    private final Positions positions;
    private final Runner runner;
    private final Optional<AnswerCache<RestAnswer>> cache;
    private final Optional<CachedReads> reads;

    /// @param database as the serving account, of which nobody else's requests take connections
    /// @param roles that a token may name
    /// @param cache of reads; nothing where none is kept
    public DataApi(
            RestConfig config,
            Database database,
            SchemaKeeper schemas,
            TokenVerifier tokens,
            Supplier<Set<String>> roles,
            ChangeFeed feed,
            Optional<AnswerCache<RestAnswer>> cache) {
        this.config = config;
        this.schemas = schemas;
        this.callers = new Callers(tokens, config, roles);
        this.positions = new Positions(feed, config.positionTimeout());
        this.runner = new Runner(database, config.preRequest(), config.maxRows());
        this.cache = cache;
        this.reads = cache.map(one -> new CachedReads(one, config.preRequest().isPresent()));
    }

    /// Never throws: whatever goes wrong is an answer.
    public RestAnswer answer(RestRequest request) {
        try {
            return Validators.sent(request, answered(request));
        } catch (RestException e) {
            return e.error().answer();
        } catch (RuntimeException e) {
            log.atError()
                    .addKeyValue("requestId", request.id())
                    .addKeyValue("method", request.method())
                    .setCause(e)
                    .log("request failed");
            return RestError.of(
                            500,
                            "PGRSTX00",
                            "Something went wrong on the server. Reference: " + request.id() + ".")
                    .answer();
        }
    }

    private RestAnswer answered(RestRequest request) {
        long asked = System.nanoTime();
        Identity identity = callers.identify(request);
        positions.await(request);
        SchemaCache now = schemas.current();
        try {
            return attempt(request, identity, now);
        } catch (RestException e) {
            // What DDL made a moment ago is not refused because we did not look yet.
            Optional<SchemaCache> newer =
                    SqlErrors.mayBeStale(e.error()) ? newer(now, asked) : Optional.empty();
            if (newer.isEmpty()) {
                throw e;
            }
            return attempt(request, identity, newer.get());
        }
    }

    private Optional<SchemaCache> newer(SchemaCache cache, long asked) {
        try {
            return Optional.of(schemas.since(asked))
                    .filter(now -> now.generation() != cache.generation());
        } catch (FailureException e) {
            log.atDebug().setCause(e).log("schemas were not read for a second attempt");
            return Optional.empty();
        }
    }

    /// What the path names.
    private record Target(TableName name, boolean function) {}

    private Target target(RestRequest request) {
        List<String> path = request.path();
        boolean function = path.size() == 2 && path.getFirst().equals("rpc");
        if (path.isEmpty() || path.getLast().isEmpty() || path.size() > 1 && !function) {
            throw RestErrors.invalidPath().thrown();
        }
        Optional<String> profile =
                request.header(request.isRead() ? "accept-profile" : "content-profile");
        String schema = profile.orElse(config.schemas().getFirst());
        if (!config.schemas().contains(schema)) {
            throw RestErrors.schema(schema, config.schemas()).thrown();
        }
        return new Target(new TableName(schema, path.getLast()), function);
    }

    private RestAnswer attempt(RestRequest request, Identity identity, SchemaCache schema) {
        Reading reading = new Reading(request, identity, schema);
        if (request.isRead() && reads.isPresent()) {
            return reads.get().answer(request, identity, schema.generation(), reading);
        }
        return reading.load().answer();
    }

    /// One request on its way to the database, by one state of the schemas. Planned once.
    private final class Reading implements CachedReads.Reading {
        private final RestRequest request;
        private final Identity identity;
        private final SchemaCache schema;
        private @Nullable Planned planned;

        private record Planned(
                Target target, Preferences preferences, Media media, RestPlan plan) {}

        Reading(RestRequest request, Identity identity, SchemaCache schema) {
            this.request = request;
            this.identity = identity;
            this.schema = schema;
        }

        @Override
        public RestPlan plan() {
            return planned().plan();
        }

        private Planned planned() {
            Planned known = planned;
            if (known == null) {
                Target target = target(request);
                Preferences preferences = Preferences.of(request);
                Media media = Media.of(request);
                RestPlan plan =
                        DataApi.this.plan(
                                request, identity.role(), target, preferences, media, schema);
                known = new Planned(target, preferences, media, plan);
                planned = known;
            }
            return known;
        }

        @Override
        public AnswerCache.Loaded<RestAnswer> load() {
            Planned known = planned();
            RestPlan plan = known.plan();
            RequestContext context =
                    RequestContext.of(
                            request,
                            identity,
                            known.target().name().schema(),
                            config,
                            schema.settingsOf(identity.role()),
                            known.preferences().timezone(),
                            plan.settings());
            Answering answering =
                    new Answering(request, config, known.preferences(), known.media(), plan);
            long asked = System.nanoTime();
            boolean keeps = request.isRead() && cache.isPresent();
            Runner.Result result =
                    runner.run(
                            plan,
                            context,
                            schema.generation(),
                            answering.ending(),
                            keeps ? Runner.Sight.ONE_SNAPSHOT : Runner.Sight.EACH_STATEMENT,
                            config.anonRole().filter(identity.role()::equals).isPresent());
            if (cache.isPresent() && result.position().isPresent()) {
                cache.get().wrote(Lsn.parse(result.position().get()), asked);
            }
            RestAnswer answer =
                    Validators.tagged(
                            request, answering.answer(known.target().name().schema(), result));
            return new AnswerCache.Loaded<>(
                    answer,
                    answer.status() == 200 || answer.status() == 206,
                    result.taken().map(Runner.Taken::snapshot),
                    result.taken().map(Runner.Taken::flushed));
        }
    }

    private RestPlan plan(
            RestRequest request,
            String role,
            Target target,
            Preferences preferences,
            Media media,
            SchemaCache cache) {
        if (target.function()) {
            return switch (request.method()) {
                case "GET", "HEAD", "POST" ->
                        new CallStatement(cache, config, target.name(), request, preferences, media)
                                .call(role);
                default ->
                        throw RestError.of(
                                        405,
                                        "PGRST101",
                                        "Cannot use the " + request.method() + " method on RPC")
                                .thrown();
            };
        }
        if (!Set.of("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE").contains(request.method())) {
            throw RestErrors.method(request.method()).thrown();
        }
        ExposedRelation relation =
                cache.relation(target.name())
                        .orElseThrow(() ->
                                RestErrors.noTable(target.name(), known(cache, target, role))
                                        .thrown());
        Query query = QueryReader.read(request, false);
        if (request.isRead()) {
            return read(request, query, relation, preferences, media, cache);
        }
        WriteStatement write =
                new WriteStatement(
                        cache, config, relation, query, preferences, media, request.body());
        return switch (request.method()) {
            case "POST" -> write.insert();
            case "PATCH" -> write.update(role);
            case "PUT" -> write.put();
            default -> write.delete(role);
        };
    }

    /// What the role may know of, for "perhaps you meant".
    private static List<String> known(SchemaCache cache, Target target, String role) {
        return cache.relations().values().stream()
                .filter(one -> one.name().schema().equals(target.name().schema()))
                .filter(one -> one.roles().contains(role))
                .map(one -> one.name().name())
                .toList();
    }

    private RestPlan read(
            RestRequest request,
            Query query,
            ExposedRelation relation,
            Preferences preferences,
            Media media,
            SchemaCache cache) {
        ReadNode node =
                ReadPlanner.plan(
                        cache,
                        config,
                        query,
                        new ReadNode.Source.Table(relation.name()),
                        relation.name().name(),
                        Optional.of(relation.name()));
        return ReadStatement.of(
                node,
                new ReadStatement.Wish(
                        RestPlan.Kind.READ,
                        request.isHead() ? Tail.Shape.NONE : Tail.shape(media),
                        media.nullsStripped(),
                        preferences,
                        query.sliceAt(List.of()),
                        config.maxRows(),
                        true,
                        java.util.Map.of()));
    }
}
