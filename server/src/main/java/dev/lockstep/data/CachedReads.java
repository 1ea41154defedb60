package dev.lockstep.data;

import dev.lockstep.cache.AnswerCache;
import dev.lockstep.cache.AnswerCache.Served;
import dev.lockstep.cache.Bypass;
import dev.lockstep.cache.Footing;
import dev.lockstep.cache.Question;
import dev.lockstep.core.Identity;
import dev.lockstep.policy.Grounds;
import dev.lockstep.postgres.Catalogue;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Reads that the cache may answer: whether it may is found once for each question, by its plan;
/// who asks it again needs none.
final class CachedReads {
    static final String HEADER = "lockstep-cache";

    /// Headers of a request that a read heeds. Others reach the statement only as
    /// `request.headers`, and what reads these is not kept.
    private static final List<String> HEEDED =
            List.of("accept", "prefer", "range", "accept-profile", "content-profile");

    private final AnswerCache<RestAnswer> cache;
    private final boolean always;

    /// @param preRequest whether a function runs before each statement
    CachedReads(AnswerCache<RestAnswer> cache, boolean preRequest) {
        this.cache = cache;
        this.always = !preRequest;
    }

    /// A request on its way to the database.
    interface Reading {
        /// Plans, the first time.
        ///
        /// @throws RestException as planning does
        RestPlan plan();

        /// Plans and asks.
        ///
        /// @throws RestException as the database does
        AnswerCache.Loaded<RestAnswer> load();
    }

    /// @param schemas the generation of the schemas that the reading plans by
    RestAnswer answer(RestRequest request, Identity identity, long schemas, Reading reading) {
        Served<RestAnswer> served = served(request, identity, schemas, reading);
        String word =
                switch (served) {
                    case Served.Hit<RestAnswer> _ -> "hit";
                    case Served.Miss<RestAnswer> _ -> "miss";
                    case Served.Bypassed<RestAnswer>(_, var reason) ->
                            "bypass; reason=" + reason.word();
                };
        return served.answer().with(HEADER, word);
    }

    private Served<RestAnswer> served(
            RestRequest request, Identity identity, long schemas, Reading reading) {
        if (isRefreshing(request)) {
            return cache.bypass(Bypass.REQUEST, reading::load);
        }
        if (!always) {
            return cache.bypass(Bypass.PRE_REQUEST, reading::load);
        }
        long generation = cache.generation();
        Question question = new Question(identity.role(), generation, text(request, schemas));
        Footing footing =
                cache.footing(question)
                        .orElseGet(() ->
                                cache.found(
                                        question,
                                        () -> footing(identity, generation, reading.plan())));
        return switch (footing) {
            case Footing.None(var reason) -> cache.bypass(reason, reading::load);
            case Footing.Firm firm -> cache.ask(question, firm, identity, reading::load);
        };
    }

    private Footing footing(Identity identity, long generation, RestPlan plan) {
        Optional<Uses> uses = plan.uses();
        Optional<Bypass> obstacle =
                uses.isEmpty() ? Optional.of(Bypass.FUNCTION) : uses.get().obstacle();
        if (obstacle.isPresent()) {
            return new Footing.None(obstacle.get());
        }
        Catalogue catalogue = cache.catalogue();
        Grounds grounds =
                Grounds.of(
                        catalogue,
                        identity.role(),
                        uses.get().relations(),
                        uses.get().functions(),
                        uses.get().attributes());
        return cache.footing(grounds, catalogue, generation);
    }

    /// Whether the asker wants it from the database.
    private static boolean isRefreshing(RestRequest request) {
        String control = request.header("cache-control").orElse("").toLowerCase(Locale.ROOT);
        return control.contains("no-cache") || control.contains("no-store");
    }

    /// All that counts, each part with its length, so that no two requests look alike.
    private static String text(RestRequest request, long schemas) {
        StringBuilder text = new StringBuilder(256);
        text.append(schemas).append(request.isHead() ? 'H' : 'G');
        request.path().forEach(segment -> add(text, segment));
        Map<String, List<String>> query =
                request.query().size() > 1 ? new TreeMap<>(request.query()) : request.query();
        query.forEach((name, values) -> {
            text.append('&');
            add(text, name);
            values.forEach(value -> add(text, value));
        });
        for (String name : HEEDED) {
            String value = request.headers().get(name);
            if (value != null) {
                text.append('#').append(name);
                add(text, value);
            }
        }
        return text.toString();
    }

    private static void add(StringBuilder text, String part) {
        text.append(part.length()).append(':').append(part);
    }
}
