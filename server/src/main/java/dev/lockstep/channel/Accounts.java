package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The accounts of all who are here or were lately. Bounded: who comes when it is full shares one
/// account with all others who do. Any thread.
final class Accounts {
    private final int max;
    private final Account others;
    private final Ledger users;
    private final Ledger addresses;

    /// @param max accounts that are kept
    /// @param usersPerAddress how many people an address may be
    Accounts(int max, int usersPerAddress) {
        this.max = max;
        this.others = new Account(usersPerAddress);
        this.users = new Ledger(1);
        this.addresses = new Ledger(usersPerAddress);
    }

    /// Accounts by one kind of name.
    private final class Ledger {
        private final ConcurrentHashMap<String, Account> accounts = new ConcurrentHashMap<>();
        private final int people;

        Ledger(int people) {
            this.people = people;
        }

        Account find(String name) {
            Account known = accounts.get(name);
            if (known != null) {
                return known;
            }
            return isFull() ? others : accounts.computeIfAbsent(name, _ -> new Account(people));
        }

        /// Under the map's lock for the name, or a sweep could drop the account in between.
        Account hold(String name, Consumer<Account> hold) {
            if (isFull() && !accounts.containsKey(name)) {
                hold.accept(others);
                return others;
            }
            return accounts.compute(
                    name,
                    (_, known) -> {
                        Account account = known == null ? new Account(people) : known;
                        hold.accept(account);
                        return account;
                    });
        }

        void sweep(long now) {
            for (String name : accounts.keySet()) {
                accounts.computeIfPresent(
                        name, (_, account) -> account.isIdle(now) ? null : account);
            }
        }
    }

    /// Hot: two look-ups for a caller who is known.
    Account of(Identity identity, String address) {
        String subject = subject(identity);
        return subject == null ? addresses.find(address) : users.find(subject);
    }

    /// The caller's account, once `hold` has put on it what keeps it from being swept.
    Account hold(Identity identity, String address, Consumer<Account> hold) {
        String subject = subject(identity);
        return subject == null ? addresses.hold(address, hold) : users.hold(subject, hold);
    }

    private static @Nullable String subject(Identity identity) {
        return identity.claims().get("sub") instanceof String text && !text.isEmpty() ? text : null;
    }

    long count() {
        return users.accounts.mappingCount() + addresses.accounts.mappingCount();
    }

    private boolean isFull() {
        return count() >= max;
    }

    /// Forgets those of whom nothing is left to count.
    void sweep(long now) {
        users.sweep(now);
        addresses.sweep(now);
    }
}
