package dev.lockstep.channel;

import dev.lockstep.core.Column;
import dev.lockstep.core.Relation;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Access;
import dev.lockstep.policy.RowPolicies;
import dev.lockstep.policy.RowRights;
import dev.lockstep.policy.TableAccess;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.wire.ChangesBinding;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.FeedRequest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// From what a client asked for to a [Spec], under its rights of this moment. Cold; may wait for
/// the database. A refusal is a [FailureException] whose message is what the client is told.
final class Resolver {
    private final Access access;
    private final RowPolicies policies;
    private final RightsReader rights;
    private final CatalogueKeeper catalogue;
    private final ChangesResolver changes;
    private final FeedResolver feeds;

    Resolver(
            Access access,
            RowPolicies policies,
            RightsReader rights,
            FilterCompiler compiler,
            CatalogueKeeper catalogue) {
        this.access = access;
        this.policies = policies;
        this.rights = rights;
        this.catalogue = catalogue;
        this.changes = new ChangesResolver(access, policies, rights, compiler);
        this.feeds = new FeedResolver(access, policies, compiler);
    }

    /// Refuses only by a catalogue that was read after the question came: who makes a table and
    /// follows it at once is ahead of the log.
    private <T> T resolved(Supplier<T> attempt) {
        long asked = System.nanoTime();
        Catalogue before = catalogue.current();
        try {
            return attempt.get();
        } catch (FailureException e) {
            if (catalogue.refreshedSince(asked) == before) {
                throw e;
            }
            return attempt.get();
        }
    }

    /// All bindings of a channel.
    ChangesResolver.Resolved changes(
            Codec codec, Topic topic, Caller caller, List<ChangesBinding> bindings) {
        return resolved(() -> changes.resolve(codec, topic, caller, bindings));
    }

    /// One live feed.
    ///
    /// @param id what the client knows it by
    FeedResolver.Resolved feed(
            Codec codec, Topic topic, Caller caller, FeedRequest request, int id) {
        return resolved(() -> feeds.resolve(codec, topic, caller, request, id));
    }

    /// The feed under the rights that its plan has read.
    Spec.Feed complete(FeedResolver.Resolved feed, RowRights rights) {
        return feeds.complete(feed, rights);
    }

    /// A feed under rights that were read in a snapshot of their own.
    Completed completed(FeedResolver.Resolved feed) {
        RightsReader.Taken taken = rights.read(feed.caller(), List.of(feed.plan()));
        return new Completed(complete(feed, taken.rights().getFirst()), taken.asOf());
    }

    /// @param asOf since when its rights hold, where they were read from rows
    record Completed(Spec.Feed spec, Optional<AsOf> asOf) {}

    /// Whether a spec is what its caller would be given today, as far as the catalogue tells.
    boolean holds(Spec spec) {
        return switch (spec) {
            case Spec.Changes changes ->
                    changes.terms().stream().allMatch(t -> holds(spec.role(), t))
                            && changes.wildcards().entrySet().stream()
                                    .allMatch(w -> means(spec.role(), w.getKey(), w.getValue()));
            case Spec.Feed(_, _, var question, _) ->
                    holds(
                            question.role(),
                            question.table(),
                            question.oid(),
                            question.readable(),
                            question.rights());
        };
    }

    private boolean holds(String role, Spec.Term term) {
        return holds(role, term.table(), term.oid(), term.readable(), term.rights());
    }

    private boolean holds(
            String role, TableName table, int oid, Set<String> columns, RowRights rights) {
        try {
            TableAccess now = access.table(role, table);
            return now.relation().oid() == oid
                    && now.readable().equals(columns)
                    && policies.basis(role, table) == rights.basis();
        } catch (FailureException e) {
            return false;
        }
    }

    private boolean means(String role, String schema, Set<TableName> tables) {
        try {
            return changes.tables(role, schema).equals(tables);
        } catch (FailureException e) {
            return false;
        }
    }

    static List<String> keys(Relation relation) {
        return relation.columns().stream().filter(Column::key).map(Column::name).toList();
    }

    static List<String> inOrder(Relation relation, Set<String> names) {
        return relation.columns().stream().map(Column::name).filter(names::contains).toList();
    }

    static void refuse(String words) {
        throw new FailureException(new Failure.Invalid("", words));
    }

    static FailureException refusal(String words, FailureException cause) {
        return new FailureException(new Failure.Invalid("", words), cause);
    }
}
