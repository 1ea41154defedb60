package dev.lockstep.data;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.core.Identity;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tables, views and functions over HTTP: who asks, what is meant, one statement, an answer. Any
/// thread that may wait; keeps nothing between requests.
public final class DataApi {
    private static final Logger log = LoggerFactory.getLogger(DataApi.class);

    private final RestConfig config;
    private final SchemaKeeper schemas;
    private final Callers callers;
    private final Positions positions;
    private final Runner runner;

    /// @param database as the serving account, of which nobody else's requests take connections
    /// @param roles that a token may name
    public DataApi(
            RestConfig config,
            Database database,
            SchemaKeeper schemas,
            TokenVerifier tokens,
            Supplier<Set<String>> roles,
            ChangeFeed feed) {
        this.config = config;
        this.schemas = schemas;
        this.callers = new Callers(tokens, config, roles);
        this.positions = new Positions(feed, config.positionTimeout());
        this.runner = new Runner(database, config.preRequest(), config.maxRows());
    }

    /// Never throws: whatever goes wrong is an answer.
    public RestAnswer answer(RestRequest request) {
        try {
            return answered(request);
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
        Target target = target(request);
        Preferences preferences = Preferences.of(request);
        Media media = Media.of(request);
        positions.await(request);
        SchemaCache cache = schemas.current();
        try {
            return attempt(request, identity, target, preferences, media, cache);
        } catch (RestException e) {
            // What DDL made a moment ago is not refused because we did not look yet.
            Optional<SchemaCache> newer =
                    SqlErrors.mayBeStale(e.error()) ? newer(cache, asked) : Optional.empty();
            if (newer.isEmpty()) {
                throw e;
            }
            return attempt(request, identity, target, preferences, media, newer.get());
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

    private RestAnswer attempt(
            RestRequest request,
            Identity identity,
            Target target,
            Preferences preferences,
            Media media,
            SchemaCache cache) {
        RestPlan plan = plan(request, identity.role(), target, preferences, media, cache);
        RequestContext context =
                RequestContext.of(
                        request,
                        identity,
                        target.name().schema(),
                        config,
                        cache.settingsOf(identity.role()),
                        preferences.timezone(),
                        plan.settings());
        Answering answering = new Answering(request, config, preferences, media, plan);
        Runner.Result result =
                runner.run(
                        plan,
                        context,
                        cache.generation(),
                        answering.ending(),
                        config.anonRole().filter(identity.role()::equals).isPresent());
        return answering.answer(target.name().schema(), result);
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
