package dev.lockstep.data;

import dev.lockstep.core.filter.Filter.Operator;
import dev.lockstep.data.ReadNode.Joined;
import dev.lockstep.data.RestPlan.Kind;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.RelationColumn;
import dev.lockstep.data.schema.Relationship;
import dev.lockstep.data.schema.SchemaCache;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A write and the read of what it wrote, as one statement. Pure.
final class WriteStatement {
    /// The written rows' name in the statement.
    private static final String WRITTEN = "lockstep_written";

    private final SchemaCache cache;
    private final RestConfig config;
    private final ExposedRelation relation;
    private final Query query;
    private final Preferences preferences;
    private final Media media;
    private final byte[] body;

    WriteStatement(
            SchemaCache cache,
            RestConfig config,
            ExposedRelation relation,
            Query query,
            Preferences preferences,
            Media media,
            byte[] body) {
        this.cache = cache;
        this.config = config;
        this.relation = relation;
        this.query = query;
        this.preferences = preferences;
        this.media = media;
        this.body = body;
    }

    RestPlan insert() {
        Payload payload = Payload.of(body, query.columns());
        List<String> conflict =
                preferences.resolution().isEmpty()
                        ? List.of()
                        : query.onConflict().orElse(relation.key());
        conflict.forEach(this::column);
        boolean single = payload.rows() == 1 || !payload.array();
        boolean address = preferences.returning().equals(Optional.of("headers-only")) && single;
        List<String> key = address ? relation.key() : List.of();
        return statement(
                Kind.INSERT,
                write ->
                        write.insert(
                                payload,
                                columns(payload),
                                preferences.missingDefault(),
                                conflict,
                                preferences.merges(),
                                List.of()),
                !conflict.isEmpty(),
                key);
    }

    RestPlan update(String role) {
        Payload payload = Payload.of(body, query.columns());
        List<Condition> conditions = guarded("UPDATE", role);
        List<RelationColumn> columns = columns(payload);
        if (columns.isEmpty()) {
            return statement(Kind.UPDATE, WriteSql::nothing, false, List.of());
        }
        return strictly(
                conditions,
                statement(
                        Kind.UPDATE,
                        write ->
                                write.update(
                                        payload, columns, preferences.missingDefault(), conditions),
                        false,
                        List.of()));
    }

    RestPlan delete(String role) {
        List<Condition> conditions = guarded("DELETE", role);
        return strictly(
                conditions,
                statement(Kind.DELETE, write -> write.delete(conditions), false, List.of()));
    }

    /// Who names a version means that very row. Without the rows in the answer nobody would learn
    /// that it was missed; with them they are counted by who asked for them.
    private RestPlan strictly(List<Condition> conditions, RestPlan plan) {
        boolean versioned = conditions.stream().anyMatch(WriteStatement::namesVersion);
        boolean silent = !preferences.wantsRepresentation();
        return relation.strict() && versioned && silent ? plan.matching() : plan;
    }

    private static boolean namesVersion(Condition condition) {
        return condition instanceof Condition.Test(var field, var negated, var what)
                && !negated
                && field.path().isEmpty()
                && field.column().equals("version")
                && what instanceof Condition.Operation.Compare(var op, var any, _)
                && op == Operator.EQ
                && any.isEmpty();
    }

    /// One row by its whole key, made or replaced.
    RestPlan put() {
        if (!query.sliceAt(List.of()).isAll()) {
            throw RestError.of(
                            400,
                            "PGRST114",
                            "limit/offset querystring parameters are not allowed for PUT")
                    .thrown();
        }
        List<Condition> conditions = query.conditionsAt(List.of());
        Set<String> named = new LinkedHashSet<>();
        boolean exact =
                conditions.stream()
                        .allMatch(one ->
                                one instanceof Condition.Test(var field, var negated, var what)
                                        && !negated
                                        && field.path().isEmpty()
                                        && what
                                                instanceof
                                                Condition.Operation.Compare(var op, var any, _)
                                        && op == Operator.EQ
                                        && any.isEmpty()
                                        && named.add(field.column()));
        if (!exact || relation.key().isEmpty() || !named.equals(Set.copyOf(relation.key()))) {
            throw RestError.of(
                            405,
                            "PGRST105",
                            "Filters must include all and only primary key columns with 'eq' operators")
                    .thrown();
        }
        Payload payload = Payload.of(body, query.columns());
        List<RelationColumn> columns = columns(payload);
        boolean whole =
                columns.stream().map(RelationColumn::name).toList().containsAll(relation.key());
        if (!whole || payload.array() && payload.rows() != 1) {
            throw mismatch().thrown();
        }
        return statement(
                Kind.PUT,
                write -> write.insert(payload, columns, false, relation.key(), true, conditions),
                true,
                List.of());
    }

    static RestError mismatch() {
        return RestError.of(
                400, "PGRST115", "Payload values do not match URL in primary key column(s)");
    }

    /// Somebody who forgets a filter must not change every row.
    private List<Condition> guarded(String verb, String role) {
        List<Condition> conditions = query.conditionsAt(List.of());
        if (conditions.isEmpty() && config.filterRoles().contains(role)) {
            throw RestErrors.noFilter(verb).thrown();
        }
        return conditions;
    }

    private interface Writing {
        void write(WriteSql sql);
    }

    private RestPlan statement(Kind kind, Writing writing, boolean resolves, List<String> key) {
        boolean represented = preferences.wantsRepresentation();
        Sql sql = new Sql();
        WriteSql write = new WriteSql(sql, relation);
        sql.add("WITH ").add(WRITTEN).add(" AS (");
        writing.write(write);
        Tail.Shape shape = represented ? Tail.shape(media) : Tail.Shape.NONE;
        String rows = "SELECT * FROM " + WRITTEN;
        if (represented) {
            ReadNode node = read();
            write.returning(returned(node));
            sql.add("), ").add(Tail.SOURCE).add(" AS (");
            new ReadSql(sql, shape != Tail.Shape.CSV).select(node);
            rows = "SELECT * FROM " + Tail.SOURCE;
        } else {
            write.returning(key.stream().map(WriteStatement::field).toList());
        }
        sql.add(")");
        String total = preferences.count().isPresent() ? "count(_t)" : "NULL::bigint";
        Tail.write(sql, total, Tail.body(shape, media.nullsStripped()), extra(resolves, key), rows);
        return RestPlan.write(kind, sql.end(), !represented, resolves, key);
    }

    private static String extra(boolean resolves, List<String> key) {
        if (!key.isEmpty()) {
            return "(SELECT json_agg(k) -> 0 FROM " + WRITTEN + " AS k)::text";
        }
        return resolves ? "nullif(current_setting('lockstep.inserted', true), '')" : "NULL::text";
    }

    /// The rows that were written, as the client wants to see them. What says which rows to write
    /// does not filter them again.
    private ReadNode read() {
        ReadNode node =
                ReadPlanner.plan(
                        cache,
                        config,
                        query,
                        new ReadNode.Source.Before(WRITTEN),
                        relation.name().name(),
                        Optional.of(relation.name()));
        return node.unfiltered();
    }

    /// What the representation and its joins need, so that no more has to be readable.
    private List<Field> returned(ReadNode node) {
        Set<Field> fields = new LinkedHashSet<>();
        node.values().stream()
                .map(Selection.Value::field)
                .filter(field -> !field.column().isEmpty())
                .forEach(field -> fields.add(field(field.column())));
        node.order().stream()
                .filter(sort -> sort.relation().isEmpty())
                .forEach(sort -> fields.add(field(sort.field().column())));
        for (Joined joined : node.joins()) {
            switch (joined.relationship()) {
                case Relationship.Direct direct ->
                        direct.pairs().forEach(pair -> fields.add(field(pair.own())));
                case Relationship.Through through ->
                        through.near().forEach(pair -> fields.add(field(pair.own())));
                case Relationship.Computed _ -> fields.add(field("*"));
            }
        }
        boolean star = fields.contains(field("*"));
        List<Field> needed = new ArrayList<>();
        for (Field field : fields) {
            boolean own = relation.column(field.column()).isPresent();
            if (field.isStar() || !star || !own) {
                needed.add(field);
            }
        }
        return needed;
    }

    private static Field field(String column) {
        return new Field(column, List.of());
    }

    private List<RelationColumn> columns(Payload payload) {
        return payload.keys().stream().map(this::column).toList();
    }

    private RelationColumn column(String name) {
        return relation.column(name)
                .orElseThrow(() -> RestErrors.noColumn(name, relation.name()).thrown());
    }
}
