package dev.lockstep.policy;

import dev.lockstep.core.Identity;
import dev.lockstep.core.TableName;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Catalogue;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/// On what the answer to a read stands, besides what was asked, the role, and the definitions in
/// the catalogue: rows of tables, and claims. Found through views, functions and row policies.
///
/// @param tables whose rows it reads
/// @param claims that it reads, by name
/// @param allClaims whether it reads the claims as a whole
/// @param headers whether it reads the request's headers
/// @param unseen what could not be seen through, in words for a person; where there is any, the
///   rest may not be all
public record Grounds(
        Set<TableName> tables,
        Set<String> claims,
        boolean allClaims,
        boolean headers,
        Set<String> unseen) {
    public Grounds {
        tables = Set.copyOf(tables);
        claims = Set.copyOf(claims);
        unseen = Set.copyOf(unseen);
    }

    /// @param relations tables and views that a statement reads, under the role's own policies
    /// @param functions `schema.name` that it calls
    /// @param attributes that are no columns of their relation, and so functions of its rows
    public static Grounds of(
            Catalogue catalogue,
            String role,
            Collection<TableName> relations,
            Collection<String> functions,
            Collection<String> attributes) {
        Sight sight = new Sight(catalogue, role, Sight.Whose.ALL);
        Reads all = new Reads();
        relations.forEach(name -> all.add(sight.ofRelation(name)));
        functions.forEach(name -> all.add(sight.ofFunction(name)));
        attributes.forEach(name -> all.add(sight.ofFunctionAnywhere(name)));
        return new Grounds(all.tables, all.claims, all.allClaims, all.headers, all.unseen);
    }

    /// Those claims that count, in a text: callers for whom it is equal, and who have the same
    /// role, get the same answer.
    public String claimsOf(Identity identity) {
        if (allClaims) {
            return identity.claimsJson();
        }
        if (claims.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        for (String claim : new TreeSet<>(claims)) {
            if (!(identity.claims().get(claim) instanceof String value)) {
                return exactly(identity); // absent is not null, and 1 is not "1"
            }
            text.append(value.length()).append(':').append(value);
        }
        return text.toString();
    }

    private String exactly(Identity identity) {
        Reads reads = new Reads();
        reads.claims.addAll(claims);
        return new CallerClaims(Caller.of(identity, "")).of(reads);
    }
}
