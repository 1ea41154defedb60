package dev.lockstep.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.lockstep.cache.Touches.Seen;
import dev.lockstep.core.Identity;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Snapshot;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.policy.Grounds;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.telemetry.CacheMeters;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Answers, and whether they are still true. Any thread that may wait.
///
/// An answer is kept with the snapshot that it was read in. It is kept, and served, only while that
/// snapshot sees every decoded transaction on the tables that the answer stands on ([Touches]), the
/// definitions are those of its question, and the log is known to have been decoded to its end a
/// moment ago ([Freshness]). So an answer is never older than
///
/// - what was decoded before it was asked for,
/// - the position that the asker names, and any write that went through this server: the feed is
///   waited for, shortly, and then the database is asked,
/// - `cache.max-lag`.
///
/// Equal questions that come while one is being answered wait for that answer and then look again;
/// they take it unseen only where its query began after they came. A failure is its own asker's
/// alone: who waited for it asks for himself.
///
/// @param <A> an answer
public final class AnswerCache<A> implements AutoCloseable {
    /// How long a read waits for the feed to tell of what this server wrote itself.
    private static final Duration OWN_WRITES = Duration.ofMillis(50);

    /// How long one waits for another's query.
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// One answer takes at most so much of the whole.
    private static final int SHARE = 16;

    /// What is known of questions takes so much of it.
    private static final int QUESTIONS_SHARE = 8;

    /// Callers whose claims are remembered.
    private static final int MAX_CALLERS = 10_000;

    /// Bytes of objects around an answer or a question, roughly.
    private static final int AROUND = 400;

    private final CacheConfig config;
    private final Touches touches;
    private final ChangeFeed feed;
    private final BooleanSupplier streaming;
    private final Supplier<Catalogue> catalogue;
    private final ToIntFunction<A> size;
    private final CacheMeters meters;
    private final Freshness freshness = new Freshness();
    private final Horizons horizons = new Horizons();
    private final Probe probe;

    private final Cache<Question, Footing> footings;
    private final Cache<Key, Entry<A>> entries;
    private final ConcurrentMap<Key, Flight<A>> flights = new ConcurrentHashMap<>();

    /// Of a token that is known, what each set of claims comes to: taking them out of its text
    /// costs more than the rest of a hit.
    private final Cache<Identity, ConcurrentMap<Set<String>, String>> claims =
            Caffeine.newBuilder().weakKeys().maximumSize(MAX_CALLERS).build();

    /// The furthest position that this server wrote up to.
    private final AtomicLong written = new AtomicLong();

    /// Rises with each change of the catalogue, and when the log does not go on where it was.
    private final AtomicLong generation = new AtomicLong();

    private record Key(Question question, String claims) {}

    private record Entry<A>(A answer, Seen seen, int weight) {}

    /// What it takes to keep answers.
    ///
    /// @param touches that the replication reader writes before the feed's head moves
    /// @param streaming whether the log is being read
    /// @param flushed asks PostgreSQL how far its log is flushed
    public record Ground(
            Touches touches,
            ChangeFeed feed,
            BooleanSupplier streaming,
            Supplier<Catalogue> catalogue,
            Supplier<Lsn> flushed,
            CacheMeters meters) {}

    /// @param size bytes of an answer
    public AnswerCache(CacheConfig config, Ground ground, ToIntFunction<A> size) {
        this.config = config;
        this.touches = ground.touches();
        this.feed = ground.feed();
        this.streaming = ground.streaming();
        this.catalogue = ground.catalogue();
        this.meters = ground.meters();
        this.size = size;
        long forQuestions = config.maxBytes() / QUESTIONS_SHARE;
        this.footings =
                Caffeine.newBuilder()
                        .maximumWeight(forQuestions)
                        .weigher((Question question, Footing _) ->
                                AROUND + 2 * question.text().length())
                        .build();
        this.entries =
                Caffeine.newBuilder()
                        .maximumWeight(config.maxBytes() - forQuestions)
                        .weigher((Key _, Entry<A> entry) -> entry.weight())
                        .expireAfterWrite(config.ttl())
                        .build();
        this.probe = new Probe(freshness, ground.flushed(), config.maxLag().dividedBy(4));
        meters.holds(this::bytes, () -> entries.asMap().size());
    }

    /// What the database gave.
    ///
    /// @param good whether others may have it too
    /// @param snapshot that it was read in; empty where that is not known
    /// @param flushed how far PostgreSQL's log was flushed then
    public record Loaded<A>(
            A answer, boolean good, Optional<Snapshot> snapshot, Optional<Lsn> flushed) {}

    /// Asks the database, on the asker's own behalf.
    public interface Source<A> {
        Loaded<A> load();
    }

    /// How an answer came to be.
    public sealed interface Served<A> {
        A answer();

        record Hit<A>(A answer) implements Served<A> {}

        record Miss<A>(A answer) implements Served<A> {}

        record Bypassed<A>(A answer, Bypass reason) implements Served<A> {}
    }

    /// Part of a question: of which definitions it is.
    public long generation() {
        return generation.get();
    }

    /// The catalogue is another now. Does not wait.
    public void redefined() {
        claims.invalidateAll();
        generation.incrementAndGet();
    }

    /// The log is read again after an interruption: what was certain of its end before says nothing
    /// of what was written meanwhile.
    public void resumed() {
        freshness.forget();
    }

    /// Another life of the log begins: nothing that is kept counts any more.
    public void forget() {
        touches.forget();
        freshness.forget();
        horizons.forget();
        generation.incrementAndGet();
        written.set(0);
    }

    /// This server has written up to here: no read that comes from now on is older.
    public void wrote(Lsn position, long asked) {
        written.accumulateAndGet(
                position.value(), (a, b) -> Long.compareUnsigned(a, b) >= 0 ? a : b);
        freshness.sampled(position, asked);
    }

    /// What was found of a question before.
    public Optional<Footing> footing(Question question) {
        return Optional.ofNullable(footings.getIfPresent(question));
    }

    /// Finds whether answers to a question may be kept.
    public Footing found(Question question, Supplier<Footing> finding) {
        Footing footing = finding.get();
        footings.put(question, footing);
        return footing;
    }

    /// Whether an answer that stands on these may be kept under the catalogue of today.
    public Footing footing(Grounds grounds, Catalogue of, long ofGeneration) {
        return Footing.of(grounds, of, ofGeneration, config.exceptTables());
    }

    /// The newest catalogue.
    public Catalogue catalogue() {
        return catalogue.get();
    }

    /// An answer that nobody else can have.
    public Served<A> bypass(Bypass reason, Source<A> source) {
        meters.bypassed(reason.word());
        return new Served.Bypassed<>(source.load().answer(), reason);
    }

    /// An answer from here or from the database.
    ///
    /// @param identity whose role is the question's
    public Served<A> ask(
            Question question, Footing.Firm footing, Identity identity, Source<A> source) {
        long asked = System.nanoTime();
        if (!streaming.getAsBoolean()) {
            return bypass(Bypass.LOG, source);
        }
        probe.wanted();
        // Where this cannot be said, an answer may still be kept for when it can.
        boolean current = reachesOwnWrites() && isAtHead(asked);
        Key key = new Key(question, claimsOf(identity, footing.grounds()));
        if (current) {
            @Nullable A found = find(key);
            if (found == null) {
                Flight<A> before = flights.get(key);
                if (before != null && before.ended(PATIENCE)) {
                    found = find(key);
                }
            }
            if (found != null) {
                meters.hit();
                return new Served.Hit<>(found);
            }
        }
        return fly(key, footing, asked, source);
    }

    private String claimsOf(Identity identity, Grounds grounds) {
        if (grounds.allClaims() || grounds.claims().isEmpty()) {
            return grounds.claimsOf(identity);
        }
        return claims.get(identity, _ -> new ConcurrentHashMap<>())
                .computeIfAbsent(grounds.claims(), _ -> grounds.claimsOf(identity));
    }

    /// Asks the database, or waits for somebody who began to after we came.
    private Served<A> fly(Key key, Footing.Firm footing, long asked, Source<A> source) {
        Flight<A> mine = new Flight<>(System.nanoTime());
        Flight<A> other = flights.putIfAbsent(key, mine);
        if (other != null && other.began() - asked >= 0) {
            Optional<A> shared = other.result(PATIENCE);
            if (shared.isPresent()) {
                meters.hit();
                return new Served.Hit<>(shared.get());
            }
        }
        meters.missed();
        try {
            Loaded<A> loaded = source.load();
            sampled(loaded, mine.began());
            keep(key, footing, loaded, mine.began());
            mine.end(loaded.good() ? Optional.of(loaded.answer()) : Optional.empty());
            return new Served.Miss<>(loaded.answer());
        } finally {
            mine.end(Optional.empty());
            flights.remove(key, mine);
        }
    }

    private @Nullable A find(Key key) {
        Entry<A> entry = entries.getIfPresent(key);
        if (entry == null) {
            return null;
        }
        if (key.question().generation() != generation.get() || !touches.holds(entry.seen())) {
            entries.asMap().remove(key, entry);
            return null;
        }
        return entry.answer();
    }

    private void keep(Key key, Footing.Firm footing, Loaded<A> loaded, long asked) {
        if (!loaded.good() || loaded.snapshot().isEmpty()) {
            return;
        }
        int weight =
                AROUND
                        + size.applyAsInt(loaded.answer())
                        + 2 * (key.question().text().length() + key.claims().length());
        if (weight > config.maxBytes() / SHARE) {
            return;
        }
        Snapshot snapshot = loaded.snapshot().get();
        Optional<Seen> seen = touches.seen(footing.grounds().tables(), snapshot, asked);
        boolean whole =
                seen.isPresent()
                        && horizons.allow(
                                footing.grounds().tables(),
                                snapshot,
                                seen.get().definitions(),
                                footing.generation());
        if (whole) {
            entries.put(key, new Entry<>(loaded.answer(), seen.get(), weight));
        }
    }

    private void sampled(Loaded<A> loaded, long asked) {
        loaded.flushed().ifPresent(flushed -> freshness.sampled(flushed, asked));
    }

    /// Whether what this server wrote is known here.
    private boolean reachesOwnWrites() {
        Lsn position = new Lsn(written.get());
        if (position.equals(Lsn.NONE) || !feed.head().isBefore(position)) {
            return true;
        }
        try {
            return feed.awaitBeyond(new Lsn(position.value() - 1), OWN_WRITES)
                    && !feed.head().isBefore(position);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean isAtHead(long now) {
        return freshness.isProven(now - config.maxLag().toNanos(), feed.head());
    }

    private long bytes() {
        return entries.policy()
                .eviction()
                .map(eviction -> eviction.weightedSize().orElse(0))
                .orElse(0L);
    }

    /// Ends the looking at PostgreSQL's log.
    @Override
    public void close() {
        probe.close();
    }
}
