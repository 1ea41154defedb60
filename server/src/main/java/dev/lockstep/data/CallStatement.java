package dev.lockstep.data;

import dev.lockstep.core.TableName;
import dev.lockstep.data.RestPlan.Kind;
import dev.lockstep.data.schema.ExposedFunction;
import dev.lockstep.data.schema.ExposedFunction.Parameter;
import dev.lockstep.data.schema.ExposedFunction.Result;
import dev.lockstep.data.schema.SchemaCache;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A call of a function by its arguments' names, and the read of what it gives. Pure.
final class CallStatement {
    private static final String ARGUMENTS = "lockstep_arguments";
    private static final String CALL = "lockstep_call";

    /// Settings of a function that PostgreSQL would heed too late if they were set by its call.
    private static final Set<String> BEFORE =
            Set.of("statement_timeout", "plan_filter.statement_cost_limit");

    private final SchemaCache cache;
    private final RestConfig config;
    private final TableName name;
    private final RestRequest request;
    private final Preferences preferences;
    private final Media media;

    CallStatement(
            SchemaCache cache,
            RestConfig config,
            TableName name,
            RestRequest request,
            Preferences preferences,
            Media media) {
        this.cache = cache;
        this.config = config;
        this.name = name;
        this.request = request;
        this.preferences = preferences;
        this.media = media;
    }

    /// What is handed over: a JSON body, the whole body, or texts of a query string.
    private sealed interface Arguments {
        record Named(Payload payload) implements Arguments {}

        record Whole(Payload payload) implements Arguments {}

        record Texts(Map<String, List<String>> values) implements Arguments {}
    }

    RestPlan call(String role) {
        boolean byBody = !request.isRead();
        Query query = QueryReader.read(request, !byBody);
        Optional<Payload> payload = byBody ? payload(query) : Optional.empty();
        Collection<String> given =
                payload.map(p -> (Collection<String>) p.keys()).orElse(query.arguments().keySet());
        ExposedFunction function = choose(given, byBody, role);
        Arguments arguments =
                !byBody
                        ? new Arguments.Texts(query.arguments())
                        : function.takesBody()
                                ? new Arguments.Whole(Payload.whole(request.body()))
                                : new Arguments.Named(payload.orElseThrow(CallStatement::noBody));
        return statement(function, arguments, query);
    }

    private static RestException noBody() {
        return RestErrors.body("Empty or invalid json").thrown();
    }

    /// A body that is no object can only be meant for a function that takes it whole.
    private Optional<Payload> payload(Query query) {
        boolean mayTakeWhole = cache.functions(name).stream().anyMatch(ExposedFunction::takesBody);
        if (request.body().length == 0) {
            return Optional.of(new Payload("{}", false, 1, List.of()));
        }
        try {
            return Optional.of(Payload.of(request.body(), query.columns()));
        } catch (RestException e) {
            if (mayTakeWhole) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private ExposedFunction choose(Collection<String> given, boolean byBody, String role) {
        List<ExposedFunction> overloads = cache.functions(name);
        List<ExposedFunction> fitting = overloads.stream().filter(one -> fits(one, given)).toList();
        if (fitting.size() == 1) {
            return fitting.getFirst();
        }
        if (fitting.size() > 1) {
            throw RestErrors.ambiguousFunction(
                            fitting.stream().map(CallStatement::describe).toList())
                    .thrown();
        }
        List<ExposedFunction> whole =
                overloads.stream().filter(one -> byBody && one.takesBody()).toList();
        if (whole.size() == 1) {
            return whole.getFirst();
        }
        List<String> signatures =
                overloads.stream()
                        .filter(one -> one.roles().contains(role))
                        .map(one -> one.parameters().stream().map(Parameter::name).toList())
                        .map(RestErrors::list)
                        .toList();
        throw RestErrors.noFunction(name, given.stream().sorted().toList(), signatures, known(role))
                .thrown();
    }

    private List<String> known(String role) {
        return cache.functions().values().stream()
                .flatMap(List::stream)
                .filter(one -> one.name().schema().equals(name.schema()))
                .filter(one -> one.roles().contains(role))
                .map(one -> one.name().name())
                .filter(other -> !other.equals(name.name()))
                .distinct()
                .toList();
    }

    private static boolean fits(ExposedFunction function, Collection<String> given) {
        List<Parameter> parameters = function.parameters();
        List<String> names = parameters.stream().map(Parameter::name).toList();
        return !names.contains("")
                && Set.copyOf(names).containsAll(given)
                && parameters.stream()
                        .filter(Parameter::required)
                        .allMatch(parameter -> given.contains(parameter.name()));
    }

    private static String describe(ExposedFunction function) {
        return function.parameters().stream()
                .map(parameter -> parameter.name() + " => " + parameter.type())
                .collect(Collectors.joining(", ", function.name() + "(", ")"));
    }

    private RestPlan statement(ExposedFunction function, Arguments arguments, Query query) {
        boolean rows = function.result() == Result.COMPOSITE;
        if (preferences.affectedBound().isPresent() && !function.set()) {
            throw RestError.of(
                            400,
                            "PGRST128",
                            "Function must return SETOF or TABLE when max-affected preference is used"
                                    + " with handling=strict")
                    .thrown();
        }
        Sql sql = new Sql();
        sql.add("WITH ").add(CALL).add(" AS (");
        invoke(sql, function, arguments, rows);
        sql.add("), ");
        ReadNode node =
                ReadPlanner.plan(
                        cache,
                        config,
                        rows ? query : scalar(query),
                        new ReadNode.Source.Before(CALL),
                        function.table().map(TableName::name).orElse(name.name()),
                        function.table());
        Map<String, String> settings = new HashMap<>();
        function.settings()
                .forEach((key, value) -> {
                    if (BEFORE.contains(key)) {
                        settings.put(key, value);
                    }
                });
        boolean readOnly = request.isRead() || !function.changesData();
        RestPlan plan =
                ReadStatement.of(
                        sql,
                        node,
                        new ReadStatement.Wish(
                                Kind.CALL,
                                shape(function),
                                media.nullsStripped(),
                                preferences,
                                query.sliceAt(List.of()),
                                function.set() ? config.maxRows() : 0,
                                readOnly,
                                settings));
        return plan.calling(function);
    }

    /// A scalar has no columns to choose from.
    private static Query scalar(Query query) {
        return new Query(
                SelectGrammar.parse("*"),
                query.conditions(),
                query.orders(),
                query.slices(),
                Optional.empty(),
                Optional.empty(),
                Map.of());
    }

    private Tail.Shape shape(ExposedFunction function) {
        boolean minimal = preferences.returning().equals(Optional.of("minimal"));
        if (request.isHead() || minimal || function.result() == Result.VOID) {
            return Tail.Shape.NONE;
        }
        if (function.result() == Result.SCALAR) {
            return media.form() == Media.Form.CSV
                    ? Tail.Shape.CSV
                    : function.set() && !media.isSingle() ? Tail.Shape.SCALARS : Tail.Shape.SCALAR;
        }
        if (!function.set() && media.form() == Media.Form.ARRAY) {
            return Tail.Shape.OBJECT;
        }
        return Tail.shape(media);
    }

    private void invoke(Sql sql, ExposedFunction function, Arguments arguments, boolean rows) {
        sql.add("SELECT ").add(rows ? "c.*" : "c.value").add(" FROM ");
        List<Parameter> given = new ArrayList<>();
        if (arguments instanceof Arguments.Named(var payload)) {
            given.addAll(
                    function.parameters().stream()
                            .filter(parameter -> payload.keys().contains(parameter.name()))
                            .toList());
            if (!given.isEmpty()) {
                record(sql, payload, given);
                sql.add(", LATERAL ");
            }
        } else if (arguments instanceof Arguments.Texts(var texts)) {
            given.addAll(
                    function.parameters().stream()
                            .filter(parameter -> texts.containsKey(parameter.name()))
                            .toList());
        }
        sql.add(rows ? "" : "(SELECT ").table(function.name()).add("(");
        switch (arguments) {
            case Arguments.Whole(var payload) ->
                    sql.value(payload.json())
                            .add("::")
                            .add(function.parameters().getFirst().type());
            case Arguments.Named _ -> named(sql, given, Map.of());
            case Arguments.Texts(var texts) -> named(sql, given, texts);
        }
        sql.add(rows ? ") AS c" : ") AS value) AS c");
    }

    private static void record(Sql sql, Payload payload, List<Parameter> given) {
        sql.add("(SELECT * FROM ");
        sql.add(payload.array() ? "json_to_recordset(" : "json_to_record(");
        sql.value(payload.json()).add("::json) AS _(");
        for (int i = 0; i < given.size(); i++) {
            sql.add(i == 0 ? "" : ", ").name(given.get(i).name());
            sql.add(" ").add(given.get(i).type());
        }
        sql.add(") LIMIT 1) AS ").add(ARGUMENTS);
    }

    private static void named(Sql sql, List<Parameter> given, Map<String, List<String>> texts) {
        for (int i = 0; i < given.size(); i++) {
            Parameter parameter = given.get(i);
            sql.add(i == 0 ? "" : ", ").add(parameter.variadic() ? "VARIADIC " : "");
            sql.name(parameter.name()).add(" := ");
            List<String> values = texts.getOrDefault(parameter.name(), List.of());
            if (values.isEmpty()) {
                sql.name(ARGUMENTS, parameter.name());
            } else {
                // One that comes several times is a list, where a list is taken.
                boolean list =
                        parameter.variadic()
                                && (values.size() > 1 || !values.getFirst().startsWith("{"));
                if (list) {
                    sql.array(values);
                } else {
                    sql.value(values.getLast());
                }
                sql.add("::").add(parameter.type());
            }
        }
    }
}
