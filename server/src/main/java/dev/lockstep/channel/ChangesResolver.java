package dev.lockstep.channel;

import dev.lockstep.core.Relation;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Topic;
import dev.lockstep.core.filter.ChangesGrammar;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Access;
import dev.lockstep.policy.RowPlan;
import dev.lockstep.policy.RowPolicies;
import dev.lockstep.policy.RowRights;
import dev.lockstep.policy.TableAccess;
import dev.lockstep.postgres.Caller;
import dev.lockstep.wire.ChangesBinding;
import dev.lockstep.wire.Codec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// From a channel's `postgres_changes` bindings to a [Spec.Changes]. Cold; may wait for the
/// database. Refuses in the reference's words, which users match on.
final class ChangesResolver {
    private final Access access;
    private final RowPolicies policies;
    private final RightsReader rights;
    private final FilterCompiler compiler;

    ChangesResolver(
            Access access, RowPolicies policies, RightsReader rights, FilterCompiler compiler) {
        this.access = access;
        this.policies = policies;
        this.rights = rights;
        this.compiler = compiler;
    }

    /// Bindings as resolved.
    ///
    /// @param asOf since when its rights hold, where they were read from rows
    record Resolved(Spec.Changes spec, Optional<AsOf> asOf) {}

    /// A binding on one table, before its rights are known.
    private record Draft(
            ChangesBinding binding,
            int id,
            Filter filter,
            TableAccess table,
            List<String> columns) {}

    /// All bindings of a channel; one that is refused refuses all, as clients expect.
    Resolved resolve(Codec codec, Topic topic, Caller caller, List<ChangesBinding> bindings) {
        List<Integer> ids = QuestionIds.of(bindings);
        List<Draft> drafts = new ArrayList<>();
        Map<TableName, RowPlan> plans = new LinkedHashMap<>();
        for (int i = 0; i < bindings.size(); i++) {
            for (Draft draft : drafts(bindings.get(i), ids.get(i), caller)) {
                drafts.add(draft);
                plan(draft, caller, plans);
            }
        }
        RightsReader.Taken taken = rights.read(caller, List.copyOf(plans.values()));
        List<TableName> tables = List.copyOf(plans.keySet());
        Set<Spec.Term> terms = new LinkedHashSet<>();
        for (Draft draft : drafts) {
            int table = tables.indexOf(draft.table().relation().name());
            terms.add(term(draft, taken.rights().get(table)));
        }
        return new Resolved(
                new Spec.Changes(
                        codec,
                        topic,
                        caller.role(),
                        wildcards(caller.role(), bindings),
                        List.copyOf(terms)),
                taken.asOf());
    }

    private void plan(Draft draft, Caller caller, Map<TableName, RowPlan> plans) {
        TableName name = draft.table().relation().name();
        if (!plans.containsKey(name)) {
            try {
                plans.put(name, policies.plan(caller, draft.table()));
            } catch (FailureException e) {
                throw exception(
                        draft.binding(),
                        schema(draft.binding()),
                        draft.binding().table().orElse("*"),
                        e);
            }
        }
    }

    private Map<String, Set<TableName>> wildcards(String role, List<ChangesBinding> bindings) {
        return bindings.stream()
                .filter(ChangesResolver::isWildcard)
                .map(ChangesResolver::schema)
                .distinct()
                .collect(Collectors.toMap(schema -> schema, schema -> tables(role, schema)));
    }

    /// The tables that a wildcard means for a role today.
    Set<TableName> tables(String role, String schema) {
        return access.tables(role, schema).stream()
                .map(table -> table.relation().name())
                .collect(Collectors.toSet());
    }

    private static String schema(ChangesBinding binding) {
        return binding.schema().orElse("public");
    }

    private static boolean isWildcard(ChangesBinding binding) {
        return schema(binding).equals("*") || binding.table().orElse("*").equals("*");
    }

    private List<Draft> drafts(ChangesBinding binding, int id, Caller caller) {
        binding.problem().ifPresent(problem -> Resolver.refuse(problem));
        String schema = schema(binding);
        String table = binding.table().orElse("*");
        Filter filter = filter(binding, schema, table);
        List<TableAccess> tables;
        try {
            tables =
                    isWildcard(binding)
                            ? access.tables(caller.role(), schema)
                            : List.of(access.table(caller.role(), new TableName(schema, table)));
        } catch (FailureException e) {
            if (e.failure() instanceof Failure.NotFound) {
                throw Resolver.refusal(
                        "Unable to subscribe to changes with given parameters. Please check"
                                + " Realtime is enabled for the given connect parameters: "
                                + parameters(binding, schema, table),
                        e);
            }
            throw exception(binding, schema, table, e);
        }
        List<Draft> drafts = new ArrayList<>();
        for (TableAccess each : tables) {
            try {
                drafts.add(draft(binding, id, filter, each));
            } catch (FailureException e) {
                throw exception(binding, schema, table, e);
            }
        }
        return drafts;
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

    private Draft draft(ChangesBinding binding, int id, Filter filter, TableAccess table) {
        Relation relation = table.relation();
        compiler.compile(filter, relation, table.readable());
        Set<String> shown = new LinkedHashSet<>(table.readable());
        binding.select()
                .ifPresent(select -> {
                    for (String column : select) {
                        if (!table.readable().contains(column)) {
                            Resolver.refuse("invalid column for select " + column);
                        }
                    }
                    shown.retainAll(select);
                    Resolver.keys(relation).stream()
                            .filter(table.readable()::contains)
                            .forEach(shown::add);
                });
        return new Draft(binding, id, filter, table, Resolver.inOrder(relation, shown));
    }

    private Spec.Term term(Draft draft, RowRights rights) {
        Relation relation = draft.table().relation();
        Set<String> readable = draft.table().readable();
        boolean asks =
                compiler.compile(draft.filter(), readable, rights.visible(), relation).asks();
        return new Spec.Term(
                relation.name(),
                relation.oid(),
                draft.filter(),
                readable,
                rights,
                asks,
                draft.columns(),
                draft.binding().event(),
                draft.id());
    }

    private static FailureException exception(
            ChangesBinding binding, String schema, String table, FailureException cause) {
        return Resolver.refusal(
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
