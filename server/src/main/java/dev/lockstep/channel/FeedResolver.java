package dev.lockstep.channel;

import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Topic;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Order;
import dev.lockstep.core.filter.OrderGrammar;
import dev.lockstep.core.filter.RestGrammar;
import dev.lockstep.feed.Fingerprint;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Access;
import dev.lockstep.policy.RowPlan;
import dev.lockstep.policy.RowPolicies;
import dev.lockstep.policy.RowRights;
import dev.lockstep.policy.TableAccess;
import dev.lockstep.postgres.Caller;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.FeedRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// From a live feed as asked for to its [Spec.Feed]. Cold; may wait for the database.
final class FeedResolver {
    private static final int MAX_LIMIT = 10_000;
    private static final int DEFAULT_LIMIT = 1_000;
    private static final int MAX_BATCH_MS = 10_000;

    /// Where rights are not known yet nothing is visible.
    private static final RowRights NOT_YET =
            new RowRights(Filter.NONE, true, List.of(), Optional.empty(), 0);

    private final Access access;
    private final RowPolicies policies;
    private final FilterCompiler compiler;

    FeedResolver(Access access, RowPolicies policies, FilterCompiler compiler) {
        this.access = access;
        this.policies = policies;
        this.compiler = compiler;
    }

    /// A feed as resolved, save for the rights that stand in rows: its spec without them, the shape
    /// it was resolved on, and its first page.
    record Resolved(
            Spec.Feed draft, Caller caller, RowPlan plan, Relation relation, Snapshots.Page page) {
        /// The columns of the primary key.
        List<String> key() {
            return Resolver.keys(relation);
        }
    }

    /// The feed under the rights that its plan has read.
    Spec.Feed complete(Resolved resolved, RowRights rights) {
        Spec.Feed draft = resolved.draft();
        Spec.Question asked = draft.question();
        boolean asks =
                compiler.compile(
                                asked.where(),
                                asked.readable(),
                                rights.visible(),
                                resolved.relation())
                        .asks();
        return new Spec.Feed(draft.codec(), draft.topic(), asked.under(rights, asks), draft.id());
    }

    Resolved resolve(Codec codec, Topic topic, Caller caller, FeedRequest request, int id) {
        TableAccess table = access.table(caller.role(), tableName(request.table()));
        Relation relation = table.relation();
        if (!relation.hasKey() || relation.identity() != ReplicaIdentity.FULL) {
            Resolver.refuse(
                    "table "
                            + relation.name()
                            + " cannot be a live feed: it needs a primary key and REPLICA IDENTITY"
                            + " FULL. Run: "
                            + (relation.hasKey()
                                    ? ""
                                    : "ALTER TABLE "
                                            + relation.name().quoted()
                                            + " ADD PRIMARY KEY (…); ")
                            + "ALTER TABLE "
                            + relation.name().quoted()
                            + " REPLICA IDENTITY FULL;");
        }
        Filter where = request.where().map(RestGrammar::parse).orElse(Filter.ALL);
        List<Order> order = request.order().map(OrderGrammar::parse).orElse(List.of());
        Set<String> always = new LinkedHashSet<>();
        for (Order by : order) {
            known(table, by.column());
            always.add(by.column());
        }
        Set<String> shown =
                new LinkedHashSet<>(request.select().orElse(List.copyOf(table.readable())));
        shown.forEach(column -> known(table, column));
        List<String> keys = Resolver.keys(relation);
        keys.forEach(column -> known(table, column));
        shown.addAll(keys);
        shown.addAll(always);
        compiler.compile(where, relation, table.readable());
        int limit = request.limit().orElse(DEFAULT_LIMIT);
        if (limit < 0 || limit > MAX_LIMIT) {
            Resolver.refuse("limit is " + limit + ": give a number from 0 to " + MAX_LIMIT);
        }
        long batchMs = request.batch().toMillis();
        if (batchMs < 0 || batchMs > MAX_BATCH_MS) {
            Resolver.refuse("batchMs is " + batchMs + ": give a number from 0 to " + MAX_BATCH_MS);
        }
        List<String> columns = Resolver.inOrder(relation, shown);
        Spec.Question question =
                new Spec.Question(
                        relation.name(),
                        relation.oid(),
                        where,
                        table.readable(),
                        NOT_YET,
                        false,
                        columns,
                        Resolver.inOrder(relation, always),
                        caller.role(),
                        (int) batchMs,
                        Fingerprint.of(
                                List.of(
                                        relation.name().toString(),
                                        where.toString(),
                                        columns.toString(),
                                        caller.role())));
        return new Resolved(
                new Spec.Feed(codec, topic, question, id),
                caller,
                policies.plan(caller, table),
                relation,
                new Snapshots.Page(withKeys(order, keys), limit, request.total()));
    }

    /// Ties in the asked-for order are broken by the key, so that a limit always cuts at the same
    /// row.
    private static List<Order> withKeys(List<Order> order, List<String> keys) {
        List<Order> whole = new ArrayList<>(order);
        keys.stream()
                .filter(key -> order.stream().noneMatch(by -> by.column().equals(key)))
                .forEach(key -> whole.add(new Order(key, false, false)));
        return whole;
    }

    private static void known(TableAccess table, String column) {
        if (!table.readable().contains(column)) {
            Resolver.refuse(
                    "column " + table.relation().name().name() + "." + column + " does not exist");
        }
    }

    private static TableName tableName(String text) {
        int dot = text.indexOf('.');
        return dot < 0
                ? new TableName("public", text)
                : new TableName(text.substring(0, dot), text.substring(dot + 1));
    }
}
