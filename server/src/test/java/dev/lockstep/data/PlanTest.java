package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.config.Settings;
import dev.lockstep.core.TableName;
import dev.lockstep.data.schema.ExposedRelation;
import dev.lockstep.data.schema.RelationColumn;
import dev.lockstep.data.schema.Relationship;
import dev.lockstep.data.schema.SchemaCache;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What is asked becomes one statement, without a database.
class PlanTest {
    private static final TableName JOBS = new TableName("public", "jobs");
    private static final TableName ITEMS = new TableName("public", "items");
    private static final SchemaCache CACHE =
            new SchemaCache(
                    7,
                    List.of("public"),
                    Map.of(
                            JOBS,
                            relation(JOBS, "id", "title"),
                            ITEMS,
                            relation(ITEMS, "id", "job_id")),
                    Map.of(
                            JOBS,
                            List.of(
                                    new Relationship.Direct(
                                            "fk",
                                            JOBS,
                                            ITEMS,
                                            List.of(new Relationship.Pair("id", "job_id")),
                                            false,
                                            false))),
                    Map.of(),
                    Map.of());

    private static ExposedRelation relation(TableName name, String... columns) {
        Map<String, RelationColumn> all = new LinkedHashMap<>();
        for (String column : columns) {
            all.put(
                    column,
                    new RelationColumn(column, "integer", false, false, false, Optional.empty()));
        }
        return new ExposedRelation(1, name, all, List.of("id"), false, false, Set.of("anon"));
    }

    private static final RestConfig CONFIG =
            RestConfig.of(Settings.of(Map.of("rest.max-rows", "0")));

    private static Sql.Statement read(Map<String, List<String>> parameters) {
        RestRequest request =
                new RestRequest("r", "GET", List.of("jobs"), parameters, Map.of(), new byte[0]);
        Query query = QueryReader.read(request, false);
        ReadNode node =
                ReadPlanner.plan(
                        CACHE,
                        CONFIG,
                        query,
                        new ReadNode.Source.Table(JOBS),
                        "jobs",
                        Optional.of(JOBS));
        return ReadStatement.of(
                        node,
                        new ReadStatement.Wish(
                                RestPlan.Kind.READ,
                                Tail.Shape.ARRAY,
                                false,
                                Preferences.of(request),
                                query.sliceAt(List.of()),
                                0,
                                true,
                                Map.of()))
                .main();
    }

    @Test
    void a_read_is_one_statement_whose_values_are_parameters() {
        Sql.Statement statement =
                read(
                        Map.of(
                                "select",
                                List.of("id"),
                                "title",
                                List.of("eq.o'x"),
                                "limit",
                                List.of("5")));
        assertThat(statement.sql())
                .startsWith(
                        "WITH lockstep_source AS (SELECT \"jobs\".\"id\" AS \"id\" FROM \"public\".\"jobs\""
                                + " WHERE (\"jobs\".\"title\" = ?) LIMIT ?)"
                                + " SELECT NULL::bigint AS total, count(_t) AS rows,");
        assertThat(statement.parameters()).containsExactly("o'x", "5");
    }

    @Test
    void an_embed_is_a_lateral_join() {
        Sql.Statement statement =
                read(Map.of("select", List.of("id,items!inner(id)"), "items.id", List.of("gt.1")));
        assertThat(statement.sql())
                .contains(
                        "coalesce(\"items_1_rows\".\"items_1_rows\", '[]') AS \"items\" FROM \"public\".\"jobs\""
                                + " INNER JOIN LATERAL (SELECT json_agg(\"items_1_rows_one\") AS \"items_1_rows\""
                                + " FROM (SELECT \"items_1\".\"id\" AS \"id\" FROM \"public\".\"items\" AS \"items_1\""
                                + " WHERE \"jobs\".\"id\" = \"items_1\".\"job_id\" AND (\"items_1\".\"id\" > ?))"
                                + " AS \"items_1_rows_one\") AS \"items_1_rows\""
                                + " ON \"items_1_rows\".\"items_1_rows\" IS NOT NULL");
    }

    @Test
    void equal_questions_with_other_values_are_the_same_text() {
        Sql.Statement one = read(Map.of("id", List.of("in.(1,2)"), "limit", List.of("5")));
        Sql.Statement other = read(Map.of("id", List.of("in.(3)"), "limit", List.of("6")));
        assertThat(one.sql()).isEqualTo(other.sql());
        assertThat(one.parameters()).isNotEqualTo(other.parameters());
    }

    @Test
    void names_are_quoted_whatever_they_hold() {
        assertThat(read(Map.of("select", List.of("\"a\\\"; drop table x; --\""))).sql())
                .contains("\"jobs\".\"a\"\"; drop table x; --\"");
    }
}
