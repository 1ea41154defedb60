package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Who may ask for how much, and how much was asked. Hot where a message is counted: no lock, and
/// no allocation for one that is allowed. Any thread.
public final class Limits {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration CALLS_WINDOW = Duration.ofSeconds(30);
    private static final Duration COME_BACK = Duration.ofSeconds(5);
    private static final String JOINS = "Too many joins per second";
    private static final String MESSAGES = "Too many messages per second";
    private static final String BATCH =
            "Too many messages to broadcast, please reduce the batch size";
    private static final String PRESENCE = "Too many presence messages per second";
    private static final String CALLS = "Client presence rate limit exceeded";

    private final LimitsConfig config;
    private final LongSupplier nanos;
    private final Accounts accounts;
    private final Meter allJoins = new Meter();
    private final Meter allMessages = new Meter();
    private final Meter allPresence = new Meter();
    private final Rate joins;
    private final Rate messages;
    private final Rate presence;
    private final Quota calls;

    /// One kind of asking: what all may together, one user, and one address.
    private record Rate(Quota all, Quota user, Quota address) {
        static Rate of(String name, String words, int all, int user, LimitsConfig config) {
            Quota one = Quota.of(name + "-per-user", words, user, SECOND, config.burst());
            return new Rate(
                    Quota.of(name, words, all, SECOND, config.burst()),
                    one,
                    one.times(config.usersPerAddress()));
        }

        Quota of(Account account) {
            return account.people == 1 ? user : address;
        }
    }

    /// How far a caller is from the nearer of its limits on messages.
    ///
    /// @param limit per second
    /// @param used per second, of late
    /// @param left what may come at once
    public record Use(long limit, long used, long left) {}

    /// @param nanos a clock that never goes back
    public Limits(LimitsConfig config, LongSupplier nanos) {
        this.config = config;
        this.nanos = nanos;
        this.accounts = new Accounts(config.accounts(), config.usersPerAddress());
        this.joins = Rate.of("joins", JOINS, config.joins(), config.joinsPerUser(), config);
        this.messages =
                Rate.of("messages", MESSAGES, config.messages(), config.messagesPerUser(), config);
        this.presence =
                Rate.of("presence", PRESENCE, config.presence(), config.presencePerUser(), config);
        this.calls =
                Quota.of(
                        "presence-calls",
                        CALLS,
                        config.presenceCalls(),
                        CALLS_WINDOW,
                        CALLS_WINDOW);
    }

    /// Before a handshake is granted. Counts nothing: handshakes that are decided at the same
    /// moment may exceed the number of connections by as many as they are.
    ///
    /// @throws FailureException `TooMany`, in the reference's words
    public void checkConnect(Identity identity, String address) {
        Account account = accounts.of(identity, address);
        long most = (long) config.connectionsPerUser() * account.people;
        if (most > 0 && account.connections.get() >= most) {
            throw new FailureException(
                    new Failure.TooMany(
                            "connections-per-user", most, "Too many connected users", COME_BACK));
        }
        // Who joined too often comes back with a new connection: that is where it is cheap to stop.
        refusal(joins, allJoins, account.joins, account)
                .ifPresent(refusal -> {
                    throw new FailureException(refusal);
                });
    }

    private Optional<Failure.TooMany> refusal(Rate rate, Meter all, Meter own, Account account) {
        long now = nanos.getAsLong();
        long wait = all.peek(rate.all(), 1, now);
        if (wait > 0) {
            return Optional.of(rate.all().exceeded(wait));
        }
        wait = own.peek(rate.of(account), 1, now);
        return wait > 0 ? Optional.of(rate.of(account).exceeded(wait)) : Optional.empty();
    }

    /// A connection is open: until [#disconnected] it counts.
    Account connected(Identity identity, String address) {
        return accounts.hold(identity, address, account -> account.connections.incrementAndGet());
    }

    void disconnected(Account account) {
        account.connections.decrementAndGet();
    }

    Optional<Failure.TooMany> join(Identity identity, String address) {
        Account account = accounts.of(identity, address);
        return take(joins, allJoins, account.joins, account, 1);
    }

    Optional<Failure.TooMany> message(Identity identity, String address) {
        Account account = accounts.of(identity, address);
        return take(messages, allMessages, account.messages, account, 1);
    }

    /// @param own the client's calls in this channel
    Optional<Failure.TooMany> presence(Identity identity, String address, Meter own) {
        long wait = own.take(calls, 1, nanos.getAsLong());
        if (wait > 0) {
            return Optional.of(calls.exceeded(wait));
        }
        Account account = accounts.of(identity, address);
        return take(presence, allPresence, account.presence, account, 1);
    }

    /// Messages that come by REST: all of them, or none.
    ///
    /// @throws FailureException `TooMany`
    public void messages(Identity identity, String address, int count) {
        Account account = accounts.of(identity, address);
        Quota own = messages.of(account);
        if (count > Math.min(messages.all().burst(), own.burst())) {
            throw new FailureException(own.exceeded(BATCH));
        }
        take(messages, allMessages, account.messages, account, count)
                .ifPresent(refusal -> {
                    throw new FailureException(refusal);
                });
    }

    public Use messagesUsed(Identity identity, String address) {
        Account account = accounts.of(identity, address);
        long now = nanos.getAsLong();
        Quota own = messages.of(account);
        boolean isOwn = account.messages.left(own, now) <= allMessages.left(messages.all(), now);
        Quota nearer = isOwn ? own : messages.all();
        long left = (isOwn ? account.messages : allMessages).left(nearer, now);
        return nearer.isOff()
                ? new Use(0, 0, 0)
                : new Use(
                        nearer.value(),
                        (nearer.burst() - left) * 1_000_000_000 / nearer.window(),
                        left);
    }

    private Optional<Failure.TooMany> take(
            Rate rate, Meter all, Meter own, Account account, int count) {
        long now = nanos.getAsLong();
        Quota quota = rate.of(account);
        long wait = own.take(quota, count, now);
        if (wait > 0) {
            return Optional.of(quota.exceeded(wait));
        }
        wait = all.take(rate.all(), count, now);
        if (wait > 0) {
            own.giveBack(quota, count);
            return Optional.of(rate.all().exceeded(wait));
        }
        return Optional.empty();
    }

    /// A member's feeds count from here until [#dropFeeds].
    ///
    /// @throws FailureException `TooMany`
    Account holdFeeds(Identity identity, String address, int count) {
        Account account = accounts.hold(identity, address, held -> held.feeds.addAndGet(count));
        long most = (long) config.feedsPerUser() * account.people;
        if (most > 0 && account.feeds.get() > most) {
            account.feeds.addAndGet(-count);
            throw new FailureException(
                    new Failure.TooMany(
                            "feeds-per-user",
                            most,
                            "Too many feeds: a user may have " + most,
                            COME_BACK));
        }
        return account;
    }

    void dropFeeds(Account account, int count) {
        account.feeds.addAndGet(-count);
    }

    LimitsConfig config() {
        return config;
    }

    /// How many accounts are kept.
    long count() {
        return accounts.count();
    }

    /// Forgets callers of whom nothing is left to count.
    void sweep() {
        accounts.sweep(nanos.getAsLong());
    }
}
