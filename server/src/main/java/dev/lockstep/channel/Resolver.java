package dev.lockstep.channel;

import dev.lockstep.core.Column;
import dev.lockstep.core.Identity;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Topic;
import dev.lockstep.core.filter.ChangesGrammar;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Order;
import dev.lockstep.core.filter.OrderGrammar;
import dev.lockstep.core.filter.RestGrammar;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.feed.Fingerprint;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Access;
import dev.lockstep.policy.TableAccess;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.wire.ChangesBinding;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.FeedRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// From what a client asked for to a [Spec], under its rights of this moment. Cold; may wait for
/// the database. A refusal is a [FailureException] whose message is what the client is told.
final class Resolver {
    private static final int MAX_LIMIT = 10_000;
    private static final int DEFAULT_LIMIT = 1_000;

    /// Ids stay below 2²⁷, as other clients parse them.
    private static final int ID_SPACE = 1 << 27;

    private final Access access;
    private final FilterCompiler compiler;
    private final CatalogueKeeper catalogue;

    Resolver(Access access, FilterCompiler compiler, CatalogueKeeper catalogue) {
        this.access = access;
        this.compiler = compiler;
        this.catalogue = catalogue;
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

    /// A feed as resolved: its spec, the shape it was resolved on, and its first page.
    record ResolvedFeed(Spec.Feed spec, Relation relation, Snapshots.Page page) {
        /// The columns of the primary key.
        List<String> key() {
            return keys(relation);
        }
    }

    /// The ids of bindings, in their order: a stable hash of the parameters, never 0; different
    /// ones in one channel differ.
    static List<Integer> ids(List<ChangesBinding> bindings) {
        Map<String, Integer> given = new HashMap<>();
        Set<Integer> taken = new HashSet<>();
        List<Integer> ids = new ArrayList<>();
        for (ChangesBinding binding : bindings) {
            ids.add(
                    given.computeIfAbsent(
                            binding.json(), json -> free(Fingerprint.of(List.of(json)), taken)));
        }
        return ids;
    }

    /// The ids of feeds, in the same manner; where a question begins has no part in it.
    static List<Integer> feedIds(List<FeedRequest> requests) {
        Set<Integer> taken = new HashSet<>();
        return requests.stream()
                .map(r ->
                        free(
                                Fingerprint.of(
                                        List.of(
                                                r.table(),
                                                r.select().toString(),
                                                r.where().toString(),
                                                r.order().toString(),
                                                r.limit().toString(),
                                                Boolean.toString(r.total()))),
                                taken))
                .toList();
    }

    private static int free(long hash, Set<Integer> taken) {
        int id = (int) Long.remainderUnsigned(hash, ID_SPACE);
        while (id == 0 || !taken.add(id)) {
            id = (id + 1) % ID_SPACE;
        }
        return id;
    }

    /// All bindings of a channel; one that is refused refuses all, as clients expect.
    Spec.Changes changes(
            Codec codec, Topic topic, Identity identity, List<ChangesBinding> bindings) {
        return resolved(() -> changesNow(codec, topic, identity, bindings));
    }

    private Spec.Changes changesNow(
            Codec codec, Topic topic, Identity identity, List<ChangesBinding> bindings) {
        List<Integer> ids = ids(bindings);
        Set<Spec.Term> terms = new LinkedHashSet<>();
        for (int i = 0; i < bindings.size(); i++) {
            terms.addAll(terms(bindings.get(i), ids.get(i), identity));
        }
        return new Spec.Changes(
                codec,
                topic,
                identity.role(),
                wildcards(identity.role(), bindings),
                List.copyOf(terms));
    }

    private Map<String, Set<TableName>> wildcards(String role, List<ChangesBinding> bindings) {
        return bindings.stream()
                .filter(Resolver::isWildcard)
                .map(Resolver::schema)
                .distinct()
                .collect(Collectors.toMap(schema -> schema, schema -> tables(role, schema)));
    }

    /// The tables that a wildcard means for a role today.
    private Set<TableName> tables(String role, String schema) {
        return access.tables(role, schema).stream()
                .map(table -> table.relation().name())
                .collect(Collectors.toSet());
    }

    /// Whether a spec is what its role would be given today.
    boolean holds(Spec spec) {
        return switch (spec) {
            case Spec.Changes changes ->
                    changes.terms().stream()
                                    .allMatch(t ->
                                            reads(spec.role(), t.table(), t.oid(), t.readable()))
                            && changes.wildcards().entrySet().stream()
                                    .allMatch(w -> means(spec.role(), w.getKey(), w.getValue()));
            case Spec.Feed(_, _, var question, _) ->
                    reads(spec.role(), question.table(), question.oid(), question.readable());
        };
    }

    private boolean means(String role, String schema, Set<TableName> tables) {
        try {
            return tables(role, schema).equals(tables);
        } catch (FailureException e) {
            return false;
        }
    }

    private boolean reads(String role, TableName table, int oid, Set<String> columns) {
        try {
            TableAccess now = access.table(role, table);
            return now.relation().oid() == oid && now.readable().equals(columns);
        } catch (FailureException e) {
            return false;
        }
    }

    private static String schema(ChangesBinding binding) {
        return binding.schema().orElse("public");
    }

    private static boolean isWildcard(ChangesBinding binding) {
        return schema(binding).equals("*") || binding.table().orElse("*").equals("*");
    }

    private List<Spec.Term> terms(ChangesBinding binding, int id, Identity identity) {
        binding.problem().ifPresent(problem -> refuse(problem));
        String schema = schema(binding);
        String table = binding.table().orElse("*");
        Filter filter = filter(binding, schema, table);
        List<TableAccess> tables;
        try {
            tables =
                    isWildcard(binding)
                            ? access.tables(identity.role(), schema)
                            : List.of(access.table(identity.role(), new TableName(schema, table)));
        } catch (FailureException e) {
            if (e.failure() instanceof Failure.NotFound) {
                throw refusal(
                        "Unable to subscribe to changes with given parameters. Please check"
                                + " Realtime is enabled for the given connect parameters: "
                                + parameters(binding, schema, table),
                        e);
            }
            throw exception(binding, schema, table, e);
        }
        List<Spec.Term> terms = new ArrayList<>();
        for (TableAccess each : tables) {
            try {
                terms.add(term(binding, id, filter, each));
            } catch (FailureException e) {
                throw exception(binding, schema, table, e);
            }
        }
        return terms;
    }

    /// A text that cannot be read is refused in words of its own; one that reads but cannot be
    /// meant, as PostgreSQL would refuse it.
    private static Filter filter(ChangesBinding binding, String schema, String table) {
        try {
            return binding.filter().map(ChangesGrammar::parse).orElse(Filter.ALL);
        } catch (FailureException e) {
            if (e.failure().message().startsWith("Error parsing")) {
                throw e;
            }
            throw exception(binding, schema, table, e);
        }
    }

    private Spec.Term term(ChangesBinding binding, int id, Filter filter, TableAccess table) {
        Relation relation = table.table().relation();
        boolean asks = compiler.compile(filter, relation, table.readable()).asks();
        Set<String> shown = new LinkedHashSet<>(table.readable());
        binding.select()
                .ifPresent(select -> {
                    for (String column : select) {
                        if (!table.readable().contains(column)) {
                            refuse("invalid column for select " + column);
                        }
                    }
                    shown.retainAll(select);
                    keys(relation).stream().filter(table.readable()::contains).forEach(shown::add);
                });
        return new Spec.Term(
                relation.name(),
                relation.oid(),
                filter,
                table.readable(),
                asks,
                inOrder(relation, shown),
                binding.event(),
                id);
    }

    /// One live feed.
    ///
    /// @param id what the client knows it by
    ResolvedFeed feed(Codec codec, Topic topic, Identity identity, FeedRequest request, int id) {
        return resolved(() -> feedNow(codec, topic, identity, request, id));
    }

    private ResolvedFeed feedNow(
            Codec codec, Topic topic, Identity identity, FeedRequest request, int id) {
        TableAccess table = access.table(identity.role(), tableName(request.table()));
        Relation relation = table.table().relation();
        if (!relation.hasKey() || relation.identity() != ReplicaIdentity.FULL) {
            refuse(
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
        List<String> keys = keys(relation);
        keys.forEach(column -> known(table, column));
        shown.addAll(keys);
        shown.addAll(always);
        boolean asks = compiler.compile(where, relation, table.readable()).asks();
        int limit = request.limit().orElse(DEFAULT_LIMIT);
        if (limit < 0 || limit > MAX_LIMIT) {
            refuse("limit is " + limit + ": give a number from 0 to " + MAX_LIMIT);
        }
        List<String> columns = inOrder(relation, shown);
        Spec.Question question =
                new Spec.Question(
                        relation.name(),
                        relation.oid(),
                        where,
                        table.readable(),
                        asks,
                        columns,
                        inOrder(relation, always),
                        identity.role(),
                        Fingerprint.of(
                                List.of(
                                        relation.name().toString(),
                                        where.toString(),
                                        columns.toString(),
                                        identity.role())));
        return new ResolvedFeed(
                new Spec.Feed(codec, topic, question, id),
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
            refuse(
                    "column "
                            + table.table().relation().name().name()
                            + "."
                            + column
                            + " does not exist");
        }
    }

    private static TableName tableName(String text) {
        int dot = text.indexOf('.');
        return dot < 0
                ? new TableName("public", text)
                : new TableName(text.substring(0, dot), text.substring(dot + 1));
    }

    private static List<String> keys(Relation relation) {
        return relation.columns().stream().filter(Column::key).map(Column::name).toList();
    }

    private static List<String> inOrder(Relation relation, Set<String> names) {
        return relation.columns().stream().map(Column::name).filter(names::contains).toList();
    }

    private static void refuse(String words) {
        throw new FailureException(new Failure.Invalid("", words));
    }

    private static FailureException refusal(String words, FailureException cause) {
        return new FailureException(new Failure.Invalid("", words), cause);
    }

    private static FailureException exception(
            ChangesBinding binding, String schema, String table, FailureException cause) {
        return refusal(
                "Unable to subscribe to changes with given parameters. An exception happened so"
                        + " please check your connect parameters: "
                        + parameters(binding, schema, table)
                        + ". Exception: ERROR P0001 (raise_exception) "
                        + cause.failure().message(),
                cause);
    }

    /// The parameters as the reference prints them; users match on this text.
    private static String parameters(ChangesBinding binding, String schema, String table) {
        return ChangesGrammar.describe(
                binding.event(),
                schema,
                table,
                binding.filter().map(ChangesGrammar::terms).orElse(List.of()),
                binding.select());
    }
}
