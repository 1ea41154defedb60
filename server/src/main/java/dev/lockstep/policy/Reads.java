package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import java.util.Set;
import java.util.TreeSet;

/// What the value of an SQL expression depends on, besides the columns that it names. Gathered by
/// [Sight]; not shared between threads.
final class Reads {
    /// Whose rows are read, directly or through views, functions and their policies.
    final Set<TableName> tables = new TreeSet<>(TableNames.ORDER);

    /// Claims by name; see [#allClaims].
    final Set<String> claims = new TreeSet<>();

    /// What could not be seen through, in words for a person: a function, a setting, the time.
    final Set<String> unseen = new TreeSet<>();

    /// Whether it reads the claims as a whole.
    boolean allClaims;

    /// Whether it reads the request's headers.
    boolean headers;

    Reads add(Reads other) {
        tables.addAll(other.tables);
        claims.addAll(other.claims);
        unseen.addAll(other.unseen);
        allClaims |= other.allClaims;
        headers |= other.headers;
        return this;
    }

    /// Whether the caller's claims, role and headers alone decide.
    boolean isOfCallerAlone() {
        return tables.isEmpty() && unseen.isEmpty();
    }
}
